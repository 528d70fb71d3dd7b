namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>All the chance of one simulation: the same seed throws the same numbers, on every machine and every runtime.</summary>
/// <remarks>SplitMix64: small, quick, and every seed is as good as any other.</remarks>
internal sealed class Dice(long seed)
{
    private ulong _state = unchecked((ulong)seed * 0x9E3779B97F4A7C15UL) + 0x2545F4914F6CDD1DUL;

    public ulong Next()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15UL;
            ulong z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }

    /// <summary>From <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public int Between(int low, int high) => low + (int)(Next() % (ulong)(high - low + 1));

    /// <summary>True in so many of a hundred.</summary>
    public bool Chance(int percent) => (int)(Next() % 100) < percent;

    public T Pick<T>(IReadOnlyList<T> of) => of[(int)(Next() % (ulong)of.Count)];

    public TimeSpan Milliseconds(int low, int high) => TimeSpan.FromMilliseconds(Between(low, high));

    public TimeSpan Seconds(int low, int high) => TimeSpan.FromMilliseconds(Between(low * 1000, high * 1000));
}
