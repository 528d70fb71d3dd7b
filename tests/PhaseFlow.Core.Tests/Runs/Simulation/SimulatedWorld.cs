using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Core.Sweeps;

namespace PhaseFlow.Core.Tests.Runs.Simulation;

/// <summary>
/// A model of everything around the rules: features, one limiter, agents, people, and a scheduler that delivers whatever is under way
/// in any order, twice, or late. One seed decides all of it. The invariants are checked after each step.
/// </summary>
internal sealed partial class SimulatedWorld
{
    private const int ChaosSteps = 120;
    private const int MaxSettlingSteps = 10_000;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Random _random;
    private readonly List<(DateTimeOffset At, int Feature, object What)> _story = [];
    private WorldFault _fault;
    private bool _isSettling;

    public SimulatedWorld(int seed, WorldFault fault = WorldFault.None)
    {
        _random = new Random(seed);
        _fault = fault;
        Now = Start;
        Ledger = SlotLedger.Empty(_random.Next(1, 4));
        int features = _random.Next(1, 5);
        Features = [.. Enumerable.Range(1, features).Select(id => new SimulatedFeature(FeatureRun.Create(id, RandomPlan())))];
    }

    public DateTimeOffset Now { get; private set; }

    public SlotLedger Ledger { get; private set; }

    public ImmutableArray<SimulatedFeature> Features { get; }

    /// <summary>What is under way.</summary>
    public List<Delivery> Pending { get; } = [];

    public Dictionary<(int Feature, int Phase, int Attempt), SimulatedAgent> Agents { get; } = [];

    /// <summary>How many attempts were launched.</summary>
    public int Launches { get; private set; }

    /// <summary>What has happened, one line each.</summary>
    public string Story() => string.Join(
        '\n', _story.Select(s => string.Create(CultureInfo.InvariantCulture, $"{(s.At - Start).TotalSeconds,9:0}s feature {s.Feature}: {Describe(s.What)}")));

    /// <summary>Lets anything happen for a while, then lets everybody report and everything come to its end.</summary>
    public void Run()
    {
        for (int step = 0; step < ChaosSteps; step++)
        {
            Disturb();
            WorldInvariants.CheckWorld(this);
        }

        _isSettling = true;
        _fault = WorldFault.None;
        for (int step = 0; SettleFurther(); step++)
        {
            WorldInvariants.CheckWorld(this);
            WorldInvariants.Require(8, step < MaxSettlingSteps, $"the world does not come to rest");
        }

        foreach (SimulatedFeature feature in Features)
        {
            WorldInvariants.Require(7, feature.Inbox.All(e => feature.Run.Inbox.Contains(e.Seq)), $"feature {feature.Id} has unread messages");
        }

        WorldInvariants.Require(3, Ledger.Held.IsEmpty && Ledger.Waiting.IsEmpty, $"everything is over and slots are held");
    }

    private static string Describe(object what) => what is SlotExchange exchange
        ? $"gives back [{string.Join(", ", exchange.Released)}] and asks for [{string.Join(", ", exchange.Requested)}]"
        : $"{what}";

    private bool Chance(int percent) => _random.Next(100) < percent;

    private T Any<T>(ImmutableArray<T> choices) => choices[_random.Next(choices.Length)];

    private FeaturePlan RandomPlan()
    {
        int count = _random.Next(1, 7);
        return new FeaturePlan
        {
            Title = "Simulated",
            Priority = Any([10, 50, 50, 90]),
            MaxCostUsd = Chance(40) ? Any([0.01m, 1m, 3m]) : null,
            Phases =
            [
                .. Enumerable.Range(1, count).Select(n => new PhasePlan
                {
                    Number = n,
                    Title = "Simulated",
                    DependsOn = [.. Enumerable.Range(1, n - 1).Where(_ => Chance(35))],
                    Timeout = TimeSpan.FromMinutes(_random.Next(1, 120)),
                    HeartbeatTimeout = Chance(40) ? TimeSpan.FromMinutes(_random.Next(1, 30)) : null,
                    MaxAttempts = _random.Next(1, 4),
                    RetryBackoff = TimeSpan.FromSeconds(Any([0, 1, 30, 600])),
                    Approval = Chance(15) ? ApprovalMode.Required : ApprovalMode.None,
                }),
            ],
        };
    }

