using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureRunLaunchingTests
{
    [Fact]
    public void Apply_WhenAFeatureIsPlanned_AsksForNothing()
    {
        RunDriver run = RunDriver.Planned().Apply(new Loaded());

        Assert.Empty(run.Last.Effects);
        Assert.Equal(FeatureStatus.Planned, run.Run.Status);
    }

    [Fact]
    public void Apply_WhenAFeatureIsExecuted_AsksForASlotForWhatDependsOnNothing()
    {
        RunDriver run = RunDriver.Executed();

        Assert.Equal([Ready, Queued, Queued, Queued, Queued], run.Statuses());
        Assert.Equal(run.Request(1), Assert.Single(run.Requested));
        Assert.Empty(run.Released);
    }

    [Fact]
    public void Apply_WhenExecutedInProgress_IsAppliedAndChangesNothing()
    {
        RunDriver once = RunDriver.Executed();
        PhaseTable phases = once.Run.Phases;

        RunDriver run = once.Execute();

        Assert.Equal((MessageOutcome.Applied, FeatureStatus.InProgress), (run.Last.Outcome, run.Run.Status));
        Assert.Empty(run.Last.Effects);
        Assert.Equal(phases, run.Run.Phases);
    }

    [Fact]
    public void Apply_WhenTheStoreHasItInProgressAlready_LaunchesWhatDependsOnNothingOnce()
    {
        var plan = new FeaturePlan { Title = "F", Phases = [new PhasePlan { Number = 1, Title = "One" }] };
        FeatureRun stored = FeatureRun.Create(7, plan) with { Status = FeatureStatus.InProgress };
        DateTimeOffset now = DateTimeOffset.UnixEpoch;

        RunStep loaded = stored.Apply(new Loaded(), now);
        RunStep executed = loaded.Run.Apply(new FeatureCommand(1, CommandKind.Execute), now);

        Assert.Equal(1, Assert.Single(Assert.IsType<ExchangeSlots>(Assert.Single(loaded.Effects)).Exchange.Requested).Attempt);
        Assert.Empty(executed.Effects);
        Assert.Equal((MessageOutcome.Applied, true), (executed.Outcome, executed.Run.Inbox.Contains(1)));
    }

    [Fact]
    public void Apply_WhenASlotIsGranted_LaunchesTheAttempt()
    {
        RunDriver run = RunDriver.Executed().Grant(1, slot: 3);

        Assert.Equal([new LaunchPhase(1, 1, "external")], run.Last.Effects);
        Assert.Equal(Running, run[1].Status);
        Assert.Equal(3, run[1].Slot);
        Assert.Equal(run.Now, run[1].StartedAt);
    }

    [Fact]
    public void Apply_WhenASlotIsGrantedTwice_LaunchesOnce()
    {
        RunDriver run = RunDriver.Executed().Grant(1).Grant(1);

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.Empty(run.Last.Effects);
    }

    [Fact]
    public void Apply_WhenNoSlotWasGranted_LaunchesNothing()
    {
        RunDriver run = RunDriver.Executed().Launch(1);

        Assert.Equal(MessageOutcome.Stale, run.Last.Outcome);
        Assert.Equal(Ready, run[1].Status);
        Assert.Null(run[1].LaunchedAt);
    }

    [Fact]
    public void Apply_WhenALaunchIsConfirmed_CountsTheTimeFromThen()
    {
        RunDriver run = RunDriver.Executed().Grant(1).Wait(TimeSpan.FromMinutes(5)).Launch(1);

        Assert.Equal(run.Now, run[1].LaunchedAt);
        Assert.Equal(run.Now + run[1].Rule.Timeout, run[1].DeadlineAt);
        Assert.Equal(101, run[1].IssueNumber);
    }

    [Fact]
    public void Apply_WhenALaunchIsConfirmedTwice_DoesNotPushTheDeadline()
    {
        RunDriver run = RunDriver.Executed().Start(1);
        PhaseState before = run[1];

        run.Wait(TimeSpan.FromMinutes(5)).Launch(1);

        Assert.Equal(before, run[1]);
        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
    }

    [Fact]
    public void Apply_WhenALaunchFails_GivesTheSlotBackAndFailsThePhase()
    {
        RunDriver run = RunDriver.Executed().Grant(1).Apply(new LaunchFailed(1, 1, "No such workflow."));

        Assert.Equal([Failed, Blocked, Blocked, Blocked, Blocked], run.Statuses());
        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal("No such workflow.", run[1].Error);
    }

    [Fact]
    public void Apply_WhenALaunchMayHaveStartedTheAgent_StopsItBeforeTheSlotIsGivenOn()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2, RetryBackoff = TimeSpan.Zero }).Grant(1)
            .Apply(new LaunchFailed(1, 1, "No answer.", MayHaveStarted: true));

        Assert.Equal(Running, run[1].Status);
        Assert.Equal([new StopAgent(1, 1, run[1].Rule.WorkflowType)], run.Last.Effects);

        run.Apply(new AgentStopped(1, 1, Confirmed: true));

        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal("No answer.", run[1].Error);
        Assert.Equal(2, run[1].Attempt);
    }

    [Fact]
    public void Apply_WhenALaunchMayHaveStartedTheAgentOfACancelledPhase_StillStopsIt()
    {
        RunDriver run = RunDriver.Single().Grant(1).Command(CommandKind.CancelPhase, phase: 1)
            .Apply(new LaunchFailed(1, 1, "No answer.", MayHaveStarted: true));

        Assert.Equal([new StopAgent(1, 1, run[1].Rule.WorkflowType)], run.Last.Effects);
        Assert.Equal(Cancelled, run.Apply(new AgentStopped(1, 1, Confirmed: true))[1].Status);
    }

    [Fact]
    public void Apply_WhenARepeatedLaunchFails_KeepsTheSlotOfTheAgentThatWorks()
    {
        RunDriver run = RunDriver.Executed().Start(1).Apply(new LaunchFailed(1, 1, "Timed out."));

        Assert.Equal(Running, run[1].Status);
        Assert.Empty(run.Last.Effects);
        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
    }

    [Fact]
    public void Apply_WhenALateLaunchIsConfirmed_KeepsItsIssueAndNothingElse()
    {
        RunDriver run = RunDriver.Single().Grant(1).Report(1).Launch(1);

        Assert.Equal(101, run[1].IssueNumber);
        Assert.Equal(MessageOutcome.Stale, run.Last.Outcome);
        Assert.Equal(Completed, run[1].Status);
    }

    [Fact]
    public void Apply_WhenTheRunIsLoaded_AsksAgainForAllThatItWaitsFor()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Start(2).Grant(3).Command(CommandKind.CancelPhase, 2).Apply(new Loaded());

        Assert.Equal([Completed, Running, Running, Queued, Ready], run.Statuses());
        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal([run.Request(2), run.Request(3), run.Request(5)], run.Requested);
        Assert.Equal([new StopAgent(2, 1, "external"), new LaunchPhase(3, 1, "external")], run.Last.Effects.Skip(1));
    }

    [Fact]
    public void Apply_WhenTheSweepSuspectsALostRequest_AsksForSlotsAgainAndForNothingElse()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Grant(3).Command(CommandKind.Reconcile);

        Assert.Equal([run.Request(2), run.Request(3), run.Request(5)], run.Requested.OrderBy(r => r.QueueId, StringComparer.Ordinal));
        Assert.Single(run.Last.Effects);
    }

    [Fact]
    public void Apply_WhenAGrantIsForNoPhaseOfTheFeature_GivesItBack()
    {
        RunDriver run = RunDriver.Executed().Grant(99);

        Assert.Equal([RunDriver.Release(99, mayReturn: true)], run.Released);
        Assert.Equal(MessageOutcome.Stale, run.Last.Outcome);
    }
}
