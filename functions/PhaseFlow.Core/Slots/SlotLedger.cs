using System.Collections.Immutable;

namespace PhaseFlow.Core.Slots;

/// <summary>One slot in use.</summary>
public sealed record SlotHolder(int Slot, string QueueId, int Attempt, int FeatureId, int Priority, DateTimeOffset Since);

/// <summary>One attempt in the waiting line.</summary>
/// <param name="QueueId">The phase.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="FeatureId">The feature.</param>
/// <param name="Priority">As requested; ageing is applied when it is compared.</param>
/// <param name="Since">When the phase became ready (UTC).</param>
/// <param name="Arrival">A number that grows with each request: the order of arrival.</param>
/// <param name="GrantsBefore">How many grants had been made when it arrived: its age is counted in grants since.</param>
public sealed record SlotWaiter(
    string QueueId, int Attempt, int FeatureId, int Priority, DateTimeOffset Since, long Arrival, long GrantsBefore);

/// <summary>The last attempt of a phase that gave its slot back for good: a later word about it is a repeat.</summary>
public sealed record SlotTombstone(string QueueId, int Attempt);

/// <summary>
/// Who holds which slot and who waits, over all features. A value: every rule is a pure function of it, and the number of free
/// slots is derived from the rows, so that it cannot drift.
/// </summary>
/// <remarks>
/// Order: priority (10 before 90), then the feature that was served longest ago, then arrival. For each <see cref="AgeingStep"/> grants that an
/// attempt has watched, it counts as ten points more urgent: nothing starves. Each operation is idempotent by (queue id, attempt).
/// </remarks>
public sealed record SlotLedger
{
    /// <summary>Grants that lift a waiting attempt by ten points of priority.</summary>
    public const int AgeingStep = 32;

    /// <summary>How many ended attempts are remembered to recognise a repeated request.</summary>
    public const int RememberedEnds = 64;

    /// <summary>How many slots there are. Lowering it stops new grants until enough are given back.</summary>
    public required int Capacity { get; init; }

    public ImmutableArray<SlotHolder> Held { get; init; } = [];

    public ImmutableArray<SlotWaiter> Waiting { get; init; } = [];

    /// <summary>The newest ended attempts, oldest first.</summary>
    public ImmutableArray<SlotTombstone> Ended { get; init; } = [];

    /// <summary>When each feature that holds or waits was last served, counted in grants.</summary>
    public ImmutableSortedDictionary<int, long> LastServed { get; init; } = ImmutableSortedDictionary<int, long>.Empty;

    /// <summary>How many grants were ever made.</summary>
    public long Grants { get; init; }

    /// <summary>How many requests ever arrived.</summary>
    public long Arrivals { get; init; }

    /// <summary>A ledger with nothing held.</summary>
    public static SlotLedger Empty(int capacity) => new() { Capacity = capacity };

    /// <summary>Takes back what is released, lines up what is requested, and fills the free slots.</summary>
    public (SlotLedger Ledger, SlotExchangeResult Result) Exchange(SlotExchange exchange, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        SlotLedger ledger = this;
        var granted = ImmutableArray.CreateBuilder<SlotGrant>();
        foreach (SlotRelease release in exchange.Released)
        {
            SlotHolder? holder = ledger.Held.FirstOrDefault(h => h.QueueId == release.QueueId && h.Attempt >= release.Attempt);
            if (holder is not null && (holder.Attempt > release.Attempt || release.FromLine))
            {
                granted.Add(ToGrant(holder));
            }
            else
            {
                ledger = ledger.Release(release);
            }
        }

        if (exchange.Recount is { } recount)
        {
            HashSet<(string, int)> wanted = [.. exchange.Requested.Select(r => (r.QueueId, r.Attempt))];
            granted.AddRange(ledger.Held.Where(h => h.FeatureId == recount.FeatureId && !wanted.Contains((h.QueueId, h.Attempt))).Select(ToGrant));
            ImmutableArray<SlotWaiter> left = ledger.Waiting.RemoveAll(
                w => w.FeatureId == recount.FeatureId && w.Since < recount.At && !wanted.Contains((w.QueueId, w.Attempt)));
            ledger = left.Length == ledger.Waiting.Length ? ledger : ledger with { Waiting = left };
        }

        foreach (SlotRequest request in exchange.Requested)
        {
            ledger = ledger.Request(request, granted);
        }

        ImmutableArray<SlotTombstone> over =
        [
            .. exchange.Requested.Where(r => ledger.IsOver(r.QueueId, r.Attempt)).Select(r => new SlotTombstone(r.QueueId, r.Attempt)),
        ];
        ledger = ledger.Fill(granted, now).ForgetIdleFeatures();
        return (ledger, new SlotExchangeResult(granted.ToImmutable()) { Over = over });
    }

    /// <summary>The waiting line in the order in which it will be served, if nothing else arrives.</summary>
    public ImmutableArray<SlotWaiter> DispatchOrder()
    {
        var order = ImmutableArray.CreateBuilder<SlotWaiter>(Waiting.Length);
        var served = new Dictionary<int, long>(LastServed);
        long grants = Grants;
        foreach (IGrouping<int, SlotWaiter> urgency in Waiting.GroupBy(Urgency).OrderBy(g => g.Key))
        {
            // Within one urgency a feature that is served goes behind the others, so the turns repeat in the order of the first round.
            List<Queue<SlotWaiter>> turns =
            [
                .. urgency.GroupBy(w => w.FeatureId)
                    .Select(g => (Served: served.GetValueOrDefault(g.Key, -1), Line: new Queue<SlotWaiter>(g.OrderBy(w => w.Arrival))))
                    .OrderBy(t => t.Served).ThenBy(t => t.Line.Peek().Arrival)
                    .Select(t => t.Line),
            ];
            while (turns.Count > 0)
            {
                foreach (Queue<SlotWaiter> line in turns)
                {
                    SlotWaiter next = line.Dequeue();
                    served[next.FeatureId] = ++grants;
                    order.Add(next);
                }

                turns.RemoveAll(line => line.Count == 0);
            }
        }

        return order.ToImmutable();
    }

