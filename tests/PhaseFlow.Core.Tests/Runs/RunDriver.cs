using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Core.Tests.Runs;

/// <summary>Takes one feature, number 7, through its life, a word at a time.</summary>
internal sealed class RunDriver
{
    public const int FeatureId = 7;

    private long _seq;

    private RunDriver(FeatureRun run) => Run = run;

    public FeatureRun Run { get; private set; }

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>What the last message led to.</summary>
    public RunStep Last { get; private set; } = null!;

    public SlotRelease[] Released => [.. Last.Effects.OfType<ExchangeSlots>().SelectMany(e => e.Exchange.Released)];

    public SlotRequest[] Requested => [.. Last.Effects.OfType<ExchangeSlots>().SelectMany(e => e.Exchange.Requested)];

    /// <summary>Five phases: 1, then 2, 3 and 5, and 4 behind 2 and 3.</summary>
    public static RunDriver Planned(Func<PhasePlan, PhasePlan>? each = null, decimal? cap = null)
    {
        PhasePlan[] phases =
        [
            Phase(1), Phase(2, 1), Phase(3, 1), Phase(4, 2, 3), Phase(5, 1),
        ];
        return new RunDriver(FeatureRun.Create(FeatureId, new FeaturePlan { Title = "Sample", MaxCostUsd = cap, Phases = [.. phases.Select(each ?? (p => p))] }));
    }

    /// <summary>One phase that runs alone.</summary>
    public static RunDriver Single(Func<PhasePlan, PhasePlan>? each = null, decimal? cap = null) =>
        new RunDriver(FeatureRun.Create(FeatureId, new FeaturePlan { Title = "Single", MaxCostUsd = cap, Phases = [(each ?? (p => p))(Phase(1))] })).Execute();

    /// <summary>The sample, executed: phase 1 asks for a slot.</summary>
    public static RunDriver Executed(Func<PhasePlan, PhasePlan>? each = null, decimal? cap = null) => Planned(each, cap).Execute();

    public PhaseState this[int phase] => Run.Phases[phase];

    public RunDriver Execute() => Command(CommandKind.Execute);

    public RunDriver Apply(RunMessage message)
    {
        Last = Run.Apply(message, Now);
        Run = Last.Run;
        return this;
    }

    public RunDriver Command(CommandKind kind, int? phase = null, string? reason = null, PhaseRule? rule = null) =>
        Apply(new FeatureCommand(++_seq, kind) { Phase = phase, Reason = reason, Rule = rule });

    public RunDriver Grant(int phase, int attempt = 1, int slot = 1) => Apply(new SlotGranted(phase, attempt, slot));

    /// <summary>The limiter has taken the attempt out of the line, as it was asked to.</summary>
    public RunDriver Left(int phase, int attempt = 1) => Apply(new LeftTheLine(phase, attempt));

    public RunDriver Launch(int phase, int attempt = 1) => Apply(new Launched(phase, attempt, 100 + phase));

    /// <summary>Grants a slot and confirms the launch.</summary>
    public RunDriver Start(int phase, int attempt = 1) => Grant(phase, attempt, slot: phase).Launch(phase, attempt);

    public RunDriver Report(int phase, bool completed = true, int attempt = 1, string? error = null, decimal? cost = null) =>
        Apply(new AgentReport(++_seq, phase, attempt, completed) { Error = error, Usage = cost is { } usd ? new AgentUsage(0, 0, usd) : null });

    /// <summary>The agent of an attempt asks a person.</summary>
    public RunDriver Ask(int phase, string question = "Which one?", int attempt = 1, string? delivery = null) =>
        Apply(new FeatureCommand(++_seq, CommandKind.Ask) { Phase = phase, Attempt = attempt, Text = question, Delivery = delivery ?? question });

    public RunDriver Answer(int phase, string answer = "The first.", int attempt = 1, int question = 1) =>
        Apply(new FeatureCommand(++_seq, CommandKind.Answer) { Phase = phase, Attempt = attempt, Question = question, Text = answer });

    public RunDriver Complete(params int[] phases) => phases.Aggregate(this, (driver, phase) => driver.Start(phase).Report(phase));

    public RunDriver Wait(TimeSpan time)
    {
        Now += time;
        return Apply(new TimePassed());
    }

    /// <summary>The statuses in the order of the numbers.</summary>
    public PhaseStatus[] Statuses() => [.. Run.Phases.Values.Select(p => p.Status)];

    public static SlotRelease Release(int phase, int attempt = 1, bool mayReturn = false, bool fromLine = false) =>
        new(QueueId.Format(FeatureId, phase), attempt, mayReturn, fromLine);

    public SlotRequest Request(int phase, int attempt = 1) => new(QueueId.Format(FeatureId, phase), attempt, FeatureId, Run.Priority, Now);

    private static PhasePlan Phase(int number, params int[] dependsOn) => new() { Number = number, Title = $"Phase {number}", DependsOn = [.. dependsOn] };
}
