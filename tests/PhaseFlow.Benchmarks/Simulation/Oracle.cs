using System.Runtime.CompilerServices;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Logging;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Embedded.Engine.Persistence;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Sweeps;

namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>What must be true after each step, by the numbers of the list of invariants that every simulation uses.</summary>
/// <remarks>It looks at what is stored and at the agents alone: at what somebody outside could see, and what a crash would leave.</remarks>
internal sealed partial class Oracle(World world) : ILogger<Sweep>
{
    /// <summary>Within this time the sweep has looked, also where it fails now and then.</summary>
    private static readonly TimeSpan SweepsTime = TimeSpan.FromMinutes(15);

    private readonly SortedDictionary<int, FeatureRun> _runs = [];
    private readonly Dictionary<string, PhaseState> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _tokensCounted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _accepted = new(StringComparer.Ordinal);
    private EntityRow? _limiter;
    private long _engineVersion = -1;
    private int _changesSeen;
    private (long Engine, long Store) _rested;
    private DateTimeOffset? _restsFrom;
    private DateTimeOffset _behindUntil;

    /// <summary>The runs as published.</summary>
    public IEnumerable<FeatureRun> Runs => _runs.Values;

    /// <summary>Whether a forgotten step may have left a slot with somebody who does not hear of it, for the sweep to find.</summary>
    public bool MayLeak => _restsFrom is not null && !Ledger.Held.IsEmpty;

    private bool LimiterIsBehind => world.Agenda.Now < _behindUntil;

    public bool AllFinished => _runs.Values.All(r => r.Status.IsFinished());

    /// <summary>The limiter's state as stored.</summary>
    public SlotLedger Ledger { get; private set; } = SlotLedger.Empty(0);

    /// <summary>A number that is of this attempt alone: a sum of such numbers tells which were added, and how often.</summary>
    public static long TokensOf(SimulatedAgent agent) => 1L << ((agent.Name.Attempt - 1) * 3 % 60);

    /// <summary>A step was forgotten. What was answered to it is lost, such as who was given a slot: that is for the sweep to find.</summary>
    public void Forgot() => _restsFrom = world.Agenda.Now + SweepsTime;

    /// <summary>A step of the limiter was forgotten: until the sweep has looked, it may have for somebody what that step took away.</summary>
    public void LimiterForgot()
    {
        Forgot();
        _behindUntil = _restsFrom!.Value;
    }

    /// <summary>When an attempt was given its slot; the end of time where it has none.</summary>
    public DateTimeOffset HoldsSince(AgentRef agent)
    {
        Refresh();
        string queueId = QueueId.Format(agent.FeatureId, agent.PhaseNumber);
        return Ledger.Held.FirstOrDefault(h => h.QueueId == queueId && h.Attempt == agent.Attempt)?.Since ?? DateTimeOffset.MaxValue;
    }

    /// <summary>The number of what the agent of a phase has asked last, as published; 1 before the first.</summary>
    public int QuestionOf(int feature, int? phase) => _rows.GetValueOrDefault(FormattableString.Invariant($"queue-{feature}-{phase}"))?.Question?.Number ?? 1;

    /// <summary>Whether the phase has ended, as published.</summary>
    public bool IsOver(string queueId) =>
        _rows.GetValueOrDefault(queueId)?.Status is PhaseStatus.Completed or PhaseStatus.Failed or PhaseStatus.Cancelled;

    /// <summary>An agent begins to work.</summary>
    public void Launched(SimulatedAgent agent, PhasePlan phase)
    {
        Refresh();
        Require(agent.MayLoseItsSlot || world.Options.Terminations || Holds(agent), 2, $"{agent.QueueId} attempt {agent.Name.Attempt} is launched without a slot");
        foreach (int dependency in phase.DependsOn)
        {
            Require(
                world.Store.WasCompleted(agent.Name.FeatureId, dependency), 4, $"{agent.QueueId} is launched before phase {dependency} is completed");
        }

        CheckLaunchedSpend(agent);
    }

    /// <summary>An inbox entry has been applied or refused.</summary>
    public void Settled(InboxEntry entry, MessageOutcome outcome)
    {
        if (entry.Report is { Usage: { } usage } report && outcome == MessageOutcome.Applied)
        {
            string queueId = QueueId.Format(entry.FeatureId, report.Phase);
            _tokensCounted[queueId] = _tokensCounted.GetValueOrDefault(queueId) + usage.InputTokens;
        }

        CountSpend(entry, outcome);
        Took(entry, outcome);
    }

