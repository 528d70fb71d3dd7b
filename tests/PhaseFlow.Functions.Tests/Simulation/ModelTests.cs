using PhaseFlow.Benchmarks.Models;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Tests.Simulation;

/// <summary>Every order in which anything can arrive, for small features.</summary>
public sealed class ModelTests
{
    // Those of one attempt were found alike by a checker that kept whole states and took every step anew.
    [Theory]
    [InlineData(1, 1, 2, 2, 1, 51_900)]
    [InlineData(2, 1, 1, 1, 1, 22_469)]
    [InlineData(2, 2, 1, 1, 0, 5_577)]
    [InlineData(3, 2, 1, 0, 0, 12_988)]
    [InlineData(3, 2, 1, 1, 0, 278_786)]
    [InlineData(2, 2, 1, 2, 0, 42_659)]
    [InlineData(2, 2, 2, 1, 0, 211_853)]
    [InlineData(2, 2, 2, 0, 0, 4_398)]
    public void Check_WhenEveryOrderIsTried_FindsEveryStateAndNoViolation(int phases, int slots, int attempts, int duplicates, int reloads, long expected)
    {
        long states = ModelPlans.AllOf(phases, attempts).Sum(p => new ModelChecker(new ModelBounds(slots, attempts, duplicates, reloads)).Check(p));

        Assert.Equal(expected, states);
    }

    [Fact]
    public void Check_WhenTwoFeaturesShareASlot_FindsNoViolation()
    {
        var plans = ModelPlans.AllOf(1, attempts: 1).ToArray();

        Assert.Equal(88_665, new ModelChecker(new ModelBounds(Slots: 1, Attempts: 1, Duplicates: 2, Reloads: 1)).Check(plans[0], plans[0]));
    }

    [Fact]
    public void Check_WhenTheLimiterDropsReleases_FindsIt() => AssertFinds("invariant", duplicates: 0, new ModelRules
    {
        Exchange = (ledger, exchange, now) => ledger.Exchange(exchange with { Released = [.. exchange.Released.Where((_, i) => i % 2 == 1)] }, now),
    });

    [Fact]
    public void Check_WhenTheLimiterForgetsWhatEnded_FindsIt() => AssertFinds("invariant 3:", duplicates: 1, new ModelRules
    {
        Exchange = (ledger, exchange, now) => (ledger with { Ended = [] }).Exchange(exchange, now),
    });

    [Fact]
    public void Check_WhenARunAppliesARepeatedReport_FindsIt() => AssertFinds("invariant 2:", duplicates: 1, new ModelRules
    {
        Step = (run, message, now) => message is AgentReport report
            ? run.Apply(report with { Seq = 0, Attempt = run.Phases[report.Phase].Attempt }, now)
            : run.Apply(message, now),
    });

    /// <summary>Broken rules are noticed in two phases of two attempts, and where only a repetition brings it out, not without one.</summary>
    private static void AssertFinds(string violation, int duplicates, ModelRules rules)
    {
        Assert.StartsWith(violation, Assert.Throws<ModelViolationException>(() => Check(duplicates)).Message, StringComparison.Ordinal);
        if (duplicates > 0)
        {
            Assert.True(Check(duplicates: 0) > 0);
        }

        long Check(int duplicates) => ModelPlans.AllOf(2, attempts: 2)
            .Sum(p => new ModelChecker(new ModelBounds(Slots: 1, Attempts: 2, duplicates, Reloads: 0)) { Rules = rules }.Check(p));
    }
}
