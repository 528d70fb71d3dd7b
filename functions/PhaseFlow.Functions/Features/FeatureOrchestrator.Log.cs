using Microsoft.Extensions.Logging;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Features;

/// <summary>Events 1000 to 1099: features.</summary>
internal static partial class FeatureLog
{
    [LoggerMessage(1000, LogLevel.Error, "Feature {FeatureId} is not in the store: its orchestration ends.")]
    public static partial void FeatureUnknown(this ILogger log, int featureId);

    [LoggerMessage(1001, LogLevel.Debug, "Feature {FeatureId}: {Message} is {Outcome}: {Reason}.")]
    public static partial void MessageRefused(this ILogger log, int featureId, string message, MessageOutcome outcome, string? reason);

    [LoggerMessage(1002, LogLevel.Warning, "Feature {FeatureId}: the platform has forgotten a step whose outcome is stored. Its run is read anew.")]
    public static partial void RunBehind(this ILogger log, int featureId);

    [LoggerMessage(1003, LogLevel.Warning, "Feature {FeatureId}: the limiter has no slot for attempt {Attempt} of phase {Phase}, of which it had told: it asks again.")]
    public static partial void SlotForgotten(this ILogger log, int featureId, int phase, int attempt);
}