    private void Disturb()
    {
        SimulatedFeature feature = Any(Features);
        switch (_random.Next(100))
        {
            case < 70 when Pending.Count > 0:
                DeliverSomething();
                break;
            case < 85:
                Command(feature);
                break;
            case < 91:
                LetTimePass(TimeSpan.FromSeconds(Any([1, 31, 61, 1000, 4000])));
                break;
            case < 94:
                Reload(feature);
                break;
            case < 95:
                Ledger = JsonSerializer.Deserialize<SlotLedger>(JsonSerializer.Serialize(Ledger))!;
                break;
            case < 96:
                Sweep();
                break;
            case < 98:
                AskAPerson(feature);
                break;
            default:
                Misdirect(feature);
                break;
        }
    }

    private void LetTimePass(TimeSpan time)
    {
        DateTimeOffset? wake = Features.Select(f => f.Run.NextWake()).Min();
        Now = Chance(50) && wake > Now ? wake.Value : Now + time;
        foreach (SimulatedFeature feature in Features.Where(f => f.Run.NextWake() <= Now))
        {
            Apply(feature, new TimePassed());
            WorldInvariants.Require(10, !(feature.Run.NextWake() <= Now), $"feature {feature.Id} waits for a moment that has passed");
        }
    }

    /// <summary>The run is read again from the store: what was under way for it may be lost, or come all the same.</summary>
    private void Reload(SimulatedFeature feature)
    {
        Pending.RemoveAll(p => p.To == feature && p is MessageDelivery or WorkDelivery && Chance(50));
        feature.Forget();
        Apply(feature, new Loaded());
        RaiseAgain(feature);
    }

    private void RaiseAgain(SimulatedFeature feature) =>
        Pending.AddRange(feature.Inbox.Where(e => !feature.Run.Inbox.Contains(e.Seq)).Select(e => new MessageDelivery(feature, e)));

    /// <summary>A run as the sweep reads it: nothing is published while the limiter is asked, so what is about to leave the line stands in it.</summary>
    private static FeatureRun Published(FeatureRun run) => run with
    {
        Phases = PhaseTable.Of(run.Phases.Values.Select(p => p.Pending.HasFlag(InFlight.Slot) ? p with { Status = PhaseStatus.Ready } : p)),
    };

    private void Sweep()
    {
        SweepFindings findings = SweepRules.Find(Ledger, [.. Features.Select(f => Published(f.Run)).Where(r => r.Status != FeatureStatus.Planned)], Now);
        if (!findings.Leaked.IsEmpty || findings.Idle)
        {
            Tell(Features[0], findings);
            Exchange(new SlotExchange(findings.Leaked, []));
        }

        foreach (int id in findings.Unasked)
        {
            Apply(Features[id - 1], new FeatureCommand(0, CommandKind.Reconcile));
        }
    }

    private void Command(SimulatedFeature feature)
    {
        PhaseTable phases = feature.Run.Phases;
        int number = phases.Count + 1;
        CommandKind kind = feature.Run.Status == FeatureStatus.Planned && Chance(70) ? CommandKind.Execute : Any(
        [
            CommandKind.Suspend, CommandKind.Suspend, CommandKind.Resume, CommandKind.Resume, CommandKind.Resume, CommandKind.Cancel, CommandKind.Retry,
            CommandKind.RetryPhase, CommandKind.CancelPhase, CommandKind.Approve, CommandKind.Approve, CommandKind.Deny, CommandKind.AddPhase, CommandKind.Reconcile,
            CommandKind.Prioritize,
        ]);
        PhaseRule? rule = kind == CommandKind.AddPhase && number <= 8
            ? new PhaseRule { DependsOn = [.. phases.Keys.Where(_ => Chance(30))], MaxAttempts = 2 }
            : null;
        int? phase = kind == CommandKind.AddPhase ? number : kind is CommandKind.Approve or CommandKind.Deny
            ? phases.Values.FirstOrDefault(p => p.Status == PhaseStatus.AwaitingApproval)?.Number
            : _random.Next(1, number);
        int? priority = kind == CommandKind.Prioritize ? _random.Next(1, 99) : null;
        Raise(feature, seq => new FeatureCommand(seq, kind) { Phase = phase, Rule = rule, Priority = priority, Reason = Chance(50) ? "because" : null });
    }

