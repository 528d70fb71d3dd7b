using PhaseFlow.Core.Plans;

namespace PhaseFlow.Benchmarks.Models;

/// <summary>The features of the models: every graph of so many phases.</summary>
internal static class ModelPlans
{
    /// <summary>Every graph whose edges go from a lower to a higher number: of <paramref name="phases"/> phases there are two to the power of their pairs.</summary>
    public static IEnumerable<FeaturePlan> AllOf(int phases, int attempts)
    {
        (int From, int To)[] pairs = [.. from to in Enumerable.Range(1, phases) from below in Enumerable.Range(1, to - 1) select (below, to)];
        for (int edges = 0; edges < 1 << pairs.Length; edges++)
        {
            (int From, int To)[] chosen = [.. pairs.Where((_, i) => (edges & (1 << i)) != 0)];
            yield return new FeaturePlan
            {
                Title = $"{phases} phases, {(chosen.Length == 0 ? "no edges" : string.Join(" ", chosen.Select(c => $"{c.From}>{c.To}")))}",
                Phases =
                [
                    .. Enumerable.Range(1, phases).Select(n => new PhasePlan
                    {
                        Number = n,
                        Title = "Phase",
                        DependsOn = [.. chosen.Where(c => c.To == n).Select(c => c.From)],
                        MaxAttempts = attempts,
                        RetryBackoff = TimeSpan.Zero,
                    }),
                ],
            };
        }
    }
}
