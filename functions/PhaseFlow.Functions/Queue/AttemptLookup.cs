using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Queue;

/// <summary>Finds the attempts of a phase. One that its row shows as running is recorded with that row, so that who sees it can speak for it.</summary>
public sealed class AttemptLookup(IPhaseStore store)
{
    /// <summary>An attempt of a phase; null where it was not started.</summary>
    /// <param name="queueId">The phase, as somebody names it.</param>
    /// <param name="number">The attempt; null takes that of the agent.</param>
    /// <param name="adwId">The agent; where it has none, or null, the newest attempt is taken.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<AttemptRecord?> FindAsync(string? queueId, int? number, string? adwId, CancellationToken cancellation)
    {
        if (!QueueId.TryParse(queueId, out int featureId, out int phase))
        {
            return null;
        }

        if (number is { } attempt)
        {
            return await store.GetAttemptAsync(queueId, attempt, cancellation);
        }

        ImmutableArray<AttemptRecord> records = [.. (await store.ListAttemptsAsync(featureId, cancellation)).Where(a => a.PhaseNumber == phase)];
        return records.FirstOrDefault(a => a.AdwId == adwId) ?? records.MaxBy(a => a.Attempt);
    }
}
