using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Core.Tests.Graphs;

/// <summary>Small random graphs: few enough phases that cycles, gaps and repeats are common.</summary>
internal static class RandomGraphs
{
    private const int MaxPhases = 8;

    /// <summary>Any graph at all, valid or not.</summary>
    public static Arbitrary<ImmutableArray<PhasePlan>> Any { get; } = Arb.From(
        from count in Gen.Choose(0, MaxPhases)
        from phases in Gen.ListOf(AnyPhase(), count)
        select phases.ToImmutableArray());

    /// <summary>Numbers 1 to n in any order of submission, dependencies anywhere among them: only cycles can be wrong.</summary>
    public static Arbitrary<ImmutableArray<PhasePlan>> Closed { get; } = Arb.From(
        from count in Gen.Choose(1, MaxPhases)
        from numbers in Gen.Shuffle(Enumerable.Range(1, count))
        from edges in Gen.ListOf(Gen.SubListOf(Enumerable.Range(1, count)), count)
        from keep in Gen.ListOf(Gen.Choose(0, 2), count)
        select numbers
            .Select((n, i) => Phase(n, [.. keep[i] == 0 ? edges[i].Where(d => d != n) : edges[i].Where(d => d != n).Take(1)]))
            .ToImmutableArray());

    /// <summary>Valid graphs: a dependency has a smaller rank, and the ranks are shuffled numbers.</summary>
    public static Arbitrary<ImmutableArray<PhasePlan>> Valid { get; } = Arb.From(
        from count in Gen.Choose(1, MaxPhases)
        from numbers in Gen.Shuffle(Enumerable.Range(1, count).Select(n => n * 3))
        from edges in Gen.ListOf(Gen.SubListOf(Enumerable.Range(0, count)), count)
        from order in Gen.Shuffle(Enumerable.Range(0, count))
        select order
            .Select(i => Phase(numbers[i], [.. edges[i].Where(e => e < i).Select(e => numbers[e])]))
            .ToImmutableArray());

    public static PhasePlan Phase(int number, params int[] dependsOn) =>
        new() { Number = number, Title = "A phase", DependsOn = [.. dependsOn] };

    private static Gen<PhasePlan> AnyPhase() =>
        from number in Gen.Choose(-1, MaxPhases)
        from count in Gen.Choose(0, 3)
        from dependsOn in Gen.ListOf(Gen.Choose(0, MaxPhases + 1), count)
        select Phase(number, [.. dependsOn]);
}
