namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>One of the numbered invariants does not hold; 0 is for what is plainly broken, such as an exception that nobody caught.</summary>
internal sealed class ViolationException(int invariant, string what, Exception? inner = null) : Exception($"invariant {invariant}: {what}", inner)
{
    public int Invariant { get; } = invariant;
}
