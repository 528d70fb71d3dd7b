using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Core.Sweeps;

/// <summary>What a sweep found. In a healthy system it is empty.</summary>
/// <param name="Leaked">Slots of attempts that are over: they are given back.</param>
/// <param name="Unknown">Slots of attempts that the queue has not heard of: the row may be behind, so the feature is asked where it can answer.</param>
/// <param name="Idle">Whether a slot is free while somebody waits in line: the line is served.</param>
/// <param name="Unasked">Features with a ready phase that is not in line, or a running one without a slot: they ask again.</param>
public sealed record SweepFindings(ImmutableArray<SlotRelease> Leaked, ImmutableArray<SlotRelease> Unknown, bool Idle, ImmutableArray<int> Unasked)
{
    public bool IsEmpty => Leaked.IsEmpty && Unknown.IsEmpty && !Idle && Unasked.IsEmpty;
}

/// <summary>Compares the limiter with the queue. The two are written one after the other, so only what has stood for a while counts.</summary>
public static class SweepRules
{
    /// <summary>Finds what does not fit.</summary>
    /// <remarks>
    /// A row is written after the slot is granted, and a store that cannot be reached may be behind by any time: a holder that is newer than its row is suspect, not
    /// gone, and to take its slot would let one agent too many work.
    /// </remarks>
    /// <param name="ledger">The limiter's state.</param>
    /// <param name="open">The runs of all features that have started and not finished, and of those that hold a slot all the same.</param>
    /// <param name="before">Only what is older than this moment counts.</param>
    public static SweepFindings Find(SlotLedger ledger, IReadOnlyCollection<FeatureRun> open, DateTimeOffset before)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        ArgumentNullException.ThrowIfNull(open);
        var rows = open.SelectMany(run => run.Phases.Values.Select(phase => (Key: QueueId.Format(run.FeatureId, phase.Number), run.FeatureId, Phase: phase)))
            .ToDictionary(r => r.Key);
        SlotHolder[] unexplained =
            [.. ledger.Held.Where(h => h.Since < before && !(rows.TryGetValue(h.QueueId, out var row) && Explains(row.Phase, h, before)))];
        ImmutableArray<SlotRelease> leaked = [.. unexplained.Where(IsOver).Select(h => new SlotRelease(h.QueueId, h.Attempt))];
        ImmutableArray<SlotRelease> unknown = [.. unexplained.Where(h => !IsOver(h)).Select(h => new SlotRelease(h.QueueId, h.Attempt, MayReturn: true))];
        var held = ledger.Held.ToDictionary(h => (h.QueueId, h.Attempt), h => h.Since);
        var waiting = ledger.Waiting.Select(w => (w.QueueId, w.Attempt)).ToHashSet();
        ImmutableArray<int> unasked =
        [
            .. rows.Values
                .Where(r => r.Phase.Status switch
                {
                    // A ready phase that holds a slot has not heard of its grant; asking again brings it.
                    PhaseStatus.Ready => r.Phase.ReadyAt < before && !waiting.Contains((r.Key, r.Phase.Attempt))
                        && (!held.TryGetValue((r.Key, r.Phase.Attempt), out DateTimeOffset since) || since < before),
                    _ when r.Phase.Status.HoldsSlot() => r.Phase.StartedAt < before && !held.ContainsKey((r.Key, r.Phase.Attempt)),
                    _ => false,
                })
                .Select(r => r.FeatureId).Distinct().Order(),
        ];
        bool idle = ledger.Held.Length - leaked.Length < ledger.Capacity && ledger.Waiting.Any(w => w.Since < before);
        return new SweepFindings(leaked, unknown, idle, unasked);

        // An attempt that its row has reached and does not have any more never comes back.
        bool IsOver(SlotHolder holder) => rows.TryGetValue(holder.QueueId, out var row) && row.Phase.Attempt >= holder.Attempt;
    }

    /// <summary>Whether the row needs the slot, or has changed so lately that its release may be under way.</summary>
    private static bool Explains(PhaseState phase, SlotHolder holder, DateTimeOffset before) =>
        (phase.Attempt == holder.Attempt && (phase.Status.HoldsSlot() || phase.Status == PhaseStatus.Ready))
        || phase.Clearing == holder.Attempt
        || phase.FinishedAt >= before
        || phase.ReadyAt >= before;
}
