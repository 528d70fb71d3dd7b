using System.Collections.Immutable;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using PhaseFlow.Core.Graphs;
using PhaseFlow.Core.Plans;
using Xunit;

namespace PhaseFlow.Core.Tests.Graphs;

/// <summary>The graph against a brute-force oracle: the transitive closure of its dependencies.</summary>
public sealed class PhaseGraphProperties
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(1000);

    [Fact]
    public void Validate_WhenOnlyCyclesCanBeWrong_NamesEachKnotOnceByAShortestCycleOfItsSmallestNumber() =>
        Check.One(Thorough, Prop.ForAll(RandomGraphs.Closed, phases =>
        {
            var reach = Closure(phases);
            int[][] expected = [.. Knots(reach)];

            ImmutableArray<PlanFault> faults = PhaseGraph.Validate(phases);

            Assert.All(faults, f => Assert.Equal(PlanFaultCodes.Cycle, f.Code));
            Assert.Equal(expected.Select(k => k.Min()), faults.Select(f => PathOf(f)[0]));
            foreach ((PlanFault fault, int[] knot) in faults.Zip(expected))
            {
                int[] path = PathOf(fault);
                Assert.Equal(path[0], path[^1]);
                Assert.Subset(knot.ToHashSet(), path.ToHashSet());
                Assert.Equal(path.Length - 1, path.Distinct().Count());
                Assert.All(path.Zip(path.Skip(1)), step => Assert.Contains(step.Second, phases.Single(p => p.Number == step.First).DependsOn));
                Assert.Equal(StepsBackTo(path[0], phases), path.Length - 1);
            }
        }));

    [Fact]
    public void Validate_WhenTheGraphIsAnything_FindsExactlyTheFaultsOfEachKind() =>
        Check.One(Thorough, Prop.ForAll(RandomGraphs.Any, phases =>
        {
            ImmutableArray<PlanFault> faults = PhaseGraph.Validate(phases);

            Assert.Equal(phases.IsEmpty, faults.Any(f => f.Code == PlanFaultCodes.NoPhases));
            Assert.Equal(phases.Count(p => p.Number <= 0), Count(PlanFaultCodes.InvalidNumber));
            Assert.Equal(phases.Length - phases.Select(p => p.Number).Distinct().Count(), Count(PlanFaultCodes.DuplicateNumber));
            Assert.Equal(phases.Count(p => p.DependsOn.Contains(p.Number)), Count(PlanFaultCodes.SelfDependency));
            Assert.Equal(
                phases.Sum(p => p.DependsOn.Distinct().Count(d => phases.All(q => q.Number != d))),
                Count(PlanFaultCodes.MissingDependency));

            int Count(string code) => faults.Count(f => f.Code == code);
        }));

    [Fact]
    public void Create_WhenAnythingIsSubmitted_ThrowsExactlyWhenThereAreFaults() =>
        Check.One(Thorough, Prop.ForAll(RandomGraphs.Any, phases =>
        {
            Exception? thrown = Record.Exception(() => PhaseGraph.Create(phases));

            Assert.Equal(PhaseGraph.Validate(phases).IsEmpty, thrown is null);
        }));

    [Fact]
    public void TopologicalOrder_WhenTheGraphIsValid_HoldsEachPhaseOnceBehindAllItsDependencies() =>
        Check.One(Thorough, Prop.ForAll(RandomGraphs.Valid, phases =>
        {
            ImmutableArray<int> order = PhaseGraph.Create(phases).TopologicalOrder;

            Assert.Equal(phases.Select(p => p.Number).Order(), order.Order());
            Assert.All(phases, p => Assert.All(p.DependsOn, d => Assert.True(order.IndexOf(d) < order.IndexOf(p.Number))));
        }));

    [Fact]
    public void TopologicalOrder_WhenPhasesAreSubmittedInAnotherOrder_IsTheSame() =>
        Check.One(Thorough, Prop.ForAll(RandomGraphs.Valid, phases =>
            Assert.Equal<int>(PhaseGraph.Create(phases).TopologicalOrder, PhaseGraph.Create([.. phases.Reverse()]).TopologicalOrder)));

    [Fact]
    public void Ready_WhenSomePhasesAreCompleted_IsThoseOpenWhoseEveryDependencyIsCompleted() =>
        Check.One(Thorough, Prop.ForAll(RandomGraphs.Valid, Arb.From(Gen.Choose(0, (1 << 8) - 1)), (phases, mask) =>
        {
            bool IsCompleted(int number) => (mask >> (number / 3 - 1) & 1) == 1;

            ImmutableArray<int> ready = PhaseGraph.Create(phases).Ready(IsCompleted);

            Assert.Equal(
                phases.Where(p => !IsCompleted(p.Number) && p.DependsOn.All(IsCompleted)).Select(p => p.Number).Order(),
                ready);
        }));

    [Fact]
    public void Descendants_WhenTheGraphIsValid_IsWhatReachesThePhase() =>
        Check.One(Thorough, Prop.ForAll(RandomGraphs.Valid, phases =>
        {
            var reach = Closure(phases);
            var graph = PhaseGraph.Create(phases);

            Assert.All(phases, p => Assert.Equal(
                reach.Where(r => r.To == p.Number).Select(r => r.From).Order(),
                graph.Descendants(p.Number)));
        }));

    [Fact]
    public void Layers_WhenTheGraphIsValid_PutEachPhaseOneBehindItsDeepestDependency() =>
        Check.One(Thorough, Prop.ForAll(RandomGraphs.Valid, phases =>
        {
            var graph = PhaseGraph.Create(phases);
            var depth = graph.Layers.SelectMany((layer, i) => layer.Select(n => (n, i))).ToDictionary(x => x.n, x => x.i);

            Assert.Equal(phases.Length, depth.Count);
            Assert.All(phases, p => Assert.Equal(p.DependsOn.IsEmpty ? 0 : p.DependsOn.Max(d => depth[d]) + 1, depth[p.Number]));
        }));

    private static int[] PathOf(PlanFault cycle) =>
        [.. cycle.Message[(cycle.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..].TrimEnd('.')
            .Split(" → ").Select(n => int.Parse(n, CultureInfo.InvariantCulture))];

    private static HashSet<(int From, int To)> Closure(ImmutableArray<PhasePlan> phases)
    {
        var reach = phases.SelectMany(p => p.DependsOn.Select(d => (p.Number, d))).ToHashSet();
        foreach (int via in phases.Select(p => p.Number))
        {
            foreach (int from in phases.Select(p => p.Number).Where(n => reach.Contains((n, via))))
            {
                foreach (int to in phases.Select(p => p.Number).Where(n => reach.Contains((via, n))))
                {
                    reach.Add((from, to));
                }
            }
        }

        return reach;
    }

    // Phases that reach each other, the smallest number's knot first.
    private static IEnumerable<int[]> Knots(HashSet<(int From, int To)> reach) =>
        reach.Where(r => r.From == r.To)
            .Select(r => reach.Where(o => o.From == r.From && reach.Contains((o.To, r.From))).Select(o => o.To).Order().ToArray())
            .DistinctBy(k => k[0])
            .OrderBy(k => k[0]);

    // The fewest steps from a phase back to it, by widening the set of what k steps reach.
    private static int StepsBackTo(int start, ImmutableArray<PhasePlan> phases)
    {
        HashSet<int> at = [start];
        for (int steps = 1; ; steps++)
        {
            at = [.. phases.Where(p => at.Contains(p.Number)).SelectMany(p => p.DependsOn)];
            if (at.Contains(start))
            {
                return steps;
            }
        }
    }
}
