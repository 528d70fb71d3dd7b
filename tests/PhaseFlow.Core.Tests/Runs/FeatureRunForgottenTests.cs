using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

/// <summary>A platform may do a step and then forget it: what that step asked for happened all the same.</summary>
public sealed class FeatureRunForgottenTests
{
    private static readonly StopAgent Stop = new(1, 2, "external");

    private static readonly AgentStopped Untold = new(1, 2, Confirmed: false, "connection refused");

    [Fact]
    public void Apply_WhenAStepIsDoneAgainLater_GivesItAnotherVersion()
    {
        RunDriver run = RunDriver.Executed();

        long forgotten = run.Run.Apply(new SlotGranted(1, 1, 1), run.Now).Run.Version;
        long kept = run.Run.Apply(new FeatureCommand(2, CommandKind.Suspend), run.Now.AddMinutes(1)).Run.Version;

        Assert.True(run.Run.Version < forgotten && forgotten < kept, $"{run.Run.Version}, {forgotten}, {kept}");
    }

    [Fact]
    public void Apply_WhenAnAttemptHasASlotThatWasNeverAskedForHere_StopsItsAgentAndGoesOnWithTheNext()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2 }).Start(1).Report(1, completed: false).Grant(1, attempt: 2);
        Assert.Equal([Stop], run.Last.Effects);

        run.Wait(TimeSpan.FromMinutes(1));
        Assert.Empty(run.Last.Effects);
        Assert.Equal(Queued, run[1].Status);

        run.Apply(new AgentStopped(1, 2, Confirmed: true));

        Assert.Equal([RunDriver.Release(1, attempt: 2)], run.Released);
        Assert.Equal((Ready, 3, 3), (run[1].Status, run[1].Attempt, run[1].AttemptBudget));
    }

    [Fact]
    public void Apply_WhenAReadyPhaseHearsThatALaterAttemptHasASlot_LeavesTheLineUntilThatIsStopped()
    {
        RunDriver run = RunDriver.Single().Grant(1, attempt: 2);

        Assert.Equal([RunDriver.Release(1, fromLine: true)], run.Released);
        Assert.Equal(Queued, run.Left(1)[1].Status);
        Assert.Equal((Ready, 3), (run.Apply(new AgentStopped(1, 2, Confirmed: true))[1].Status, run[1].Attempt));
    }

    [Fact]
    public void Apply_WhenTheStopOfAForgottenAttemptIsNotConfirmed_GivesItsSlotBackAfterTheGrace()
    {
        RunDriver run = Forgotten().Apply(new AgentStopped(1, 2, Confirmed: false));
        Assert.Empty(run.Wait(FeatureRun.StopGrace - TimeSpan.FromSeconds(1)).Last.Effects);

        run.Wait(TimeSpan.FromSeconds(1));

        Assert.Equal([RunDriver.Release(1, attempt: 2)], run.Released);
        Assert.Equal((Ready, 3), (run[1].Status, run[1].Attempt));
    }

    [Fact]
    public void Apply_WhenTheAgentOfAForgottenAttemptCannotBeTold_KeepsItsSlotSaysWhyAndTellsItAgain()
    {
        RunDriver run = Forgotten();
        for (int i = 0; i < 100; i++)
        {
            run.Apply(Untold);
            Assert.Empty(run.Last.Effects);
            Assert.Equal("the agent of attempt 2 cannot be stopped: connection refused", Reason(run));

            run.Wait(FeatureRun.StopGrace);
            Assert.Equal([Stop], run.Last.Effects);
        }

        Assert.Equal((Queued, 1), (run[1].Status, run[1].Attempt));
        Assert.Equal([RunDriver.Release(1, attempt: 2)], run.Apply(new AgentStopped(1, 2, Confirmed: true)).Released);
        Assert.Equal((Ready, 3, "waits for a slot"), (run[1].Status, run[1].Attempt, Reason(run)));
    }

    [Fact]
    public void Apply_WhenAForgetfulLimiterHasGivenTheAttemptAnotherSlot_ShowsThatOne()
    {
        RunDriver run = RunDriver.Single().Start(1).Grant(1, slot: 3);

        Assert.Equal((Running, 3), (run[1].Status, run[1].Slot));
        Assert.Empty(run.Last.Effects);
    }

    [Fact]
    public void Apply_WhenTheForgottenAttemptIsGoneBeforeTheLimiterTellsThatTheEarlierHasLeftTheLine_GoesOn()
    {
        RunDriver run = RunDriver.Single().Command(CommandKind.Suspend).Command(CommandKind.Resume).Grant(1, attempt: 2).Apply(new AgentStopped(1, 2, Confirmed: true));
        Assert.Equal((Queued, 2), (run[1].Status, run[1].Attempt));

        Assert.Equal((Ready, 3), (run.Left(1, attempt: 1)[1].Status, run[1].Attempt));
    }

    [Fact]
    public void Apply_WhenTheRunIsReadWhileAForgottenAttemptIsStopped_StopsItAgain()
    {
        RunDriver run = Forgotten().Apply(new AgentStopped(1, 2, Confirmed: false)).Apply(new Loaded());

        Assert.Contains(Stop, run.Last.Effects);
        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal(Queued, run.Wait(FeatureRun.StopGrace)[1].Status);
    }

    [Fact]
    public void Apply_WhenTheRunIsReadWhileAForgottenAttemptCannotBeTold_KeepsItsSlot()
    {
        RunDriver run = Forgotten().Apply(Untold).Apply(new Loaded());

        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Empty(run.Requested);
        Assert.Equal([Stop], run.Wait(FeatureRun.StopGrace).Last.Effects);
    }

    [Fact]
    public void Apply_WhenAFeatureIsOverAndTheAgentOfAForgottenAttemptCannotBeTold_GoesOnUntilItIs()
    {
        RunDriver run = RunDriver.Single().Complete(1).Grant(1, attempt: 2).Apply(Untold);
        Assert.Equal((FeatureStatus.InProgress, Completed), (run.Run.Status, run[1].Status));
        Assert.NotNull(run.Run.NextWake());

        run.Wait(FeatureRun.StopGrace).Apply(new AgentStopped(1, 2, Confirmed: true));

        Assert.Equal((FeatureStatus.Completed, null), (run.Run.Status, run.Run.NextWake()));
    }

    [Fact]
    public void Apply_WhenAPhaseIsCancelledOnceMoreWhoseForgottenAttemptCannotBeTold_GivesItsSlotOn()
    {
        RunDriver run = Forgotten().Apply(Untold).Command(CommandKind.CancelPhase, 1);
        Assert.Equal((Cancelled, FeatureStatus.InProgress), (run[1].Status, run.Run.Status));
        Assert.Empty(run.Released);
        Assert.Equal("the agent of attempt 2 cannot be stopped (cancel the phase once more to give its slot on all the same): connection refused", Reason(run));
        Assert.Null(FeatureActions.Refusal(run.Run, CommandKind.CancelPhase, 1));

        run.Command(CommandKind.CancelPhase, 1);

        Assert.Equal([RunDriver.Release(1, attempt: 2)], run.Released);
        Assert.Equal((Cancelled, FeatureStatus.Cancelled), (run[1].Status, run.Run.Status));
    }

    [Fact]
    public void Apply_WhenAForgottenAttemptOfACancelledPhaseReports_GivesItsSlotOn()
    {
        RunDriver run = Forgotten().Apply(Untold).Command(CommandKind.Cancel).Report(1, attempt: 2);

        Assert.Equal(MessageOutcome.Stale, run.Last.Outcome);
        Assert.Equal([RunDriver.Release(1, attempt: 2)], run.Released);
        Assert.Equal((Cancelled, FeatureStatus.Cancelled), (run[1].Status, run.Run.Status));
    }

    [Fact]
    public void Apply_WhenACompletedPhaseHearsThatALaterAttemptHasASlot_StopsThatAndStaysCompleted()
    {
        RunDriver run = RunDriver.Single().Complete(1).Grant(1, attempt: 2).Apply(new AgentStopped(1, 2, Confirmed: true));

        Assert.Equal([RunDriver.Release(1, attempt: 2)], run.Released);
        Assert.Equal((Completed, 1, FeatureStatus.Completed), (run[1].Status, run[1].Attempt, run.Run.Status));
    }

    [Fact]
    public void Apply_WhenAnAttemptReportsThatWasNeverAskedForHere_TakesItsWord()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2 }).Start(1).Report(1, completed: false).Report(1, attempt: 2);

        Assert.Equal((Completed, 2), (run[1].Status, run[1].Attempt));
        Assert.Equal([RunDriver.Release(1, attempt: 2)], run.Released);
    }

    [Fact]
    public void Apply_WhenOneThatLeavesTheLineReports_TakesItsWord()
    {
        RunDriver run = RunDriver.Single().Command(CommandKind.Cancel).Report(1);

        Assert.Equal((Completed, FeatureStatus.Cancelled), (run[1].Status, run.Run.Status));
    }

    [Fact]
    public void Apply_WhenTheLimiterSaysThatAnAttemptIsOver_AsksForTheNext()
    {
        RunDriver run = RunDriver.Single().Left(1);

        Assert.Equal([run.Request(1, attempt: 2)], run.Requested);
        Assert.Equal(2, run[1].AttemptBudget);
    }

    [Fact]
    public void Apply_WhenARunStartsOver_AsksWhatItHas()
    {
        RunDriver run = RunDriver.Executed().Apply(new Loaded(StartsOver: true));

        SlotExchange exchange = Assert.IsType<ExchangeSlots>(Assert.Single(run.Last.Effects)).Exchange;
        Assert.Equal(new SlotRecount(RunDriver.FeatureId, run.Now), exchange.Recount);
        Assert.Null(Assert.IsType<ExchangeSlots>(Assert.Single(run.Apply(new Loaded()).Last.Effects)).Exchange.Recount);
    }

    [Fact]
    public void Apply_WhenACancelledPhaseThatLeavesTheLineReportsAFailure_IsCancelled()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 3 }).Command(CommandKind.Cancel).Report(1, completed: false);

        Assert.Equal((Cancelled, FeatureStatus.Cancelled), (run[1].Status, run.Run.Status));
    }

    [Fact]
    public void Apply_WhenARunStartsOver_LaunchesOnlyWhatTheLimiterConfirms()
    {
        RunDriver run = RunDriver.Single().Grant(1).Apply(new Loaded(StartsOver: true));

        Assert.DoesNotContain(run.Last.Effects, e => e is LaunchPhase);
        Assert.Contains(run.Grant(1).Last.Effects, e => e is LaunchPhase);
    }

    [Fact]
    public void Apply_WhenTheLimiterHasForgottenASlot_StandsInLineAgainWithTheSameAttempt()
    {
        RunDriver run = RunDriver.Single().Grant(1);
        SlotRequest asked = run.Request(1);

        run.Apply(new SlotLost(1, 1));

        Assert.Equal([asked], run.Requested);
        Assert.Equal((Ready, 1, 1, null, null), (run[1].Status, run[1].Attempt, run[1].AttemptBudget, run[1].Slot, run[1].DeadlineAt));
        Assert.Contains(new LaunchPhase(1, 1, "external"), run.Grant(1, slot: 2).Last.Effects);
    }

    [Fact]
    public void Apply_WhenTheLimiterHasForgottenASlot_GivesBackAgainWhatItMayHaveForgottenToo()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Grant(2);

        run.Apply(new SlotLost(2, 1));

        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal([2, 3, 5], run.Requested.Select(r => run.Run.Phases.Values.Single(p => r.QueueId == QueueId.Format(RunDriver.FeatureId, p.Number)).Number));
    }

    [Fact]
    public void Apply_WhenASlotIsForgottenAndAnotherLaunchGotThrough_ChangesNothing()
    {
        RunDriver run = RunDriver.Single().Start(1);

        run.Apply(new SlotLost(1, 1));

        Assert.Equal((Running, 1), (run[1].Status, run[1].Slot));
    }

    [Fact]
    public void Apply_WhenAnAttemptIsBeingStoppedAndItsSlotIsForgotten_StopsItAllTheSame()
    {
        RunDriver run = RunDriver.Single().Grant(1).Command(CommandKind.Cancel);
        Assert.Empty(run.Last.Effects); // the launch under way is waited for

        run.Apply(new SlotLost(1, 1));

        Assert.Contains(new StopAgent(1, 1, "external"), run.Last.Effects);
    }

    [Fact]
    public void Apply_WhenASlotIsForgottenOfAnAttemptThatIsOver_IsStale() =>
        Assert.Equal(MessageOutcome.Stale, RunDriver.Single().Complete(1).Apply(new SlotLost(1, 1)).Last.Outcome);

    /// <summary>Attempt 1 has failed, and attempt 2 has a slot that was never asked for here: its agent is being told to stop.</summary>
    private static RunDriver Forgotten() =>
        RunDriver.Single(p => p with { MaxAttempts = 2 }).Start(1).Report(1, completed: false).Grant(1, attempt: 2).Wait(TimeSpan.FromMinutes(1));

    private static string? Reason(RunDriver run) => WaitReason.For(run.Run, run[1], null, run.Now);
}
