using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Core.Sweeps;

/// <summary>What a sweep found. In a healthy system it is empty.</summary>
/// <param name="Leaked">Slots whose holder does not run: they are given back.</param>
/// <param name="Idle">Whether a slot is free while somebody waits in line: the line is served.</param>
/// <param name="Unasked">Features with a ready phase that is not in line, or a running one without a slot: they ask again.</param>
public sealed record SweepFindings(ImmutableArray<SlotRelease> Leaked, bool Idle, ImmutableArray<int> Unasked)
{
    public bool IsEmpty => Leaked.IsEmpty && !Idle && Unasked.IsEmpty;
}

/// <summary>Compares the limiter with the queue. The two are written one after the other, so only what has stood for a while counts.</summary>
public static class SweepRules
{
    /// <summary>Finds what does not fit.</summary>
    /// <remarks>A leaked slot of an attempt that is not known to be over is given back so that the attempt may ask again: it must never wait for ever.</remarks>
    /// <param name="ledger">The limiter's state.</param>
    /// <param name="open">The runs of all features that have started and not finished, and of those that hold a slot all the same.</param>
    /// <param name="before">Only what is older than this moment counts.</param>
    public static SweepFindings Find(SlotLedger ledger, IReadOnlyCollection<FeatureRun> open, DateTimeOffset before)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        ArgumentNullException.ThrowIfNull(open);
        var rows = open.SelectMany(run => run.Phases.Values.Select(phase => (Key: QueueId.Format(run.FeatureId, phase.Number), run.FeatureId, Phase: phase)))
            .ToDictionary(r => r.Key);
        ImmutableArray<SlotRelease> leaked =
        [
            .. ledger.Held
                .Where(h => h.Since < before && !(rows.TryGetValue(h.QueueId, out var row) && Explains(row.Phase, h, before)))
                .Select(h => new SlotRelease(h.QueueId, h.Attempt, MayReturn: !(rows.TryGetValue(h.QueueId, out var row) && row.Phase.Attempt >= h.Attempt))),
        ];
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
        return new SweepFindings(leaked, idle, unasked);
    }

    /// <summary>Whether the row needs the slot, or has changed so lately that its release may be under way.</summary>
    private static bool Explains(PhaseState phase, SlotHolder holder, DateTimeOffset before) =>
        (phase.Attempt == holder.Attempt && (phase.Status.HoldsSlot() || phase.Status == PhaseStatus.Ready))
        || phase.FinishedAt >= before
        || phase.ReadyAt >= before;
}
