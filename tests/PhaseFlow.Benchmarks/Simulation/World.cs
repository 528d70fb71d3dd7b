using System.Globalization;
using System.Runtime.CompilerServices;
using PhaseFlow.Benchmarks.Simulation.Storage;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Functions.Slots;

namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>
/// The whole app in virtual time: the real engine, orchestrators, limiter, webhook, sweep and activities, and around them simulated agents, people,
/// a network and a process that dies. One seed decides all of it. The invariants are checked after each step.
/// </summary>
internal sealed partial class World
{
    private const int MaxSteps = 60_000;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly byte[] MasterKey = "0123456789abcdef0123456789abcdef"u8.ToArray();
    private static readonly string MasterKeyText = Convert.ToBase64String(MasterKey);

    private readonly List<(DateTimeOffset At, string What)> _story = [];
    private readonly FunctionCatalog _catalog;
    private readonly List<Action> _onCrash = [];
    private ViolationException? _violation;
    private int _crashesLeft;
    private long _crashAt;

    public World(WorldOptions options, bool tells = false)
    {
        Options = options;
        Tells = tells;
        Dice = new Dice(options.Seed ^ 0x5DEECE66D);
        Agenda = new Agenda(Dice, Start);
        Store = new MemoryPhaseStore
        {
            ForgetsReports = options.Mutation == Mutation.RemovedDeduplication,
            ForgetsCaps = options.Mutation == Mutation.ForgottenCap,
            ReversesInboxes = options.Mutation == Mutation.ReversedInbox,
            ForgetsOutcomes = options.Mutation == Mutation.ForgottenOutcome,
        };
        Agents = new SimulatedAgents(this);
        Network = new SimulatedNetwork(this);
        Questions = new SimulatedQuestions(this);
        Oracle = new Oracle(this);
        Store.Settled = Oracle.Settled;
        _catalog = FaultyLimiter.CatalogFor(options.Mutation);
        _crashesLeft = options.Crashes;
        Time = new VirtualTime(Agenda);
        Agenda.GoesOn = () => Host is null || !Oracle.AllFinished || Oracle.MayLeak || Store.OpenInbox.Any() || (options.Retention > TimeSpan.Zero && !Store.IsEmpty);
    }

    public WorldOptions Options { get; }

    /// <summary>Whether it keeps its story.</summary>
    public bool Tells { get; }

    public Dice Dice { get; }

    public Agenda Agenda { get; }

    public TimeProvider Time { get; }

    public MemoryPhaseStore Store { get; }

    public MemoryEngineStorage Engine { get; } = new();

    public SimulatedAgents Agents { get; }

    public SimulatedNetwork Network { get; }

    public SimulatedQuestions Questions { get; }

    public Oracle Oracle { get; }

    /// <summary>The process; null while there is none.</summary>
    public SimulatedHost? Host { get; private set; }

    /// <summary>What has happened, one line each; empty unless the world was asked to tell.</summary>
    public IEnumerable<string> Story => _story.Select(s => string.Create(CultureInfo.InvariantCulture, $"{(s.At - Start).TotalSeconds,10:0.000}s {s.What}"));

