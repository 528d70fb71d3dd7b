using System.Collections.Immutable;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Core.Graphs;

/// <summary>The phases of one feature and what depends on what: valid, so acyclic and closed.</summary>
/// <remarks>Immutable. Every list of phase numbers comes out in ascending order, unless said otherwise.</remarks>
public sealed class PhaseGraph
{
    private readonly ImmutableArray<int> _numbers;
    private readonly Dictionary<int, ImmutableArray<int>> _dependencies;
    private readonly Dictionary<int, ImmutableArray<int>> _dependents;

    private PhaseGraph(ImmutableArray<PhasePlan> phases)
    {
        _numbers = [.. phases.Select(p => p.Number).Order()];
        _dependencies = phases.ToDictionary(p => p.Number, p => p.DependsOn.Distinct().Order().ToImmutableArray());

        var dependents = _numbers.ToDictionary(n => n, _ => ImmutableArray.CreateBuilder<int>());
        foreach (int number in _numbers)
        {
            foreach (int dependency in _dependencies[number])
            {
                dependents[dependency].Add(number);
            }
        }

        _dependents = dependents.ToDictionary(d => d.Key, d => d.Value.ToImmutable());
        TopologicalOrder = Sort();
        Layers = Layer();
    }

    /// <summary>The numbers of all phases.</summary>
    public ImmutableArray<int> Numbers => _numbers;

    /// <summary>Every phase after all that it depends on; where the graph leaves a choice, the smallest number first.</summary>
    public ImmutableArray<int> TopologicalOrder { get; }

    /// <summary>The phases by their distance from the start: those of a layer depend only on earlier layers, and on at least one of the layer before.</summary>
    public ImmutableArray<ImmutableArray<int>> Layers { get; }

    /// <summary>Every fault of the graph at once, always in the same order; empty where it is valid.</summary>
    /// <remarks>
    /// A cycle is told once for each knot (strongly connected component) as the shortest path from its smallest number back to it,
    /// where <c>2 → 4</c> means that 2 depends on 4. The time is linear in phases and dependencies, but for sorting.
    /// </remarks>
    public static ImmutableArray<PlanFault> Validate(ImmutableArray<PhasePlan> phases) => GraphFaults.Find(phases);

    /// <exception cref="ArgumentException">The graph has faults.</exception>
    public static PhaseGraph Create(ImmutableArray<PhasePlan> phases)
    {
        ImmutableArray<PlanFault> faults = Validate(phases);
        return faults.IsEmpty
            ? new PhaseGraph(phases)
            : throw new ArgumentException(string.Join(' ', faults.Select(f => f.Message)), nameof(phases));
    }

    /// <summary>The phases that are not completed and whose dependencies all are.</summary>
    public ImmutableArray<int> Ready(Func<int, bool> isCompleted)
    {
        ArgumentNullException.ThrowIfNull(isCompleted);
        var completed = _numbers.Where(isCompleted).ToHashSet();
        return [.. _numbers.Where(n => !completed.Contains(n) && _dependencies[n].All(completed.Contains))];
    }

    /// <summary>What the phase waits for, directly.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such phase.</exception>
    public ImmutableArray<int> DependenciesOf(int number) => Find(_dependencies, number);

    /// <summary>What waits for the phase, directly.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such phase.</exception>
    public ImmutableArray<int> DependentsOf(int number) => Find(_dependents, number);

    /// <summary>What waits for the phase, directly or through others: all that its failure blocks. The phase itself is not among them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such phase.</exception>
    public ImmutableArray<int> Descendants(int number)
    {
        var found = new HashSet<int>();
        var open = new Stack<int>(DependentsOf(number));
        while (open.TryPop(out int next))
        {
            if (found.Add(next))
            {
                foreach (int dependent in _dependents[next])
                {
                    open.Push(dependent);
                }
            }
        }

        return [.. found.Order()];
    }

    private static ImmutableArray<int> Find(Dictionary<int, ImmutableArray<int>> edges, int number) =>
        edges.TryGetValue(number, out ImmutableArray<int> found)
            ? found
            : throw new ArgumentOutOfRangeException(nameof(number), number, "The graph has no such phase.");

    // Kahn's algorithm with the smallest open number first.
    private ImmutableArray<int> Sort()
    {
        var order = ImmutableArray.CreateBuilder<int>(_numbers.Length);
        var missing = _dependencies.ToDictionary(d => d.Key, d => d.Value.Length);
        var open = new PriorityQueue<int, int>(_numbers.Where(n => missing[n] == 0).Select(n => (n, n)));
        while (open.TryDequeue(out int number, out _))
        {
            order.Add(number);
            foreach (int dependent in _dependents[number])
            {
                if (--missing[dependent] == 0)
                {
                    open.Enqueue(dependent, dependent);
                }
            }
        }

        return order.ToImmutable();
    }

    private ImmutableArray<ImmutableArray<int>> Layer()
    {
        var depth = new Dictionary<int, int>(_numbers.Length);
        foreach (int number in TopologicalOrder)
        {
            depth[number] = _dependencies[number].Select(d => depth[d] + 1).DefaultIfEmpty(0).Max();
        }

        return [.. _numbers.GroupBy(n => depth[n]).OrderBy(g => g.Key).Select(g => g.ToImmutableArray())];
    }
}
