namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>A fault that is built into the system under simulation, to see that the simulation catches it.</summary>
public enum Mutation
{
    None,

    /// <summary>The limiter now and then ignores that a slot is given back.</summary>
    DroppedRelease,

    /// <summary>The limiter now and then gives a slot away and tells nobody.</summary>
    DroppedWakeUp,

    /// <summary>The store does not recognise a report that it has received before.</summary>
    RemovedDeduplication,

    /// <summary>The store does not tell a run what its feature may spend.</summary>
    ForgottenCap,

    /// <summary>The store gives a run what is open in its inbox, the last first.</summary>
    ReversedInbox,

    /// <summary>The store does not tell what became of a command, so that who was overtaken is told that it will be done.</summary>
    ForgottenOutcome,

    /// <summary>The limiter takes the slot of an attempt that wants to leave the line, although a forgotten step may have launched its agent.</summary>
    FreedLine,

    /// <summary>An agent is launched on the word of a limiter that may forget it.</summary>
    UnprovenSlot,
}

/// <summary>What one simulated world is like; all of it follows from the seed, unless it is narrowed to find a shorter story.</summary>
internal sealed record WorldOptions
{
    public required long Seed { get; init; }

    public Mutation Mutation { get; init; }

    public required int Capacity { get; init; }

    public required int Features { get; init; }

    public required int Phases { get; init; }

    /// <summary>How often the process dies.</summary>
    public required int Crashes { get; init; }

    /// <summary>How many things people ask for, besides what is needed to go on.</summary>
    public required int Wishes { get; init; }

    /// <summary>How many of a hundred calls of what lies outside fail.</summary>
    public required int Faults { get; init; }

    /// <summary>Whether calls now and then take many seconds.</summary>
    public required bool Stalls { get; init; }

    /// <summary>Whether an operator terminates an orchestration behind the back of everything. No seed asks for it: what is then lost is not promised.</summary>
    public required bool Terminations { get; init; }

    /// <summary>How long a feature is kept after its end: for ever where it is zero, or for so short that people still ask for something about it.</summary>
    public required TimeSpan Retention { get; init; }

    /// <summary>Whether agents cost something, and features may spend so much.</summary>
    public required bool Caps { get; init; }

    /// <summary>Whether agents now and then cannot be told to stop, for as long as a quarter of an hour.</summary>
    public required bool Outages { get; init; }

    /// <summary>
    /// Whether a crash may make the platform forget a step whose messages it has sent already, as Durable Functions may on Azure Storage: what the step took comes
    /// again up to a minute later, when other things may have come first. Each step is then a batch of its own.
    /// </summary>
    public required bool Forgets { get; init; }

    public required bool ReplayAlways { get; init; }

    public required int HotInstances { get; init; }

    /// <summary>The world of a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="mutation">A fault to build in.</param>
    /// <param name="forgets">Whether steps are forgotten in any case; else some seeds have that.</param>
    public static WorldOptions Of(long seed, Mutation mutation = Mutation.None, bool forgets = false)
    {
        var dice = new Dice(seed);
        bool isLong = dice.Chance(2);
        var options = new WorldOptions
        {
            Seed = seed,
            Mutation = mutation,
            Capacity = dice.Between(1, 3),
            Features = dice.Between(1, 3),
            Phases = isLong ? 12 : dice.Between(1, 4),
            Crashes = dice.Chance(60) ? dice.Between(1, isLong ? 8 : 3) : 0,
            Wishes = dice.Chance(60) ? dice.Between(1, 5) : 0,
            Faults = dice.Chance(70) ? 0 : dice.Chance(80) ? dice.Between(1, 5) : dice.Between(10, 40),
            Stalls = dice.Chance(25),
            Terminations = false,
            ReplayAlways = dice.Chance(12),
            HotInstances = dice.Chance(12) ? 1 : 100,
            Retention = dice.Chance(50) ? TimeSpan.Zero : TimeSpan.FromSeconds(dice.Pick<int>([1, 30, 300])),
            Caps = dice.Chance(50),
            Outages = dice.Chance(40),
            Forgets = dice.Chance(25),
        };

        options = forgets ? options with { Forgets = true, Crashes = Math.Max(options.Crashes, 3) } : options;

        // Where events come late, a feature is kept for longer than they may take: to forget it sooner is not promised.
        return options is { Forgets: true, Retention.TotalSeconds: 1 } ? options with { Retention = TimeSpan.FromSeconds(30) } : options;
    }

    /// <summary>Simpler worlds of the same seed, of which one may show the same fault in a shorter story.</summary>
    public IEnumerable<WorldOptions> Simpler()
    {
        if (Features > 1)
        {
            yield return this with { Features = Features - 1 };
        }

        if (Phases > 1)
        {
            yield return this with { Phases = Phases - 1 };
        }

        if (Crashes > 0)
        {
            yield return this with { Crashes = Crashes - 1 };
        }

        if (Wishes > 0)
        {
            yield return this with { Wishes = Wishes - 1 };
        }

        if (Faults > 0)
        {
            yield return this with { Faults = 0 };
        }

        if (Stalls)
        {
            yield return this with { Stalls = false };
        }

        if (Caps)
        {
            yield return this with { Caps = false };
        }

        if (Outages)
        {
            yield return this with { Outages = false };
        }

        if (Forgets)
        {
            yield return this with { Forgets = false };
        }

        if (Terminations)
        {
            yield return this with { Terminations = false };
        }

        if (Retention > TimeSpan.Zero)
        {
            yield return this with { Retention = TimeSpan.Zero };
        }
    }
}
