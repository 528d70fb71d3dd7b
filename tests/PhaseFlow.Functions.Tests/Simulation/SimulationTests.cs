using System.Globalization;
using PhaseFlow.Benchmarks.Simulation;

namespace PhaseFlow.Functions.Tests.Simulation;

/// <summary>The whole app in virtual time, where everything comes late, twice, out of order, forged or never, and the process dies.</summary>
public sealed class SimulationTests
{
    private const int Seeds = 10_000;

    /// <summary>Set to run another number of seeds, from 1.</summary>
    private const string SeedsVariable = "PHASEFLOW_SIMULATION_SEEDS";

    [Fact]
    public void World_WhenAnythingHappensInAnyOrder_KeepsEveryInvariantAndComesToAnEnd()
    {
        int seeds = int.TryParse(Environment.GetEnvironmentVariable(SeedsVariable), CultureInfo.InvariantCulture, out int asked) ? asked : Seeds;

        SimulationResult result = Simulations.Run(1, seeds, Environment.ProcessorCount);

        Assert.True(result.Violations.Count == 0, Tell(result));
        Assert.Equal(seeds, result.Seeds);
        Assert.True(result.Launches > seeds, $"Only {result.Launches} agents were started: the worlds are too quiet to show anything.");
    }

    /// <summary>As on Azure Storage, where a kill may come between what a step sends and what is kept of it.</summary>
    [Fact]
    public void World_WhenThePlatformForgetsSteps_KeepsEveryInvariantAndComesToAnEnd()
    {
        SimulationResult result = Simulations.Run(1, 2_000, Environment.ProcessorCount, forgets: true);

        Assert.True(result.Violations.Count == 0, Tell(result, forgets: true));
    }

    [Theory]
    [InlineData(Mutation.DroppedRelease, 100, new[] { 2, 3, 8 })]
    [InlineData(Mutation.DroppedWakeUp, 100, new[] { 2, 8 })]
    [InlineData(Mutation.RemovedDeduplication, 100, new[] { 7 })]
    [InlineData(Mutation.ForgottenCap, 100, new[] { 13 })]
    [InlineData(Mutation.ReversedInbox, 500, new[] { 14 })]
    [InlineData(Mutation.ForgottenOutcome, 500, new[] { 14 })]
    [InlineData(Mutation.FreedLine, 500, new[] { 2 })]
    [InlineData(Mutation.UnprovenSlot, 100, new[] { 2 })]
    public void World_WhenTheAppHasAFault_IsCaughtByTheInvariantThatForbidsIt(Mutation mutation, int seeds, int[] invariants)
    {
        SimulationResult result = Simulations.Run(1, seeds, parallel: 1, mutation, forgets: mutation >= Mutation.FreedLine);

        Assert.NotEmpty(result.Violations);
        Assert.All(result.Violations, v => Assert.Contains(v.Violation.Invariant, invariants));
    }

    [Fact]
    public void World_WhenTheSeedIsTheSame_TellsTheSameStory()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            var first = new World(WorldOptions.Of(seed), tells: true);
            var second = new World(WorldOptions.Of(seed), tells: true);

            first.Run();
            second.Run();

            Assert.Equal(first.Story, second.Story);
            Assert.Equal(first.Agenda.Steps, second.Agenda.Steps);
        }
    }

    [Fact]
    public void Shorten_WhenASeedFails_TellsAStoryThatEndsInTheSameInvariant()
    {
        (long seed, ViolationException violation) = Simulations.Run(1, 100, parallel: 1, Mutation.DroppedRelease).Violations[0];

        (World world, ViolationException caught) = Simulations.Shorten(WorldOptions.Of(seed, Mutation.DroppedRelease), violation);

        Assert.Equal(violation.Invariant, caught.Invariant);
        Assert.NotEmpty(world.Story);
    }

    private static string Tell(SimulationResult result, bool forgets = false)
    {
        if (result.Violations.Count == 0)
        {
            return "";
        }

        (long seed, ViolationException violation) = result.Violations[0];
        (World world, ViolationException caught) = Simulations.Shorten(WorldOptions.Of(seed, forgets: forgets), violation);
        return $"Seed {seed}: {violation.Message}\n{world.Options}\n{string.Join('\n', world.Story)}\n=> {caught.Message}";
    }
}
