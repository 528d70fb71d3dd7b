using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Benchmarks.Models;

/// <content>What makes two parts equal, and what follows from a part for the invariants.</content>
internal sealed partial class ModelParts
{
    private ushort Number(ImmutableArray<FeatureRun> runs, int reloads)
    {
        var key = new StringBuilder(128).Append(reloads);
        foreach (FeatureRun run in runs)
        {
            key.Append(CultureInfo.InvariantCulture, $"#{run.Status}");
            foreach (PhaseState p in run.Phases.Values)
            {
                key.Append(CultureInfo.InvariantCulture, $"|{(int)p.Status},{p.Attempt},{p.Slot},{(int)p.Pending},{(p.LaunchedAt is null ? 0 : 1)}");
            }

            key.Append('i').Append(run.Inbox.Through).Append(',').AppendJoin(',', run.Inbox.Beyond.Order());
        }

        return checked((ushort)_runs.Of(key.ToString(), () =>
        {
            foreach (FeatureRun run in runs)
            {
                ModelInvariants.CheckRun(run);
            }

            return new Runs(runs, reloads, BitsOf(runs, Statuses.HoldsSlot), BitsOf(runs, s => s == PhaseStatus.Ready), BitsOf(runs, Statuses.IsSettled));
        }));
    }

    private ushort Number(ImmutableArray<SlotExchange> unsent)
    {
        var key = new StringBuilder(64);
        foreach (SlotExchange exchange in unsent)
        {
            Append(key.Append('u'), exchange);
        }

        return checked((ushort)_unsent.Of(key.ToString(), () => new Unsent(unsent, (byte)unsent.Aggregate(0, (all, e) => all | Named(e)))));
    }

    private ushort Number(SlotLedger ledger)
    {
        var key = new StringBuilder(128);
        key.AppendJoin(';', ledger.Held.OrderBy(h => h.Slot).Select(h => $"{h.Slot}{h.QueueId}/{h.Attempt}"));
        key.Append("#w").AppendJoin(';', ledger.Waiting.OrderBy(w => w.Arrival).Select(w => $"{w.QueueId}/{w.Attempt}"));
        key.Append("#e").AppendJoin(';', ledger.Ended.Select(e => $"{e.QueueId}/{e.Attempt}").Order(StringComparer.Ordinal));
        key.Append("#s").AppendJoin(';', ledger.LastServed.OrderBy(s => s.Value).Select(s => s.Key));
        return checked((ushort)_ledgers.Of(key.ToString(), () =>
        {
            ModelInvariants.CheckLedger(ledger, _bounds.Slots);
            return new Limiter(
                ledger,
                (byte)ledger.Held.Aggregate(0, (all, h) => all | Bit(h.QueueId, h.Attempt)),
                (byte)ledger.Waiting.Aggregate(0, (all, w) => all | Bit(w.QueueId, w.Attempt)));
        }));
    }

    private char Number(UnderWay item)
    {
        string key = item switch
        {
            ExchangeCall call => Append(new StringBuilder("x").Append(call.Feature), call.Exchange).ToString(),
            LaunchCall launch => string.Create(CultureInfo.InvariantCulture, $"l{launch.Feature},{launch.Launch.Phase},{launch.Launch.Attempt}"),
            Word { Message: AgentReport r } w => string.Create(CultureInfo.InvariantCulture, $"r{w.Feature},{r.Seq},{r.Phase},{r.Attempt},{r.Completed}"),
            Word w => string.Create(CultureInfo.InvariantCulture, $"w{w.Feature},{w.Message}"),
            _ => throw new InvalidOperationException($"Nothing describes {item}."),
        };
        char answer = item is LaunchCall { Launch: { } l } ? Number(new Word(item.Feature, new Launched(l.Phase, l.Attempt, IssueNumber: 7))) : '\0';
        return checked((char)_items.Of(key, () => item switch
        {
            ExchangeCall call => new Item(item, Named(call.Exchange), answer),
            LaunchCall { Launch: { } launch } => new Item(item, Bit(QueueId.Format(item.Feature + 1, launch.Phase), launch.Attempt), answer),
            _ => new Item(item, 0, answer),
        }));
    }

    private int NumberFlight(string items) => _flights.Of(items, () => new Flight(
        items,
        (byte)items.Where(i => _items[i].What is ExchangeCall).Aggregate(0, (all, i) => all | _items[i].Bits),
        items.Where(i => _items[i].What is ExchangeCall).Aggregate(0, (all, i) => all | (1 << _items[i].What.Feature))));

    private byte BitsOf(ImmutableArray<FeatureRun> runs, Func<PhaseStatus, bool> those) => (byte)(
        from run in runs
        from phase in run.Phases.Values
        where phase.Attempt > 0 && those(phase.Status)
        select Bit(QueueId.Format(run.FeatureId, phase.Number), phase.Attempt)).Aggregate(0, (all, bit) => all | bit);

    /// <summary>Every attempt of each phase that an exchange names.</summary>
    private byte Named(SlotExchange exchange) => (byte)exchange.Released.Select(r => r.QueueId).Concat(exchange.Requested.Select(r => r.QueueId))
        .Aggregate(0, (all, id) => Enumerable.Range(1, _bounds.Attempts).Aggregate(all, (bits, attempt) => bits | Bit(id, attempt)));

    private byte Bit(string queueId, int attempt) => QueueId.TryParse(queueId, out int feature, out int phase)
        ? checked((byte)(1 << (((((feature - 1) * _phases) + phase - 1) * _bounds.Attempts) + attempt - 1)))
        : throw new InvalidOperationException(queueId);

    private static StringBuilder Append(StringBuilder key, SlotExchange exchange) => key
        .Append('-').AppendJoin(',', exchange.Released.Select(r => $"{r.QueueId}/{r.Attempt}{r.MayReturn}"))
        .Append('+').AppendJoin(',', exchange.Requested.Select(r => $"{r.QueueId}/{r.Attempt}"));
}
