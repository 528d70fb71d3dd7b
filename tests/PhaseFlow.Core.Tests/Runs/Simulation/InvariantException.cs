namespace PhaseFlow.Core.Tests.Runs.Simulation;

/// <summary>One of the numbered invariants does not hold.</summary>
internal sealed class InvariantException(int number, string what) : Exception($"Invariant {number}: {what}")
{
    public int Number { get; } = number;
}
