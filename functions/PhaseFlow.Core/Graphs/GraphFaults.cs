using System.Collections.Immutable;
using System.Globalization;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Core.Graphs;

/// <summary>Finds every fault of a graph of phases at once, in linear time (but for sorting).</summary>
internal static class GraphFaults
{
    /// <summary>The faults: of the whole, then of each phase in the order submitted, then the cycles by their smallest number.</summary>
    /// <remarks>Where a number is used twice, dependencies on it mean the first phase that has it.</remarks>
    public static ImmutableArray<PlanFault> Find(ImmutableArray<PhasePlan> phases)
    {
        if (phases.IsDefaultOrEmpty)
        {
            return [new PlanFault(PlanFaultCodes.NoPhases, "A feature needs at least one phase.") { Pointer = "/phases" }];
        }

        var faults = ImmutableArray.CreateBuilder<PlanFault>();
        if (phases.Length > PhaseLimits.MaxPhases)
        {
            faults.Add(Fault(
                PlanFaultCodes.TooManyPhases,
                $"A feature has at most {PhaseLimits.MaxPhases} phases; this one has {phases.Length}.",
                "/phases"));
        }

        var firstWith = new Dictionary<int, int>(phases.Length);
        for (int i = 0; i < phases.Length; i++)
        {
            firstWith.TryAdd(phases[i].Number, i);
        }

        for (int i = 0; i < phases.Length; i++)
        {
            FindInPhase(phases, i, firstWith, faults);
        }

        FindCycles(phases, firstWith, faults);
        return faults.ToImmutable();
    }

    private static void FindInPhase(
        ImmutableArray<PhasePlan> phases, int index, Dictionary<int, int> firstWith, ImmutableArray<PlanFault>.Builder faults)
    {
        PhasePlan phase = phases[index];
        string numberPointer = string.Create(CultureInfo.InvariantCulture, $"/phases/{index}/phase_number");
        if (phase.Number <= 0)
        {
            faults.Add(Fault(PlanFaultCodes.InvalidNumber, $"A phase number is at least 1, and {phase.Number} is not.", numberPointer));
        }

        if (firstWith[phase.Number] != index)
        {
            faults.Add(Fault(PlanFaultCodes.DuplicateNumber, $"More than one phase has the number {phase.Number}.", numberPointer));
        }

        var told = new HashSet<int>();
        for (int d = 0; d < phase.DependsOn.Length; d++)
        {
            int dependency = phase.DependsOn[d];
            if (dependency == phase.Number && told.Add(dependency))
            {
                faults.Add(Fault(PlanFaultCodes.SelfDependency, $"Phase {phase.Number} depends on itself.", DependencyPointer(index, d)));
            }
            else if (!firstWith.ContainsKey(dependency) && told.Add(dependency))
            {
                faults.Add(Fault(
                    PlanFaultCodes.MissingDependency,
                    $"Phase {phase.Number} depends on phase {dependency}, which does not exist.",
                    DependencyPointer(index, d)));
            }
        }
    }

    private static void FindCycles(
        ImmutableArray<PhasePlan> phases, Dictionary<int, int> firstWith, ImmutableArray<PlanFault>.Builder faults)
    {
        // Nodes in order of their numbers, so that the smallest node of a knot is its smallest number.
        int[] numbers = [.. firstWith.Keys.Order()];
        var nodeOf = new Dictionary<int, int>(numbers.Length);
        for (int node = 0; node < numbers.Length; node++)
        {
            nodeOf.Add(numbers[node], node);
        }

        int[][] dependencies = new int[numbers.Length][];
        for (int node = 0; node < numbers.Length; node++)
        {
            dependencies[node] =
            [
                .. phases[firstWith[numbers[node]]].DependsOn
                    .Where(d => d != numbers[node] && nodeOf.ContainsKey(d))
                    .Select(d => nodeOf[d])
                    .Distinct()
                    .Order(),
            ];
        }

        foreach (int[] knot in StronglyConnected.Knots(dependencies).OrderBy(k => k.Min()))
        {
            int[] path = [.. ShortestCycle(dependencies, knot).Select(node => numbers[node])];
            int index = firstWith[path[0]];
            faults.Add(Fault(
                PlanFaultCodes.Cycle,
                $"Phases depend on each other in a circle: {string.Join(" → ", path)}.",
                DependencyPointer(index, phases[index].DependsOn.IndexOf(path[1]))));
        }
    }

    // Breadth first from the smallest node of the knot until an edge leads back to it. Each node of a knot lies on a cycle, so one is found.
    private static List<int> ShortestCycle(int[][] dependencies, int[] knot)
    {
        int start = knot.Min();
        var members = knot.ToHashSet();
        var cameFrom = new Dictionary<int, int> { [start] = start };
        var queue = new Queue<int>([start]);
        while (queue.TryDequeue(out int node))
        {
            foreach (int next in dependencies[node])
            {
                if (next == start)
                {
                    var path = new List<int> { start };
                    for (int step = node; step != start; step = cameFrom[step])
                    {
                        path.Add(step);
                    }

                    path.Add(start);
                    path.Reverse();
                    return path;
                }

                if (members.Contains(next) && cameFrom.TryAdd(next, node))
                {
                    queue.Enqueue(next);
                }
            }
        }

        throw new InvalidOperationException("A strongly connected component without a cycle.");
    }

    private static string DependencyPointer(int phase, int dependency) =>
        string.Create(CultureInfo.InvariantCulture, $"/phases/{phase}/depends_on/{dependency}");

    private static PlanFault Fault(string code, FormattableString message, string pointer) =>
        new(code, message.ToString(CultureInfo.InvariantCulture)) { Pointer = pointer };
}
