using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Slots;
using Xunit;
using static PhaseFlow.Core.Tests.Slots.Ledgers;

namespace PhaseFlow.Core.Tests.Slots;

/// <summary>The ledger under any sequence of requests and releases, sensible or not.</summary>
public sealed class SlotLedgerProperties
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(1000);

    /// <summary>Fewer grants than one step of ageing, so that only priority, turns and arrival decide.</summary>
    private const int FewSteps = SlotLedger.AgeingStep - 2;

    private static Gen<SlotExchange> AnyExchange { get; } =
        from feature in Gen.Choose(1, 3)
        from phase in Gen.Choose(1, 4)
        from attempt in Gen.Choose(1, 3)
        from priority in Gen.Elements(10, 50, 50, 90)
        from kind in Gen.Choose(0, 7)
        select kind switch
        {
            0 or 1 => new SlotExchange([new SlotRelease(QueueId.Format(feature, phase), attempt, MayReturn: kind == 1)], []),
            6 => new SlotExchange([new SlotRelease(QueueId.Format(feature, phase), attempt, FromLine: true)], []),
            7 => new SlotExchange([], [Request(feature, phase, attempt, priority)]) { Recount = new SlotRecount(feature, Now.AddMinutes(1)) },
            2 => new SlotExchange([new SlotRelease(QueueId.Format(feature, phase), attempt)], [Request(feature, phase, attempt + 1, priority)]),
            _ => new SlotExchange([], [Request(feature, phase, attempt, priority)]),
        };

    private static Arbitrary<(int Capacity, SlotExchange[] Exchanges)> AnyHistory { get; } = Arb.From(
        from capacity in Gen.Choose(1, 3)
        from length in Gen.Choose(0, FewSteps)
        from exchanges in Gen.ListOf(AnyExchange, length)
        select (capacity, exchanges.ToArray()));

    [Fact]
    public void Exchange_WhenAnythingHappens_NeverExceedsTheCapacityNorGivesASlotTwiceNorLeavesOneIdle() =>
        Check.One(Thorough, Prop.ForAll(AnyHistory, history =>
        {
            SlotLedger ledger = SlotLedger.Empty(history.Capacity);
            foreach (SlotExchange exchange in history.Exchanges)
            {
                ledger = ledger.Exchange(exchange, Now).Ledger;

                Assert.True(ledger.Held.Length <= ledger.Capacity);
                Assert.Equal(ledger.Held.Length, ledger.Held.Select(h => h.Slot).Distinct().Count());
                Assert.All(ledger.Held, h => Assert.InRange(h.Slot, 1, ledger.Capacity));
                Assert.True(ledger.Held.Length == ledger.Capacity || ledger.Waiting.IsEmpty);
                string[] phases = [.. ledger.Held.Names(), .. ledger.Waiting.Names()];
                Assert.Equal(phases.Distinct(), phases);
            }
        }));

    [Fact]
    public void Exchange_WhenRepeatedAtOnce_ChangesNothingAndGrantsNobodyElse() =>
        Check.One(Thorough, Prop.ForAll(AnyHistory, history =>
        {
            SlotLedger ledger = SlotLedger.Empty(history.Capacity);
            foreach (SlotExchange exchange in history.Exchanges)
            {
                ledger = ledger.Exchange(exchange, Now).Ledger;

                (SlotLedger again, SlotExchangeResult repeated) = ledger.Exchange(exchange, Now);

                Assert.Same(ledger, again);
                string[] named = [.. exchange.Requested.Select(r => r.QueueId), .. exchange.Released.Select(r => r.QueueId)];
                Assert.Subset(named.ToHashSet(), repeated.Granted.Where(g => g.FeatureId != exchange.Recount?.FeatureId).Names().ToHashSet());
            }
        }));

    [Fact]
    public void Exchange_WhenEverythingIsGivenBack_HoldsNothingWhateverCameBefore() =>
        Check.One(Thorough, Prop.ForAll(AnyHistory, history =>
        {
            SlotLedger ledger = Replay(history.Capacity, history.Exchanges);

            for (int feature = 1; feature <= 3; feature++)
            {
                for (int phase = 1; phase <= 4; phase++)
                {
                    ledger = ledger.GiveBack(feature, phase, attempt: 4).Ledger;
                }
            }

            Assert.Empty(ledger.Held);
            Assert.Empty(ledger.Waiting);
            Assert.Empty(ledger.LastServed);
        }));

    [Fact]
    public void Exchange_WhenEachMessageComesTwiceAndInAnyOrder_HoldsNothingOfWhatWasReleasedLast() =>
        Check.One(Thorough, Prop.ForAll(Arb.From(Gen.Shuffle(Enumerable.Range(1, 12).SelectMany(n => new[] { n, n }))), order =>
        {
            SlotLedger ledger = order.Aggregate(SlotLedger.Empty(3), (l, n) => l.Ask(Request(n % 3 + 1, n)).Ledger);
            ledger = order.Aggregate(ledger, (l, n) => l.GiveBack(n % 3 + 1, n).Ledger);

            SlotLedger late = order.Aggregate(ledger, (l, n) => l.Ask(Request(n % 3 + 1, n)).Ledger);

            Assert.Empty(ledger.Held);
            Assert.Empty(ledger.Waiting);
            Assert.Same(ledger, late);
        }));

    [Fact]
    public void DispatchOrder_WhenSlotsAreFreed_IsTheOrderInWhichTheLineIsServed() =>
        Check.One(Thorough, Prop.ForAll(AnyHistory, history =>
        {
            SlotLedger ledger = Replay(history.Capacity, history.Exchanges);
            string[] order = ledger.DispatchOrder().Names();

            var served = new List<string>();
            while (!ledger.Held.IsEmpty)
            {
                (ledger, SlotExchangeResult result) = ledger.GiveBack(ledger.Held[0]);
                served.AddRange(result.Granted.Names());
            }

            // Beyond one step of ageing a request may be lifted before others, so only the first is certain.
            int certain = ledger.Grants < SlotLedger.AgeingStep ? order.Length : Math.Min(1, order.Length);
            Assert.Equal(order.Take(certain), served.Take(certain));
            Assert.Equal(order.Order(), served.Order());
        }));

    [Fact]
    public void DispatchOrder_WhenTheLineIsOld_BeginsWithTheNextGrant() =>
        Check.One(Thorough, Prop.ForAll(AnyHistory, Arb.From(Gen.Choose(0, 400)), (history, age) =>
        {
            SlotLedger ledger = Replay(history.Capacity, history.Exchanges) with { Grants = age + FewSteps };

            SlotExchangeResult next = (ledger with { Capacity = ledger.Held.Length + 1 }).Refill().Result;

            Assert.Equal(ledger.DispatchOrder().Take(1).Select(w => w.QueueId), next.Granted.Names());
        }));

    [Fact]
    public void Ledger_WhenStoredAndReadAgain_BehavesTheSame() =>
        Check.One(Thorough, Prop.ForAll(AnyHistory, Arb.From(AnyExchange), (history, next) =>
        {
            SlotLedger ledger = Replay(history.Capacity, history.Exchanges);

            SlotLedger read = JsonSerializer.Deserialize<SlotLedger>(JsonSerializer.Serialize(ledger))!;

            Assert.Equal(JsonSerializer.Serialize(ledger), JsonSerializer.Serialize(read));
            Assert.Equal<SlotGrant>(ledger.Exchange(next, Now).Result.Granted, read.Exchange(next, Now).Result.Granted);
            Assert.Equal<SlotWaiter>(ledger.DispatchOrder(), read.DispatchOrder());
        }));

    private static SlotLedger Replay(int capacity, IEnumerable<SlotExchange> exchanges) =>
        exchanges.Aggregate(SlotLedger.Empty(capacity), (ledger, exchange) => ledger.Exchange(exchange, Now).Ledger);
}