    private static SlotGrant ToGrant(SlotHolder holder) => new(holder.Slot, holder.QueueId, holder.Attempt, holder.FeatureId);

    private SlotLedger Release(SlotRelease release)
    {
        // An attempt speaks for those before it: their own release may have been lost.
        bool known = Held.Any(h => h.QueueId == release.QueueId && h.Attempt <= release.Attempt)
            || Waiting.Any(w => w.QueueId == release.QueueId && w.Attempt <= release.Attempt);
        if (!known)
        {
            // Who leaves the line never asks again, and may be here before its own request: where that was forgotten, it comes once more.
            return release.FromLine && !IsOver(release.QueueId, release.Attempt) ? Bury(release.QueueId, release.Attempt) : this;
        }

        SlotLedger freed = this with
        {
            Held = Held.RemoveAll(h => h.QueueId == release.QueueId && h.Attempt <= release.Attempt),
            Waiting = Waiting.RemoveAll(w => w.QueueId == release.QueueId && w.Attempt <= release.Attempt),
        };
        return release.MayReturn ? freed : freed.Bury(release.QueueId, release.Attempt);
    }

    private bool IsOver(string queueId, int attempt) => Ended.Any(t => t.QueueId == queueId && t.Attempt >= attempt);

    private SlotLedger Bury(string queueId, int attempt)
    {
        ImmutableArray<SlotTombstone> ended = Ended.RemoveAll(t => t.QueueId == queueId).Add(new SlotTombstone(queueId, attempt));
        return this with { Ended = ended.Length > RememberedEnds ? ended.RemoveRange(0, ended.Length - RememberedEnds) : ended };
    }

    private SlotLedger Request(SlotRequest request, ImmutableArray<SlotGrant>.Builder granted)
    {
        if (Held.FirstOrDefault(h => h.QueueId == request.QueueId) is { } holder)
        {
            if (holder.Attempt >= request.Attempt)
            {
                granted.Add(ToGrant(holder));
                return this;
            }

            // A phase has one live attempt: a newer one says that the older is over.
            return Release(new SlotRelease(holder.QueueId, holder.Attempt)).Request(request, granted);
        }

        if (Waiting.FirstOrDefault(w => w.QueueId == request.QueueId) is { } waiter)
        {
            if (waiter.Attempt == request.Attempt && waiter.Priority != request.Priority)
            {
                // It keeps its arrival and its age: only what it is compared by first has changed.
                return this with { Waiting = Waiting.Replace(waiter, waiter with { Priority = request.Priority }) };
            }

            return waiter.Attempt >= request.Attempt ? this : Release(new SlotRelease(waiter.QueueId, waiter.Attempt)).Request(request, granted);
        }

        if (IsOver(request.QueueId, request.Attempt))
        {
            return this;
        }

        var line = new SlotWaiter(
            request.QueueId, request.Attempt, request.FeatureId, request.Priority, request.Since, Arrivals + 1, Grants);
        return this with { Arrivals = Arrivals + 1, Waiting = Waiting.Add(line) };
    }

    private SlotLedger Fill(ImmutableArray<SlotGrant>.Builder granted, DateTimeOffset now)
    {
        SlotLedger ledger = this;
        while (ledger.Held.Length < ledger.Capacity && ledger.Waiting.Length > 0)
        {
            SlotWaiter next = ledger.Next();
            int slot = 1;
            while (ledger.Held.Any(h => h.Slot == slot))
            {
                slot++;
            }

            ledger = ledger with
            {
                Grants = ledger.Grants + 1,
                LastServed = ledger.LastServed.SetItem(next.FeatureId, ledger.Grants + 1),
                Held = ledger.Held.Add(new SlotHolder(slot, next.QueueId, next.Attempt, next.FeatureId, next.Priority, now)),
                Waiting = ledger.Waiting.Remove(next),
            };
            granted.Add(new SlotGrant(slot, next.QueueId, next.Attempt, next.FeatureId));
        }

        return ledger;
    }

    private SlotWaiter Next() => Waiting.MinBy(w => (Urgency(w), LastServed.GetValueOrDefault(w.FeatureId, -1), w.Arrival))!;

    private int Urgency(SlotWaiter waiter) =>
        waiter.Priority - (int)Math.Min(10 * ((Grants - waiter.GrantsBefore) / AgeingStep), int.MaxValue / 2);

    private SlotLedger ForgetIdleFeatures()
    {
        ImmutableSortedDictionary<int, long> kept = LastServed;
        foreach (int feature in LastServed.Keys)
        {
            if (!Held.Any(h => h.FeatureId == feature) && !Waiting.Any(w => w.FeatureId == feature))
            {
                kept = kept.Remove(feature);
            }
        }

        return kept.Count == LastServed.Count ? this : this with { LastServed = kept };
    }
}