    /// <summary>A report was answered; of the copies of one only one may be accepted.</summary>
    public void Answered(string body, bool isAccepted)
    {
        if (isAccepted)
        {
            Require(_accepted.Add(body), 7, $"accepted twice: {body}");
        }
    }

    /// <summary>Checks what may have changed with the step at hand.</summary>
    public void Check()
    {
        Refresh();
        CheckAgents();
        if (world.Store.Changes.Count > _changesSeen)
        {
            CheckRows();
        }

        CheckWords();
        if (world.Options is { Faults: 0, Terminations: false, Stalls: false } && world.Agenda.Open == 0 && world.Host is { IsAtRest: true }
            && !(world.Agenda.Now < _restsFrom) && _rested != (world.Engine.Version, world.Store.Version))
        {
            _rested = (world.Engine.Version, world.Store.Version);
            CheckRest();
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    /// <summary>Hears what the sweep has found. What a crash, a lost connection or a forgotten step leaves it may find; a leak otherwise it must not.</summary>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string found = formatter(state, exception);
        world.Tell($"{found}");
        bool isLeak = found.Contains("leaked_slot", StringComparison.Ordinal) || found.Contains("idle_slot", StringComparison.Ordinal);
        Require(!isLeak || world.Options.Terminations || _restsFrom is not null, 8, $"{found}");
    }

    private void Refresh()
    {
        if (world.Engine.Version == _engineVersion)
        {
            return;
        }

        _engineVersion = world.Engine.Version;
        EntityRow? row = world.Engine.LoadEntity(SlotLimiter.Id);
        if (ReferenceEquals(row, _limiter))
        {
            return;
        }

        _limiter = row;
        Ledger = (SlotLedger)JsonDataConverter.Default.Deserialize(row!.State, typeof(SlotLedger))!;
        CheckLedger();
    }

    private void CheckLedger()
    {
        Require(Ledger.Held.Length <= world.Options.Capacity, 1, $"{Ledger.Held.Length} slots are held");
        Require(Ledger.Held.Select(h => h.Slot).Distinct().Count() == Ledger.Held.Length, 1, $"a slot is held twice");
        Require(Ledger.Held.Length == world.Options.Capacity || Ledger.Waiting.IsEmpty, 8, $"a slot is free and somebody waits");
        foreach (SlotHolder holder in Ledger.Held)
        {
            CheckHolder(holder);
        }
    }

    private void CheckHolder(SlotHolder holder)
    {
        if (_rows.TryGetValue(holder.QueueId, out PhaseState? row))
        {
            Require(
                !row.Status.IsSettled() || row.Attempt < holder.Attempt || LimiterIsBehind, 3, $"{holder.QueueId} attempt {holder.Attempt} is {row.Status} and holds a slot");
        }
    }

    private void CheckAgents()
    {
        if (world.Options.Terminations)
        {
            // What a terminated orchestration had not published yet is lost with it: the run that follows may think that it has a slot which was given
            // back, or know nothing of an agent that works. The slots themselves are counted right all the same.
            return;
        }

        int alive = 0;
        foreach (SimulatedAgent agent in world.Agents.All)
        {
            if (agent.IsAlive && !agent.MayLoseItsSlot)
            {
                alive++;
                Require(Holds(agent), 2, $"the agent of {agent.QueueId} attempt {agent.Name.Attempt} works without a slot");
            }
        }

        Require(alive <= world.Options.Capacity, 1, $"{alive} agents work");
    }

    // A phase has one holder in the ledger, so two agents at work cannot both hold: that is invariant 6 too.
    private bool Holds(SimulatedAgent agent)
    {
        foreach (SlotHolder holder in Ledger.Held)
        {
            if (holder.Attempt == agent.Name.Attempt && holder.QueueId == agent.QueueId)
            {
                return true;
            }
        }

        return false;
    }

    private static void Require(bool holds, int invariant, [InterpolatedStringHandlerArgument(nameof(holds))] ref Complaint what)
    {
        if (!holds)
        {
            throw new ViolationException(invariant, what.ToString());
        }
    }
}
