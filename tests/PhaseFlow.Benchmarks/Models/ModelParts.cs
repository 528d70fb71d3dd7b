using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Benchmarks.Models;

/// <summary>The parts that states are made of, each kept once under its number, and the steps from part to part, each taken once by the real rules.</summary>
/// <remarks>
/// The rules are pure, so a step between two parts is the same in every state that has them. Parts are numbered by what decides how they go on: versions do not count, and
/// the numbers by which the limiter orders count as their order. Items are numbered as characters, so that a string of them in order is a bag of items.
/// </remarks>
internal sealed partial class ModelParts
{
    private const char Nothing = char.MaxValue;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Numbered<Runs> _runs = new(first: 1);
    private readonly Numbered<Unsent> _unsent = new();
    private readonly Numbered<Limiter> _ledgers = new();
    private readonly Numbered<Flight> _flights = new();
    private readonly Numbered<string> _arrived = new();
    private readonly Numbered<Item> _items = new();
    private readonly Dictionary<ulong, (ushort Runs, char Exchange, string Launches)> _steps = [];
    private readonly Dictionary<ulong, ushort> _told = [];
    private readonly Dictionary<(ushort Unsent, int Feature), (ushort Unsent, char Call)> _sent = [];
    private readonly Dictionary<uint, (ushort Ledger, string Grants, string Left)> _exchanges = [];
    private readonly Dictionary<ulong, int> _with = [];
    private readonly Dictionary<ulong, int> _without = [];
    private readonly Dictionary<ulong, int> _remembered = [];
    private readonly ModelBounds _bounds;
    private readonly ModelRules _rules;
    private readonly int _phases;

    public ModelParts(ModelBounds bounds, ModelRules rules, FeaturePlan[] plans)
    {
        _bounds = bounds;
        _rules = rules;
        _phases = plans.Max(p => p.Phases.Length);
        if (plans.Length * _phases * bounds.Attempts > 8)
        {
            throw new ArgumentException("A model has at most eight attempts in all.", nameof(plans));
        }

        _arrived.Of("", () => "");
        Start = new ModelState
        {
            Runs = Number([.. plans.Select((p, i) => FeatureRun.Create(i + 1, p))], bounds.Reloads),
            Unsent = Number([.. plans.Select(_ => SlotExchange.Nothing)]),
            Flight = NumberFlight(""),
            Ledger = Number(SlotLedger.Empty(bounds.Slots)),
        };
        Reports =
        [
            .. from f in Enumerable.Range(0, plans.Length)
               from phase in Enumerable.Range(1, _phases)
               from attempt in Enumerable.Range(1, bounds.Attempts)
               // The store numbers reports as they come. Which number one has makes no difference, so each has its own: fewer states, and none is lost.
               let seq = 1 + ((phase - 1) * bounds.Attempts) + attempt
               select (Number(new Word(f, new AgentReport(seq, phase, attempt, Completed: true))), Number(new Word(f, new AgentReport(seq, phase, attempt, Completed: false)))),
        ];
        Executes = [.. plans.Select((_, f) => Number(new Word(f, new FeatureCommand(1, CommandKind.Execute))))];
        Loads = [.. plans.Select((_, f) => Number(new Word(f, new Loaded())))];
        for (int f = 0; f < plans.Length; f++)
        {
            Start = Arrive(Start, Executes[f]);
        }
    }

    /// <summary>The features were executed, and nothing has arrived.</summary>
    public ModelState Start { get; }

    /// <summary>For each attempt, in the order of the bits, the two reports that its agent can end with.</summary>
    public ImmutableArray<(char Completed, char Failed)> Reports { get; }

    /// <summary>For each feature the word that it was read from the store.</summary>
    public ImmutableArray<char> Loads { get; }

    private ImmutableArray<char> Executes { get; }

    public Runs RunsOf(ModelState state) => _runs[state.Runs];

    public Unsent UnsentOf(ModelState state) => _unsent[state.Unsent];

    public Limiter LedgerOf(ModelState state) => _ledgers[state.Ledger];

    public Flight FlightOf(ModelState state) => _flights[state.Flight];

    /// <summary>The items that may come again.</summary>
    public string ArrivedOf(ModelState state) => _arrived[state.Arrived];

    /// <summary>The phases of some attempts, for a person.</summary>
    public string Describe(int bits) => string.Join(
        ", ",
        Enumerable.Range(0, 8).Where(i => (bits & (1 << i)) != 0).Select(i =>
            $"{QueueId.Format((i / _bounds.Attempts / _phases) + 1, (i / _bounds.Attempts % _phases) + 1)} attempt {(i % _bounds.Attempts) + 1}"));

    /// <summary>The state with one more item under way.</summary>
    public ModelState With(ModelState state, char item)
    {
        if (!_with.TryGetValue(Key(state.Flight, item), out int flight))
        {
            flight = NumberFlight(Insert(_flights[state.Flight].Items, item));
            _with.Add(Key(state.Flight, item), flight);
        }

        state.Flight = flight;
        return state;
    }

    /// <summary>The state with one item less under way.</summary>
    public ModelState Without(ModelState state, char item)
    {
        if (!_without.TryGetValue(Key(state.Flight, item), out int flight))
        {
            string items = _flights[state.Flight].Items;
            flight = NumberFlight(items.Remove(items.IndexOf(item, StringComparison.Ordinal), 1));
            _without.Add(Key(state.Flight, item), flight);
        }

        state.Flight = flight;
        return state;
    }

