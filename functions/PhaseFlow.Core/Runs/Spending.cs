namespace PhaseFlow.Core.Runs;

/// <summary>What the agents of a feature have cost, by their own word, and whether that is all that it may spend.</summary>
/// <remarks>
/// A report of an attempt that is over counts for nothing, and what an agent costs is known when it reports: so the cap is passed by no more than the attempts that
/// hold a slot when it is reached, and those that a person lets pass.
/// </remarks>
public static class Spending
{
    /// <summary>The sum over all attempts of the phases, in United States dollars.</summary>
    public static decimal Of(IEnumerable<PhaseState> phases) => phases.Sum(p => p.Usage?.CostUsd ?? 0);

    /// <summary>Whether a cap is reached; never where there is none.</summary>
    public static bool IsSpent(decimal? capUsd, IEnumerable<PhaseState> phases) => capUsd is { } cap && Of(phases) >= cap;
}
