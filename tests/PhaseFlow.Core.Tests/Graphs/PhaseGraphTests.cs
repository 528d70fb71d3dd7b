using System.Collections.Immutable;
using PhaseFlow.Core.Graphs;
using PhaseFlow.Core.Plans;
using Xunit;
using static PhaseFlow.Core.Tests.Graphs.RandomGraphs;

namespace PhaseFlow.Core.Tests.Graphs;

public sealed class PhaseGraphTests
{
    [Fact]
    public void Validate_WhenThereAreNoPhases_SaysSo()
    {
        PlanFault fault = Assert.Single(PhaseGraph.Validate([]));

        Assert.Equal((PlanFaultCodes.NoPhases, "/phases"), (fault.Code, fault.Pointer));
    }

    [Theory]
    [InlineData(200, 0)]
    [InlineData(201, 1)]
    public void Validate_WhenThereAreManyPhases_AllowsTwoHundred(int count, int faultCount)
    {
        ImmutableArray<PlanFault> faults = PhaseGraph.Validate([.. Enumerable.Range(1, count).Select(n => Phase(n))]);

        Assert.Equal(Enumerable.Repeat(PlanFaultCodes.TooManyPhases, faultCount), faults.Select(f => f.Code));
    }

    // The seed's dispatcher keeps such a phase queued for ever and tells nobody.
    [Fact]
    public void Validate_WhenADependencyIsMissing_NamesPhaseAndDependency()
    {
        PlanFault fault = Assert.Single(PhaseGraph.Validate([Phase(1), Phase(2, 1, 7)]));

        Assert.Equal(PlanFaultCodes.MissingDependency, fault.Code);
        Assert.Equal("/phases/1/depends_on/1", fault.Pointer);
        Assert.Equal("Phase 2 depends on phase 7, which does not exist.", fault.Message);
    }

    // The seed never looks for cycles.
    [Fact]
    public void Validate_WhenTwoPhasesDependOnEachOther_NamesThePathAndWhereItStarts()
    {
        PlanFault fault = Assert.Single(PhaseGraph.Validate([Phase(1), Phase(4, 2), Phase(2, 1, 4)]));

        Assert.Equal(PlanFaultCodes.Cycle, fault.Code);
        Assert.Contains("2 → 4 → 2", fault.Message, StringComparison.Ordinal);
        Assert.Equal("/phases/2/depends_on/1", fault.Pointer);
    }