    /// <summary>The state in which an item may come again.</summary>
    public ModelState Remember(ModelState state, char item)
    {
        if (!_remembered.TryGetValue(Key(state.Arrived, item), out int arrived))
        {
            string items = _arrived[state.Arrived];
            items = items.Contains(item, StringComparison.Ordinal) ? items : Insert(items, item);
            arrived = _arrived.Of(items, () => items);
            _remembered.Add(Key(state.Arrived, item), arrived);
        }

        state.Arrived = arrived;
        return state;
    }

    /// <summary>The state after an item has arrived.</summary>
    /// <param name="state">The state, in which the item is no longer under way.</param>
    /// <param name="number">The item.</param>
    /// <param name="isCopy">Whether it has arrived before.</param>
    public ModelState Arrive(ModelState state, char number, bool isCopy = false)
    {
        Item item = _items[number];
        switch (item.What)
        {
            case ExchangeCall call:
                (state.Ledger, string grants, string left) = Exchange(state.Ledger, number, call);
                // A call that comes again has nobody who waits for its answer; grants are told whoever asks.
                foreach (char word in isCopy ? grants : grants + left)
                {
                    state = With(state, word);
                }

                return isCopy ? state : Send(state, call.Feature);
            case LaunchCall:
                state.Agents |= (byte)(item.Bits & ~state.Launched);
                state.Launched |= item.Bits;
                return With(state, item.Answer);
            case Word word:
                (state.Runs, char exchange, string launches) = Step(state.Runs, number, word);
                foreach (char launch in launches)
                {
                    state = With(state, launch);
                }

                state.Unsent = Tell(state.Unsent, exchange);
                return Send(state, word.Feature);
            default:
                throw new InvalidOperationException($"Nothing lets {item} arrive.");
        }
    }

    /// <summary>Calls the limiter, one call at a time for each feature.</summary>
    private ModelState Send(ModelState state, int feature)
    {
        ImmutableArray<SlotExchange> unsent = _unsent[state.Unsent].Each;
        if (unsent[feature].IsNothing || (_flights[state.Flight].Calling & (1 << feature)) != 0)
        {
            return state;
        }

        if (!_sent.TryGetValue((state.Unsent, feature), out (ushort Unsent, char Call) sent))
        {
            sent = (Number(unsent.SetItem(feature, SlotExchange.Nothing)), Number(new ExchangeCall(feature, unsent[feature])));
            _sent.Add((state.Unsent, feature), sent);
        }

        state.Unsent = sent.Unsent;
        return With(state, sent.Call);
    }

    /// <summary>What is to be sent after one more exchange.</summary>
    private ushort Tell(ushort before, char number)
    {
        if (number == Nothing)
        {
            return before;
        }

        if (!_told.TryGetValue(Key(before, number), out ushort after))
        {
            ImmutableArray<SlotExchange> unsent = _unsent[before].Each;
            var call = (ExchangeCall)_items[number].What;
            after = Number(unsent.SetItem(call.Feature, unsent[call.Feature].Then(call.Exchange)));
            _told.Add(Key(before, number), after);
        }

        return after;
    }

    private (ushort Ledger, string Grants, string Left) Exchange(ushort before, char number, ExchangeCall call)
    {
        uint key = ((uint)before << 16) | number;
        if (!_exchanges.TryGetValue(key, out (ushort Ledger, string Grants, string Left) after))
        {
            (SlotLedger ledger, SlotExchangeResult result) = _rules.Exchange(_ledgers[before].Ledger, call.Exchange, Now);
            after = (
                Number(ledger),
                string.Concat(result.Granted.Select(g => Number(new Word(g.FeatureId - 1, new SlotGranted(PhaseOf(g.QueueId), g.Attempt, g.Slot))))),
                string.Concat(result.LeftBy(call.Exchange).Select(l => Number(new Word(call.Feature, new LeftTheLine(PhaseOf(l.QueueId), l.Attempt))))));
            _exchanges.Add(key, after);
        }

        return after;
    }

    private (ushort Runs, char Exchange, string Launches) Step(ushort before, char number, Word word)
    {
        if (_steps.TryGetValue(Key(before, number), out (ushort Runs, char Exchange, string Launches) after))
        {
            return after;
        }

        Runs runs = _runs[before];
        RunStep step = _rules.Step(runs.Each[word.Feature], word.Message, Now);
        ModelInvariants.CheckStep(runs.Each[word.Feature], step);
        after = (
            Number(runs.Each.SetItem(word.Feature, step.Run), runs.Reloads - (word.Message is Loaded ? 1 : 0)),
            step.Effects.OfType<ExchangeSlots>().SingleOrDefault() is { } told ? Number(new ExchangeCall(word.Feature, told.Exchange)) : Nothing,
            string.Concat(step.Effects.OfType<LaunchPhase>().Select(l => Number(new LaunchCall(word.Feature, l)))));
        _steps.Add(Key(before, number), after);
        return after;
    }

    private static int PhaseOf(string queueId) => QueueId.TryParse(queueId, out _, out int phase) ? phase : throw new InvalidOperationException(queueId);

    private static ulong Key(int part, char item) => ((ulong)part << 16) | item;

    private static string Insert(string items, char item)
    {
        int at = 0;
        while (at < items.Length && items[at] < item)
        {
            at++;
        }

        return items.Insert(at, item.ToString());
    }
}
