using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Telemetry;

/// <summary>Tells what a publication has changed: waits and work as figures, and what has ended as spans.</summary>
/// <remarks>
/// An orchestration is replayed and an activity may run twice, so neither can say what is new: the stored run can. It is read before the publication, and what that changes is
/// told after it is stored. So nothing is told twice, unless one publication runs twice at the same moment; what is about to be told when the process dies is not told.
/// </remarks>
public sealed partial class RunTelemetry(IPhaseStore store, WebhookSecrets secrets, PhaseFlowMetrics metrics, ILogger<RunTelemetry> log)
{
    /// <summary>Whether anybody listens; where nobody does, nothing is read.</summary>
    public bool IsOn => RunSpans.IsOn || metrics.IsOn;

    /// <summary>The run as it is stored; null where it is unknown, or cannot be read now.</summary>
    public async Task<FeatureRun?> BeforeAsync(int featureId, CancellationToken cancellation)
    {
        try
        {
            return (await store.LoadRunAsync(featureId, cancellation))?.Run;
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested)
        {
            LogNotTold(log, fault, featureId);
            return null;
        }
    }

    /// <summary>Tells what a publication, now stored, has changed.</summary>
    public async Task PublishedAsync(FeatureRun before, RunPublication publication, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(publication);
        if (publication.Version <= before.Version)
        {
            return;
        }

        try
        {
            var changes = new RunChanges(before, publication, now);
            foreach (AttemptWait wait in changes.Waits)
            {
                metrics.Waited(wait.Duration, wait.WorkflowType);
            }

            foreach (AttemptEnd end in changes.Ends)
            {
                metrics.Worked(end.EndedAt - end.StartedAt, end.WorkflowType, end.Outcome);
            }

            foreach ((AgentUsage usage, string workflowType) in changes.Usages)
            {
                metrics.Used(usage, workflowType);
            }

            if (RunSpans.IsOn && changes.HasSpans)
            {
                ImmutableArray<AttemptRecord> attempts = changes.NeedsAttempts ? await store.ListAttemptsAsync(publication.FeatureId, cancellation) : [];
                foreach (EndedSpan span in new RunTrace(secrets.Traces, changes, attempts).Spans())
                {
                    RunSpans.Tell(span);
                }
            }
        }
        catch (Exception fault)
        {
            // What was published stands, and must not be published again for the sake of its figures.
            LogNotTold(log, fault, publication.FeatureId);
        }
    }

    [LoggerMessage(1550, LogLevel.Warning, "What changed in feature {FeatureId} is missing in its telemetry")]
    private static partial void LogNotTold(ILogger log, Exception fault, int featureId);
}
