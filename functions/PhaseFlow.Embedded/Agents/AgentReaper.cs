using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Agents;

/// <summary>
/// Stops agents that have reported themselves and go on working: their report gave the slot back, so each would be one agent too many.
/// </summary>
internal sealed partial class AgentReaper(
    IPhaseStore store, AgentSupervisor supervisor, LocalProcessLauncher launcher, TimeProvider time, ILogger<AgentReaper> log) : BackgroundService
{
    /// <summary>What an agent may take to tidy up after its report.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(2);

    /// <summary>Stops those whose report came before a moment.</summary>
    internal async Task ReapAsync(DateTimeOffset reportedBefore, CancellationToken cancellation)
    {
        foreach (AgentRef agent in supervisor.Watched)
        {
            AttemptRecord? attempt = await store.GetAttemptAsync(QueueId.Format(agent.FeatureId, agent.PhaseNumber), agent.Attempt, cancellation);
            if (attempt?.ReportedAt <= reportedBefore)
            {
                LogReaped(agent.AdwId, Patience);
                await launcher.StopAsync(agent, cancellation);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ReapAsync(time.GetUtcNow() - Patience, stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(fault);
            }
        }
    }

    [LoggerMessage(1155, LogLevel.Warning, "Agent {AdwId} has reported and was still at work {Patience} later: it is stopped, because its slot belongs to others.")]
    private partial void LogReaped(string adwId, TimeSpan patience);

    [LoggerMessage(1156, LogLevel.Error, "Agents that have reported could not be looked after; it is tried again.")]
    private partial void LogFailed(Exception fault);
}
