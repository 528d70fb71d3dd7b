using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PhaseFlow.Core.Runs;

/// <summary>The phases of a run by number, in order. A value that never changes.</summary>
/// <remarks>An array behind binary search: a step looks at every phase, and a run takes many steps. JSON: an object with the numbers as names.</remarks>
[JsonConverter(typeof(Converter))]
public sealed class PhaseTable : IReadOnlyDictionary<int, PhaseState>
{
    private readonly PhaseState[] _rows;

    private PhaseTable(PhaseState[] rows) => _rows = rows;

    public static PhaseTable Empty { get; } = new([]);

    public int Count => _rows.Length;

    public ImmutableArray<PhaseState> Values => ImmutableCollectionsMarshal.AsImmutableArray(_rows);

    public IEnumerable<int> Keys => _rows.Select(p => p.Number);

    IEnumerable<PhaseState> IReadOnlyDictionary<int, PhaseState>.Values => _rows;

    public PhaseState this[int key] => TryGetValue(key, out PhaseState? phase) ? phase : throw new KeyNotFoundException($"There is no phase {key}.");

    /// <summary>A table of these phases, in any order, each number once.</summary>
    /// <exception cref="ArgumentException">A number is there twice.</exception>
    public static PhaseTable Of(IEnumerable<PhaseState> phases)
    {
        PhaseState[] rows = [.. phases.OrderBy(p => p.Number)];
        for (int i = 1; i < rows.Length; i++)
        {
            if (rows[i].Number == rows[i - 1].Number)
            {
                throw new ArgumentException($"Phase {rows[i].Number} is there twice.", nameof(phases));
            }
        }

        return new PhaseTable(rows);
    }

    public bool ContainsKey(int key) => Find(_rows, key) >= 0;

    public bool TryGetValue(int key, [MaybeNullWhen(false)] out PhaseState value)
    {
        int at = Find(_rows, key);
        value = at >= 0 ? _rows[at] : null;
        return at >= 0;
    }

    /// <summary>A table with this phase in place of the one of its number, or in addition.</summary>
    public PhaseTable Set(PhaseState phase)
    {
        ArgumentNullException.ThrowIfNull(phase);
        PhaseState[] rows = ToArray();
        Set(ref rows, phase);
        return new PhaseTable(rows);
    }

    /// <summary>The phases that say something else than in an earlier table, or are new; what is in flight does not count.</summary>
    public IEnumerable<PhaseState> ChangedSince(PhaseTable earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return ReferenceEquals(this, earlier) ? [] : Changed(earlier);
    }

    public IEnumerator<KeyValuePair<int, PhaseState>> GetEnumerator() =>
        _rows.Select(p => KeyValuePair.Create(p.Number, p)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerable<PhaseState> Changed(PhaseTable earlier)
    {
        int at = 0;
        foreach (PhaseState phase in _rows)
        {
            while (at < earlier._rows.Length && earlier._rows[at].Number < phase.Number)
            {
                at++;
            }

            if (at == earlier._rows.Length || earlier._rows[at].Number != phase.Number || !phase.SaysTheSameAs(earlier._rows[at]))
            {
                yield return phase;
            }
        }
    }

    /// <summary>A copy to work on.</summary>
    internal PhaseState[] ToArray() => _rows.AsSpan().ToArray();

    /// <summary>This table where the rows are equal, else one of the rows, which are not to be touched any more.</summary>
    internal PhaseTable With(PhaseState[] rows) => rows.AsSpan().SequenceEqual(_rows) ? this : new PhaseTable(rows);

    /// <summary>The place of a number, or the complement of where it belongs.</summary>
    internal static int Find(PhaseState[] rows, int number)
    {
        int low = 0;
        int high = rows.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int found = rows[middle].Number;
            if (found == number)
            {
                return middle;
            }

            (low, high) = found < number ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    internal static void Set(ref PhaseState[] rows, PhaseState phase)
    {
        int at = Find(rows, phase.Number);
        if (at >= 0)
        {
            rows[at] = phase;
        }
        else
        {
            rows = [.. rows[..~at], phase, .. rows[~at..]];
        }
    }

    private sealed class Converter : JsonConverter<PhaseTable>
    {
        public override PhaseTable Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Of(JsonSerializer.Deserialize<Dictionary<int, PhaseState>>(ref reader, options)!.Values);

        public override void Write(Utf8JsonWriter writer, PhaseTable value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value._rows.ToDictionary(p => p.Number), options);
    }
}
