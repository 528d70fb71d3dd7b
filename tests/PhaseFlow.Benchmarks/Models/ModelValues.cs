using System.Collections.Immutable;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Benchmarks.Models;

/// <summary>Gives each value a number, in the order in which they come: equal keys, equal numbers.</summary>
internal sealed class Numbered<T>(int first = 0)
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<T> _values = [];

    public T this[int number] => _values[number - first];

    public int Of(string key, Func<T> value)
    {
        if (!_numbers.TryGetValue(key, out int number))
        {
            number = _values.Count + first;
            _values.Add(value());
            _numbers.Add(key, number);
        }

        return number;
    }
}

/// <summary>The runs of a state, with what follows for the invariants; attempts as bits.</summary>
internal sealed record Runs(ImmutableArray<FeatureRun> Each, int Reloads, byte Running, byte Ready, byte Settled)
{
    public bool AreFinished => Each.All(r => r.Status.IsFinished());
}

/// <summary>What the runs of a state have not told the limiter yet, and the phases that this names.</summary>
internal sealed record Unsent(ImmutableArray<SlotExchange> Each, byte Told);

/// <summary>The limiter of a state; attempts as bits.</summary>
internal sealed record Limiter(SlotLedger Ledger, byte Held, byte Waiting);

/// <summary>What is under way in a state.</summary>
/// <param name="Items">The numbers of the items, in order.</param>
/// <param name="Told">The phases that a call of the limiter names.</param>
/// <param name="Calling">The features with a call under way, as bits.</param>
internal sealed record Flight(string Items, byte Told, int Calling);

/// <summary>An item that may be under way.</summary>
/// <param name="What">What it is.</param>
/// <param name="Bits">The attempt of a launch, or the phases that a call names.</param>
/// <param name="Answer">The item by which a launch is answered.</param>
internal sealed record Item(UnderWay What, byte Bits, char Answer);