    /// <summary>Accepts a message and raises it; raising may fail, and is made good later.</summary>
    private void Raise(SimulatedFeature feature, Func<long, InboxMessage> message)
    {
        InboxMessage entry = feature.Accept(message);
        if (!Chance(5))
        {
            Pending.Add(new MessageDelivery(feature, entry));
        }
    }

    private void AskAPerson(SimulatedFeature feature)
    {
        if (feature.Run.Phases.Values.FirstOrDefault(p => p.Status.HoldsSlot()) is { } phase)
        {
            Raise(feature, seq => phase.Status == PhaseStatus.Running
                ? new FeatureCommand(seq, CommandKind.Ask) { Phase = phase.Number, Attempt = phase.Attempt, Text = $"Which of {_random.Next(1, 3)}?" }
                : new FeatureCommand(seq, CommandKind.Answer) { Phase = phase.Number, Attempt = phase.Attempt, Question = phase.Question!.Number, Text = "The first." });
        }
    }

    /// <summary>Words that nobody should believe: of past attempts, of attempts to come, of phases that are not there.</summary>
    private void Misdirect(SimulatedFeature feature)
    {
        PhaseState phase = Any([.. feature.Run.Phases.Values]);
        int attempt = phase.Attempt + Any([-1, 100]);
        Raise(feature, seq => new AgentReport(seq, Chance(20) ? 99 : phase.Number, attempt, Chance(50)));
        Apply(feature, new AgentStopped(phase.Number, attempt, Confirmed: true));
    }

    /// <summary>One step towards the end of everything; false when it is reached.</summary>
    private bool SettleFurther()
    {
        if (Pending.Count > 0)
        {
            DeliverSomething();
            return true;
        }

        SweepFindings findings = SweepRules.Find(Ledger, [.. Features.Select(f => f.Run).Where(r => r.Status != FeatureStatus.Planned)], Now.AddDays(1));
        WorldInvariants.Require(8, findings.IsEmpty, $"the sweep has found something while nothing is under way: {findings}");
        foreach (SimulatedFeature feature in Features)
        {
            RaiseAgain(feature);
            if (feature.Run.Status == FeatureStatus.Planned)
            {
                Raise(feature, seq => new FeatureCommand(seq, CommandKind.Execute));
            }
            else if (feature.Run.Status == FeatureStatus.Suspended)
            {
                Raise(feature, seq => new FeatureCommand(seq, CommandKind.Resume));
            }

            foreach (PhaseState phase in feature.Run.Phases.Values.Where(p => p.Status == PhaseStatus.AwaitingApproval))
            {
                CommandKind decision = Chance(70) ? CommandKind.Approve : CommandKind.Deny;
                Raise(feature, seq => new FeatureCommand(seq, decision) { Phase = phase.Number });
            }
        }

        if (Features.All(f => f.Run.Status.IsFinished()))
        {
            return Pending.Count > 0;
        }

        if (Pending.Count == 0)
        {
            bool waits = Features.Any(f => f.Run.NextWake() is not null);
            bool raised = Features.Any(f => f.Inbox.Any(e => !f.Run.Inbox.Contains(e.Seq)));
            WorldInvariants.Require(8, waits || raised, $"somebody waits for nothing");
            LetTimePass(TimeSpan.FromMinutes(1));
        }

        return true;
    }
}
