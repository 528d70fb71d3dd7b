using Microsoft.Extensions.Logging;

namespace PhaseFlow.Functions.GitHub;

/// <summary>Events 1400 to 1449: GitHub. None shows a token or a key.</summary>
internal static partial class GitHubLog
{
    [LoggerMessage(1400, LogLevel.Warning, "{Reason}: nothing is asked of it until {Until:O}.")]
    public static partial void LimitReached(this ILogger log, string reason, DateTimeOffset until);

    [LoggerMessage(1401, LogLevel.Warning, "{Reason}")]
    public static partial void OutOfOrder(this ILogger log, string reason);

    [LoggerMessage(1402, LogLevel.Warning, "GitHub has dropped the labels of issue {Number} of {Repository}: the credentials need the right to triage. Without labels a repeated creation does not find it.")]
    public static partial void LabelsDropped(this ILogger log, int number, string repository);
}
