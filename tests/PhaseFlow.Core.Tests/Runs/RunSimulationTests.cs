using System.Globalization;
using PhaseFlow.Core.Tests.Runs.Simulation;
using Xunit;

namespace PhaseFlow.Core.Tests.Runs;

/// <summary>The rules in a model world where everything comes late, twice, out of order or never.</summary>
public sealed class RunSimulationTests
{
    private const int Seeds = 2000;

    /// <summary>Set to run another number of seeds, from 1.</summary>
    private const string SeedsVariable = "PHASEFLOW_SIMULATION_SEEDS";

    [Fact]
    public void Run_WhenAnythingHappensInAnyOrder_KeepsEveryInvariantAndComesToAnEnd()
    {
        int seeds = int.TryParse(Environment.GetEnvironmentVariable(SeedsVariable), CultureInfo.InvariantCulture, out int asked) ? asked : Seeds;
        long launches = 0;
        for (int seed = 1; seed <= seeds; seed++)
        {
            var world = new SimulatedWorld(seed);
            Exception? failure = Record.Exception(world.Run);
            Assert.True(failure is null, $"Seed {seed}: {failure}\n{world.Story()}");
            launches += world.Launches;
        }

        Assert.True(launches > 2L * seeds, $"Only {launches} agents were launched: the world is too quiet to show anything.");
    }

    [Theory]
    [InlineData(WorldFault.LostRelease, new[] { 2, 3, 8 })]
    [InlineData(WorldFault.LostWakeUp, new[] { 2, 3, 8 })]
    [InlineData(WorldFault.ForgedGrant, new[] { 2 })]
    [InlineData(WorldFault.ForgottenInbox, new[] { 7 })]
    [InlineData(WorldFault.ForgottenCap, new[] { 13 })]
    [InlineData(WorldFault.ConfusedAttempts, new[] { 6 })]
    public void Run_WhenTheWorldHasAFault_IsCaughtByTheInvariantThatForbidsIt(WorldFault fault, int[] invariants)
    {
        bool isCaught = Enumerable.Range(1, Seeds)
            .Any(seed => Record.Exception(new SimulatedWorld(seed, fault).Run) is InvariantException caught && invariants.Contains(caught.Number));

        Assert.True(isCaught, $"In none of {Seeds} seeds.");
    }

    [Fact]
    public void Run_WhenTheSeedIsTheSame_TellsTheSameStory()
    {
        var first = new SimulatedWorld(42);
        var second = new SimulatedWorld(42);

        first.Run();
        second.Run();

        Assert.Equal(first.Story(), second.Story());
    }
}
