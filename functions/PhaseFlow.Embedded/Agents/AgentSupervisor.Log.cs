using Microsoft.Extensions.Logging;

namespace PhaseFlow.Embedded.Agents;

/// <content>Log events.</content>
internal sealed partial class AgentSupervisor
{
    [LoggerMessage(1150, LogLevel.Information, "Agent {AdwId} was found again after a restart.")]
    private partial void LogAdopted(string adwId);

    [LoggerMessage(1151, LogLevel.Information, "Agent {AdwId} has ended with exit code {ExitCode}; its report was answered {Status}.")]
    private partial void LogReported(string adwId, int? exitCode, int status);

    [LoggerMessage(1152, LogLevel.Warning, "The report of agent {AdwId} could not be delivered ({Reason}); it is tried again in {Delay}.")]
    private partial void LogRetry(string adwId, string reason, TimeSpan delay);

    [LoggerMessage(1153, LogLevel.Warning, "What agent {AdwId} left in report.json was refused ({Reason}); its outcome is reported without.")]
    private partial void LogAdditionsRefused(string adwId, string reason);

    [LoggerMessage(1154, LogLevel.Error, "The end of agent {AdwId} could not be found or reported; it is tried again in {Delay}.")]
    private partial void LogWatchFailed(Exception error, string adwId, TimeSpan delay);
}