    /// <summary>Lets everything happen until nothing is left. Throws a <see cref="ViolationException"/> where an invariant does not hold.</summary>
    public void Run()
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(Agenda);
        try
        {
            Begin();
            while (Agenda.Step())
            {
                Throw();
                Oracle.Check();
                if (Agenda.Steps == _crashAt && Host is not null)
                {
                    Crash();
                    Oracle.Check();
                }

                Throw();
                if (Agenda.Steps > MaxSteps)
                {
                    throw new ViolationException(8, $"the world does not come to rest: {Oracle.WhatIsLeft()}");
                }
            }

            Oracle.CheckEnd();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>Ends the simulation at once: something that must not happen has.</summary>
    public void Fail(ViolationException violation) => _violation ??= violation;

    public void Tell([InterpolatedStringHandlerArgument("")] ref StoryLine line)
    {
        if (Tells)
        {
            _story.Add((Agenda.Now, line.ToString()));
        }
    }

    /// <summary>Calls back when the process at hand dies.</summary>
    public void OnCrash(Action what) => _onCrash.Add(what);

    public static byte[] SecretOf(string queueId, int attempt) => AttemptSecret.Derive(MasterKey, queueId, attempt);

    public TimeSpan Latency() => Options.Stalls && Dice.Chance(2) ? Dice.Seconds(1, 25) : Dice.Milliseconds(0, 30);

    /// <summary>What a call of something outside of the process is like: it takes its time, and may fail.</summary>
    public async Task FaultAsync()
    {
        if (Dice.Chance(45))
        {
            await Agenda.Delay(Latency());
        }

        if (Options.Faults > 0 && Dice.Chance(Options.Faults))
        {
            throw new SimulatedFaultException();
        }
    }

    /// <summary>A call of the store: it is a part of the process's own footing, and fails more rarely.</summary>
    public async Task StoreAsync()
    {
        if (Dice.Chance(30))
        {
            await Agenda.Delay(Latency());
        }

        if (Options.Faults > 0 && Dice.Next() % 1000 < (ulong)Options.Faults)
        {
            throw new SimulatedFaultException();
        }
    }

    private void Begin()
    {
        for (int id = 1; id <= Options.Features; id++)
        {
            FeaturePlan plan = RandomPlan(id);
            Store.CreateFeatureAsync(plan, null, Agenda.Now, CancellationToken.None);
            Oracle.Planned(id, plan);
            int feature = id;
            Agenda.Outside(Dice.Seconds(0, 60), () => Wish(feature, CommandKind.Execute, null));
        }

        for (int i = 0; i < Options.Wishes; i++)
        {
            Agenda.Outside(Dice.Seconds(1, 900), WishAnything);
        }

        if (Options.Terminations)
        {
            Agenda.Outside(Dice.Seconds(10, 300), Terminate);
        }

        Boot();
        Agenda.Routine(Dice.Seconds(60, 240), Sweep);
        if (Options.Retention > TimeSpan.Zero)
        {
            Agenda.Routine(Options.Retention.TotalSeconds < 10 ? Dice.Seconds(1, 10) : Dice.Seconds(30, 240), Prune);
        }

        Agenda.Routine(Dice.Seconds(30, 90), Care);
        PlanCrash();
    }

    private void Boot()
    {
        Host = new SimulatedHost(this, Engine, _catalog, client =>
        {
            var services = new SimulatedServices(
                new SlowStore(Store, StoreAsync), Agents, Agents, Time, client, Options.Capacity, MasterKeyText, Oracle, Options.Retention,
                Options.Forgets && Options.Mutation != Mutation.UnprovenSlot ? new StoredByLimiter() : new StoredBeforeTold(), new VirtualTime(Agenda, fires: true));
            services.Add(this);
            return services;
        });
        Tell($"the process starts");
    }

    /// <summary>Dies soon, in the middle of something: most of the time nothing happens, and then a crash would show nothing.</summary>
    private void PlanCrash() => _crashAt = _crashesLeft-- > 0 ? Agenda.Steps + Dice.Between(1, 220) : 0;

    /// <summary>A step is being kept that has launched an agent: if the process is to die some time, it may as well die now.</summary>
    public void MayCrashNow()
    {
        if (_crashAt > 0 && Dice.Chance(20))
        {
            _crashAt = Agenda.Steps + Dice.Between(1, 4);
        }
    }

    private void Crash()
    {
        Tell($"the process dies");
        Host!.Crash();
        Host = null;
        Agenda.EndLife();
        Action[] waiting = [.. _onCrash];
        _onCrash.Clear();
        foreach (Action tell in waiting)
        {
            tell();
        }

        Agenda.Outside(Dice.Seconds(0, 20), () =>
        {
            Boot();
            PlanCrash();
        });
    }

    private void Throw()
    {
        if (_violation is { } violation)
        {
            throw violation;
        }
    }

    private FeaturePlan RandomPlan(int id)
    {
        int count = Dice.Between(1, Options.Phases);
        return new FeaturePlan
        {
            Id = id,
            Title = "Simulated",
            Priority = Dice.Pick<int>([10, 50, 50, 90]),
            Phases = [.. Enumerable.Range(1, count).Select(RandomPhase)],
            MaxCostUsd = Options.Caps && Dice.Chance(70) ? Dice.Pick<decimal>([0.01m, 0.5m, 1m, 2.5m]) : null,
        };
    }

    private PhasePlan RandomPhase(int number) => new()
    {
        Number = number,
        Title = "Phase",
        DependsOn = [.. Enumerable.Range(1, number - 1).Where(_ => Dice.Chance(45))],
        WorkflowType = SimulatedAgents.WorkflowType,
        Timeout = TimeSpan.FromMinutes(Dice.Between(2, 10)),
        HeartbeatTimeout = Dice.Chance(25) ? TimeSpan.FromSeconds(Dice.Between(30, 120)) : null,
        MaxAttempts = Dice.Between(1, 3),
        RetryBackoff = TimeSpan.FromSeconds(Dice.Pick<int>([0, 1, 30])),
        Approval = Dice.Chance(12) ? ApprovalMode.Required : ApprovalMode.None,
    };
}
