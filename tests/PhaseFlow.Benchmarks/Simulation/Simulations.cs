namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>The outcome of a number of seeds.</summary>
/// <param name="Seeds">How many were run.</param>
/// <param name="Steps">How much has happened in them.</param>
/// <param name="Launches">How many agents were started.</param>
/// <param name="Violations">The seeds in which an invariant did not hold.</param>
internal sealed record SimulationResult(long Seeds, long Steps, long Launches, IReadOnlyList<(long Seed, ViolationException Violation)> Violations);

/// <summary>Runs many worlds, and tells the story of one in which an invariant does not hold.</summary>
internal static class Simulations
{
    private const int MaxViolations = 5;

    /// <summary>Runs the seeds from a number on, several at once; each is a world of its own.</summary>
    /// <param name="from">The first seed.</param>
    /// <param name="count">How many.</param>
    /// <param name="parallel">How many at once.</param>
    /// <param name="mutation">A fault to build in.</param>
    /// <param name="forgets">Whether the platform forgets steps in each of them.</param>
    /// <param name="goesOn">Is told of the seeds and the steps so far, and says whether to go on.</param>
    public static SimulationResult Run(long from, long count, int parallel, Mutation mutation = Mutation.None, bool forgets = false, Func<long, long, bool>? goesOn = null)
    {
        long next = from;
        long done = 0;
        long steps = 0;
        long launches = 0;
        bool isStopped = false;
        var violations = new List<(long Seed, ViolationException Violation)>();
        Thread[] threads = [.. Enumerable.Range(0, parallel).Select(_ => new Thread(Work) { IsBackground = true })];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        return new SimulationResult(done, steps, launches, [.. violations.OrderBy(v => v.Seed)]);

        void Work()
        {
            while (true)
            {
                long seed = Interlocked.Increment(ref next) - 1;
                if (seed >= from + count || violations.Count >= MaxViolations || Volatile.Read(ref isStopped))
                {
                    return;
                }

                var world = new World(WorldOptions.Of(seed, mutation, forgets));
                if (Attempt(world) is { } violation)
                {
                    lock (violations)
                    {
                        violations.Add((seed, violation));
                    }
                }

                Interlocked.Add(ref launches, world.Agents.Launches);
                long total = Interlocked.Add(ref steps, world.Agenda.Steps);
                Interlocked.Increment(ref done);
                if (goesOn?.Invoke(Interlocked.Read(ref done), total) == false)
                {
                    Volatile.Write(ref isStopped, true);
                }
            }
        }
    }

    /// <summary>Runs a world; null where every invariant held.</summary>
    public static ViolationException? Attempt(World world)
    {
        try
        {
            world.Run();
            return null;
        }
        catch (ViolationException violation)
        {
            return violation;
        }
        catch (Exception e)
        {
            return new ViolationException(0, $"an exception that nobody caught: {e}", e);
        }
    }

    /// <summary>The same fault in the simplest world that shows it, as a story.</summary>
    public static (World World, ViolationException Violation) Shorten(WorldOptions options, ViolationException violation)
    {
        var best = new World(options, tells: true);
        ViolationException caught = Attempt(best) ?? throw new InvalidOperationException("The seed does not replay.");
        for (bool found = true; found;)
        {
            found = false;
            foreach (WorldOptions simpler in best.Options.Simpler())
            {
                var world = new World(simpler, tells: true);
                if (Attempt(world) is { } same && same.Invariant == violation.Invariant && world.Story.Count() < best.Story.Count())
                {
                    (best, caught, found) = (world, same, true);
                    break;
                }
            }
        }

        return (best, caught);
    }
}
