using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Benchmarks.Models;

/// <summary>Something that is under way in the model and may arrive next.</summary>
/// <param name="Feature">The feature that it is about, from 0.</param>
internal abstract record UnderWay(int Feature);

/// <summary>A call of the limiter.</summary>
internal sealed record ExchangeCall(int Feature, SlotExchange Exchange) : UnderWay(Feature);

/// <summary>A word to a run.</summary>
internal sealed record Word(int Feature, RunMessage Message) : UnderWay(Feature);

/// <summary>A launch that the launcher has not heard of yet.</summary>
internal sealed record LaunchCall(int Feature, LaunchPhase Launch) : UnderWay(Feature);

/// <summary>The bounds of a model.</summary>
/// <param name="Slots">How many slots there are.</param>
/// <param name="Attempts">How many attempts each phase has.</param>
/// <param name="Duplicates">How many arrivals may be repeated.</param>
/// <param name="Reloads">How often a run may be forgotten and read again.</param>
internal sealed record ModelBounds(int Slots, int Attempts, int Duplicates, int Reloads);

/// <summary>One state of the model: the runs, the limiter, what is under way and the agents at work. Time stands still.</summary>
internal sealed record ModelState(
    ImmutableArray<FeatureRun> Runs,
    SlotLedger Ledger,
    ImmutableArray<SlotExchange> Unsent,
    ImmutableArray<UnderWay> UnderWay,
    ImmutableSortedSet<(int Feature, int Phase, int Attempt)> Agents,
    ImmutableSortedSet<(int Feature, int Phase, int Attempt)> Launched,
    int Duplicates,
    int Reloads)
{
    public string QueueIdOf(int feature, int phase) => QueueId.Format(Runs[feature].FeatureId, phase);

    /// <summary>
    /// The state without what only counts how it was reached: two states with one key go on alike. Versions, and the numbers by which the limiter
    /// orders, count as their order.
    /// </summary>
    public string Key()
    {
        var key = new StringBuilder(256);
        for (int f = 0; f < Runs.Length; f++)
        {
            key.Append(CultureInfo.InvariantCulture, $"{Runs[f].Status}");
            foreach (PhaseState p in Runs[f].Phases.Values)
            {
                key.Append(CultureInfo.InvariantCulture, $"|{(int)p.Status},{p.Attempt},{p.Slot},{(int)p.Pending},{(p.LaunchedAt is null ? 0 : 1)}");
            }

            key.Append('i').Append(Runs[f].Inbox.Through).Append(',').AppendJoin(',', Runs[f].Inbox.Beyond.Order());
            Append(key.Append('u'), Unsent[f]);
        }

        key.Append("#h").AppendJoin(';', Ledger.Held.OrderBy(h => h.Slot).Select(h => $"{h.Slot}{h.QueueId}{h.Attempt}"));
        key.Append("#w").AppendJoin(';', Ledger.Waiting.OrderBy(w => w.Arrival).Select(w => $"{w.QueueId}{w.Attempt}"));
        key.Append("#e").AppendJoin(';', Ledger.Ended.Select(e => $"{e.QueueId}{e.Attempt}").Order(StringComparer.Ordinal));
        key.Append("#s").AppendJoin(';', Ledger.LastServed.OrderBy(s => s.Value).Select(s => s.Key));
        key.Append("#a").AppendJoin(';', Agents).Append("#l").AppendJoin(';', Launched);
        key.Append("#m").AppendJoin(';', UnderWay.Select(Describe).Order(StringComparer.Ordinal));
        return key.Append(CultureInfo.InvariantCulture, $"#{Duplicates},{Reloads}").ToString();
    }

    private static string Describe(UnderWay item) => item switch
    {
        ExchangeCall call => Append(new StringBuilder("x").Append(call.Feature), call.Exchange).ToString(),
        LaunchCall launch => string.Create(CultureInfo.InvariantCulture, $"l{launch.Feature},{launch.Launch.Phase},{launch.Launch.Attempt}"),
        Word { Message: AgentReport r } w => string.Create(CultureInfo.InvariantCulture, $"r{w.Feature},{r.Seq},{r.Phase},{r.Attempt},{r.Completed}"),
        Word { Message: SlotGranted g } w => string.Create(CultureInfo.InvariantCulture, $"g{w.Feature},{g.Phase},{g.Attempt},{g.Slot}"),
        Word w => string.Create(CultureInfo.InvariantCulture, $"w{w.Feature},{w.Message}"),
        _ => throw new InvalidOperationException($"Nothing describes {item}."),
    };

    private static StringBuilder Append(StringBuilder key, SlotExchange exchange) => key
        .Append('-').AppendJoin(',', exchange.Released.Select(r => $"{r.QueueId}{r.Attempt}{r.MayReturn}"))
        .Append('+').AppendJoin(',', exchange.Requested.Select(r => $"{r.QueueId}{r.Attempt}"));
}
