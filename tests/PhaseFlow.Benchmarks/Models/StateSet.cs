using System.Runtime.CompilerServices;

namespace PhaseFlow.Benchmarks.Models;

/// <summary>A set of states: an array with open addresses, at most three quarters full. A set of the framework takes more memory.</summary>
internal sealed class StateSet
{
    private UInt128[] _places = new UInt128[1024];

    public int Count { get; private set; }

    public bool Contains(ModelState state)
    {
        UInt128 value = Unsafe.BitCast<ModelState, UInt128>(state);
        return _places[Find(_places, value)] == value;
    }

    /// <summary>Whether the state is new.</summary>
    public bool Add(ModelState state)
    {
        UInt128 value = Unsafe.BitCast<ModelState, UInt128>(state);
        int at = Find(_places, value);
        if (_places[at] == value)
        {
            return false;
        }

        _places[at] = value;
        if (++Count > _places.Length / 4 * 3)
        {
            Grow();
        }

        return true;
    }

    public IEnumerable<ModelState> All() => _places.Where(p => p != 0).Select(Unsafe.BitCast<UInt128, ModelState>);

    private void Grow()
    {
        var places = new UInt128[_places.Length * 2];
        foreach (UInt128 value in _places)
        {
            if (value != 0)
            {
                places[Find(places, value)] = value;
            }
        }

        _places = places;
    }

    /// <summary>Where the state is or belongs. No state is 0: the numbers of the runs begin with 1.</summary>
    private static int Find(UInt128[] places, UInt128 value)
    {
        ulong hash = ((ulong)value * 0x9E3779B97F4A7C15) ^ ((ulong)(value >> 64) * 0xC2B2AE3D27D4EB4F);
        hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93;
        int at = (int)(hash >> 32) & (places.Length - 1);
        while (places[at] != 0 && places[at] != value)
        {
            at = (at + 1) & (places.Length - 1);
        }

        return at;
    }
}
