using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Queue;

/// <summary>An attempt that was started.</summary>
/// <param name="Start">Which it is.</param>
/// <param name="Record">What is recorded of it; null where its row says that it runs, and its launch has not come so far yet.</param>
public sealed record StartedAttempt(AttemptStart Start, AttemptRecord? Record)
{
    /// <summary>Whether it reported, was stopped, or was overtaken.</summary>
    public bool IsOver => Record is { Status: AttemptStatus.Closed } or { ReportedAt: not null };
}

/// <summary>Finds the attempts of a phase.</summary>
/// <remarks>
/// A row says <c>running</c> from the moment that the slot is granted; the attempt is recorded when its launch comes to it, a moment later. Who reads the
/// row in between has a right to the attempt already: it is found by its row until then.
/// </remarks>
public sealed class AttemptLookup(IPhaseStore store)
{
    /// <summary>An attempt of a phase; null where it was not started.</summary>
    /// <param name="queueId">The phase, as somebody names it.</param>
    /// <param name="number">The attempt; null takes that of the agent.</param>
    /// <param name="adwId">The agent; where it has none, or null, the newest attempt is taken.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<StartedAttempt?> FindAsync(string? queueId, int? number, string? adwId, CancellationToken cancellation)
    {
        if (!QueueId.TryParse(queueId, out int featureId, out int phase))
        {
            return null;
        }

        if (number is { } attempt)
        {
            return await store.GetAttemptAsync(queueId, attempt, cancellation) is { } known ? Of(known)
                : await FindByRowAsync(featureId, phase, cancellation) is { } running && running.Start.Attempt == attempt ? running
                : null;
        }

        ImmutableArray<AttemptRecord> records = [.. (await store.ListAttemptsAsync(featureId, cancellation)).Where(a => a.PhaseNumber == phase)];
        if (adwId is not null && records.FirstOrDefault(a => a.AdwId == adwId) is { } own)
        {
            return Of(own);
        }

        AttemptRecord? newest = records.MaxBy(a => a.Attempt);
        StartedAttempt? shown = await FindByRowAsync(featureId, phase, cancellation);
        return shown is not null && shown.Start.Attempt > (newest?.Attempt ?? 0) ? shown : newest is null ? null : Of(newest);
    }

    private static StartedAttempt Of(AttemptRecord record) =>
        new(new AttemptStart(record.FeatureId, record.PhaseNumber, record.Attempt, record.AdwId, record.WorkflowType), record);

    private async Task<StartedAttempt?> FindByRowAsync(int featureId, int phase, CancellationToken cancellation)
    {
        StoredFeature? feature = await store.GetFeatureAsync(featureId, cancellation);
        return feature?.Run.Phases.GetValueOrDefault(phase) is { Attempt: > 0 } row && row.Status.HoldsSlot()
            ? new StartedAttempt(
                new AttemptStart(featureId, phase, row.Attempt, AdwId.Of(featureId, phase, row.Attempt), row.Rule.WorkflowType), null)
            : null;
    }
}
