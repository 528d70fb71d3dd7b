using System.Collections.Immutable;
using PhaseFlow.Core.Runs;
using Xunit;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureActionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly CommandKind[] AboutFeatures =
        [CommandKind.Execute, CommandKind.Cancel, CommandKind.Suspend, CommandKind.Resume, CommandKind.Retry, CommandKind.AddPhase];

    private static readonly CommandKind[] AboutPhases =
        [CommandKind.CancelPhase, CommandKind.RetryPhase, CommandKind.Approve, CommandKind.Deny, CommandKind.Prioritize, CommandKind.Answer];

    [Fact]
    public void Refusal_WhateverTheState_AgreesWithWhatTheRunObeys()
    {
        var disagreements = new List<string>();
        foreach (FeatureRun run in States())
        {
            foreach (CommandKind kind in AboutFeatures.Concat(AboutPhases))
            {
                bool isAllowed = FeatureActions.Refusal(run, kind, AboutPhases.Contains(kind) ? 1 : null) is null;
                bool isObeyed = run.Apply(CommandOf(kind), Now).Outcome == MessageOutcome.Applied;
                if (isAllowed != isObeyed && !IsStricter(run, kind, isAllowed))
                {
                    disagreements.Add($"{kind} of {run.Status}{(run.Cancelling ? ", cancelling" : "")}, {run.Phases[1].Status}, {run.Phases[1].Stopping}: allowed {isAllowed}, obeyed {isObeyed}");
                }
            }
        }

        Assert.Empty(disagreements);
    }

    [Theory]
    [InlineData(CommandKind.Execute, FeatureStatus.InProgress, PhaseStatus.Queued, "Feature 7 was executed already: it is in progress.")]
    [InlineData(CommandKind.Cancel, FeatureStatus.Failed, PhaseStatus.Failed, "Feature 7 has failed: there is nothing to cancel.")]
    [InlineData(CommandKind.Suspend, FeatureStatus.Suspended, PhaseStatus.Queued, "Feature 7 is suspended: only a feature in progress can be suspended.")]
    [InlineData(CommandKind.Resume, FeatureStatus.Planned, PhaseStatus.Queued, "Feature 7 has not been executed: only a suspended feature can be resumed.")]
    [InlineData(CommandKind.Retry, FeatureStatus.InProgress, PhaseStatus.Running, "Feature 7 has no failed or cancelled phase to retry.")]
    [InlineData(CommandKind.AddPhase, FeatureStatus.Cancelled, PhaseStatus.Cancelled, "Feature 7 was cancelled: it takes no further phases.")]
    [InlineData(CommandKind.CancelPhase, FeatureStatus.InProgress, PhaseStatus.Completed, "Phase 1 of feature 7 is completed: there is nothing to cancel.")]
    [InlineData(CommandKind.RetryPhase, FeatureStatus.InProgress, PhaseStatus.Blocked, "Phase 1 of feature 7 is blocked: only a failed or cancelled phase can be retried.")]
    [InlineData(CommandKind.Approve, FeatureStatus.InProgress, PhaseStatus.Queued, "Phase 1 of feature 7 is queued: it waits for no approval.")]
    [InlineData(CommandKind.Answer, FeatureStatus.InProgress, PhaseStatus.Running, "Phase 1 of feature 7 is running: its agent waits for no answer.")]
    [InlineData(CommandKind.Prioritize, FeatureStatus.InProgress, PhaseStatus.Running, "Phase 1 of feature 7 is running: it has its slot, and waits in no line.")]
    [InlineData(CommandKind.Prioritize, FeatureStatus.Completed, PhaseStatus.Completed, "Phase 1 of feature 7 is completed: it waits in no line.")]
    public void Refusal_WhenTheStateDoesNotAllowIt_SaysWhy(CommandKind kind, FeatureStatus status, PhaseStatus phase, string reason) =>
        Assert.Equal(reason, FeatureActions.Refusal(Run(status, false, phase, StopReason.None), kind, 1));

    [Fact]
    public void Refusal_WhenThereIsNoSuchPhase_SaysSo() =>
        Assert.Equal("Feature 7 has no such phase.", FeatureActions.Refusal(Run(FeatureStatus.InProgress, false, PhaseStatus.Queued, StopReason.None), CommandKind.RetryPhase, 2));

    [Fact]
    public void Refusal_WhenThereAreNoPhasesToExecute_SaysSo() =>
        Assert.Contains("has no phases", FeatureActions.Refusal(new FeatureRun { FeatureId = 7 }, CommandKind.Execute), StringComparison.Ordinal);

    // People are told that what they ask has been asked before, and that a finished feature takes no phases; a run that hears it all the same takes no harm.
    private static bool IsStricter(FeatureRun run, CommandKind kind, bool isAllowed) => !isAllowed && kind switch
    {
        CommandKind.Execute => run.Status == FeatureStatus.InProgress,
        CommandKind.Retry or CommandKind.RetryPhase => run.Phases[1].Stopping == StopReason.Cancelled,
        CommandKind.Cancel or CommandKind.Resume => run.Cancelling,
        CommandKind.CancelPhase => run.Phases[1].Stopping == StopReason.Cancelled,
        CommandKind.AddPhase => run.Status.IsFinished(),
        _ => false,
    };

    private static FeatureCommand CommandOf(CommandKind kind) => kind switch
    {
        CommandKind.AddPhase => new FeatureCommand(0, kind) { Phase = 2, Rule = new PhaseRule() },
        CommandKind.Prioritize => new FeatureCommand(0, kind) { Phase = 1, Priority = 10 },
        CommandKind.Answer => new FeatureCommand(0, kind) { Phase = 1, Attempt = 1, Question = 1, Text = "Yes." },
        _ => new FeatureCommand(0, kind) { Phase = AboutPhases.Contains(kind) ? 1 : null },
    };

    private static IEnumerable<FeatureRun> States() =>
        from status in Enum.GetValues<FeatureStatus>()
        from cancelling in new[] { false, true }
        from phase in Enum.GetValues<PhaseStatus>()
        from stopping in phase.HoldsSlot() ? Enum.GetValues<StopReason>() : [StopReason.None]
        where IsReachable(status, cancelling, phase)
        select Run(status, cancelling, phase, stopping);

    private static bool IsReachable(FeatureStatus status, bool cancelling, PhaseStatus phase) =>
        status == FeatureStatus.Planned ? !cancelling && phase is PhaseStatus.Queued or PhaseStatus.Cancelled
        : status.IsFinished() ? !cancelling && phase.IsSettled()
        : !phase.IsSettled() && (!cancelling || phase.HoldsSlot());

    private static FeatureRun Run(FeatureStatus status, bool cancelling, PhaseStatus phase, StopReason stopping) => new()
    {
        FeatureId = 7,
        Status = status,
        Cancelling = cancelling,
        Phases = PhaseTable.Of(
        [
            new PhaseState
            {
                Number = 1, Rule = new PhaseRule(), Status = phase, Attempt = 1, Stopping = stopping,
                Question = phase == PhaseStatus.AwaitingAnswer ? new PhaseQuestion(1, "Which one?", Now) : null,
            },
        ]),
    };
}
