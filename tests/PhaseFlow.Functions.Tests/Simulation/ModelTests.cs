using PhaseFlow.Benchmarks.Models;

namespace PhaseFlow.Functions.Tests.Simulation;

/// <summary>Every order in which anything can arrive, for small features.</summary>
public sealed class ModelTests
{
    [Theory]
    [InlineData(1, 1, 2, 2, 1)]
    [InlineData(2, 1, 1, 1, 1)]
    [InlineData(2, 2, 1, 1, 0)]
    [InlineData(3, 2, 1, 0, 0)]
    [InlineData(2, 2, 2, 0, 0)]
    public void Check_WhenEveryOrderIsTried_FindsNoViolation(int phases, int slots, int attempts, int duplicates, int reloads)
    {
        long states = ModelPlans.AllOf(phases, attempts).Sum(p => new ModelChecker(new ModelBounds(slots, attempts, duplicates, reloads)).Check(p));

        Assert.True(states > 20, $"Only {states} states were reached.");
    }

    [Fact]
    public void Check_WhenTwoFeaturesShareASlot_FindsNoViolation()
    {
        var plans = ModelPlans.AllOf(1, attempts: 1).ToArray();

        Assert.True(new ModelChecker(new ModelBounds(Slots: 1, Attempts: 1, Duplicates: 1, Reloads: 0)).Check(plans[0], plans[0]) > 100);
    }

    [Fact]
    public void Check_WhenTheLimiterDropsReleases_FindsIt()
    {
        var checker = new ModelChecker(new ModelBounds(Slots: 1, Attempts: 1, Duplicates: 0, Reloads: 0)) { DropsReleases = true };

        Assert.Throws<ModelViolationException>(() => ModelPlans.AllOf(2, attempts: 1).Sum(p => checker.Check(p)));
    }
}