    [Fact]
    public void Validate_WhenACycleHasADetour_NamesTheShortestPath()
    {
        PlanFault fault = Assert.Single(PhaseGraph.Validate([Phase(1, 2, 3), Phase(2, 4), Phase(3, 1), Phase(4, 3)]));

        Assert.Contains(": 1 → 3 → 1.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_WhenTwoKnotsAreApart_NamesBothSmallestFirst()
    {
        ImmutableArray<PlanFault> faults = PhaseGraph.Validate([Phase(9, 8), Phase(8, 9), Phase(5, 3), Phase(4, 5), Phase(3, 4)]);

        Assert.Collection(
            faults,
            f => Assert.Contains(": 3 → 4 → 5 → 3.", f.Message, StringComparison.Ordinal),
            f => Assert.Contains(": 8 → 9 → 8.", f.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Validate_WhenAPhaseOnlyLeadsIntoACycle_LeavesItOut()
    {
        PlanFault fault = Assert.Single(PhaseGraph.Validate([Phase(1, 2), Phase(2, 3), Phase(3, 2)]));

        Assert.Contains(": 2 → 3 → 2.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_WhenEverythingIsWrong_TellsItAllInAFixedOrder()
    {
        ImmutableArray<PlanFault> faults = PhaseGraph.Validate([Phase(0), Phase(2, 3), Phase(3, 2, 3, 9, 9), Phase(2)]);

        Assert.Equal(
            [
                (PlanFaultCodes.InvalidNumber, "/phases/0/phase_number"),
                (PlanFaultCodes.SelfDependency, "/phases/2/depends_on/1"),
                (PlanFaultCodes.MissingDependency, "/phases/2/depends_on/2"),
                (PlanFaultCodes.DuplicateNumber, "/phases/3/phase_number"),
                (PlanFaultCodes.Cycle, "/phases/1/depends_on/0"),
            ],
            faults.Select(f => (f.Code, f.Pointer)));
    }

    [Fact]
    public void Create_WhenTheGraphHasFaults_ThrowsThemAll()
    {
        ArgumentException thrown = Assert.Throws<ArgumentException>(() => PhaseGraph.Create([Phase(1, 1), Phase(2, 7)]));

        Assert.Contains("Phase 1 depends on itself. Phase 2 depends on phase 7, which does not exist.", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WhenEveryPhaseDependsOnAllBefore_HoldsAllEdges()
    {
        var graph = PhaseGraph.Create([.. Enumerable.Range(1, 200).Select(n => Phase(n, [.. Enumerable.Range(1, n - 1)]))]);

        Assert.Equal(Enumerable.Range(1, 200), graph.TopologicalOrder);
        Assert.Equal(19_900, graph.Numbers.Sum(n => graph.DependenciesOf(n).Length));
        Assert.Equal(Enumerable.Range(2, 199), graph.Descendants(1));
        Assert.Equal(200, graph.Layers.Length);
    }

    // Recursion would end the process here.
    [Fact]
    public void Validate_WhenACycleIsVeryLong_FindsItWithoutRecursion()
    {
        const int Length = 100_000;
        ImmutableArray<PhasePlan> ring = [.. Enumerable.Range(1, Length).Select(n => Phase(n, n % Length + 1))];

        Assert.Equal([PlanFaultCodes.TooManyPhases, PlanFaultCodes.Cycle], PhaseGraph.Validate(ring).Select(f => f.Code));
    }

    // Seed 3, section 2.3: phase 4 waits for both 2 and 3, and section 3.3, which launches it after 2 alone, is wrong.
    [Fact]
    public void Ready_WhenOneOfTwoDependenciesIsOpen_LeavesThePhaseOut()
    {
        var graph = PhaseGraph.Create([Phase(1), Phase(2, 1), Phase(3, 1), Phase(4, 2, 3), Phase(5)]);

        Assert.Equal<int>([1, 5], graph.Ready(_ => false));
        Assert.Equal<int>([3, 5], graph.Ready(n => n is 1 or 2));
        Assert.Equal<int>([4, 5], graph.Ready(n => n <= 3));
        Assert.Empty(graph.Ready(_ => true));
    }

    [Fact]
    public void TopologicalOrder_WhenTheGraphLeavesAChoice_TakesTheSmallestNumberFirst() =>
        Assert.Equal<int>([2, 1, 3, 4, 5], PhaseGraph.Create([Phase(5), Phase(4, 2), Phase(1, 2), Phase(3, 2), Phase(2)]).TopologicalOrder);

    [Fact]
    public void Layers_WhenTheGraphIsADiamond_ShowWhatRunsSideBySide()
    {
        var graph = PhaseGraph.Create([Phase(5, 2, 3, 4), Phase(1), Phase(4, 1), Phase(3, 1), Phase(2, 1), Phase(6, 5)]);

        Assert.Equal(["1", "2 3 4", "5", "6"], graph.Layers.Select(l => string.Join(' ', l)));
    }

    [Fact]
    public void Edges_WhenADependencyIsWrittenTwice_HoldItOnce()
    {
        var graph = PhaseGraph.Create([Phase(1), Phase(2, 1, 1)]);

        Assert.Equal<int>([1], graph.DependenciesOf(2));
        Assert.Equal<int>([2], graph.DependentsOf(1));
    }

    [Fact]
    public void Edges_WhenThePhaseIsUnknown_Throw()
    {
        var graph = PhaseGraph.Create([Phase(1)]);

        Assert.Throws<ArgumentOutOfRangeException>(() => graph.DependenciesOf(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => graph.DependentsOf(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => graph.Descendants(2));
    }
}
