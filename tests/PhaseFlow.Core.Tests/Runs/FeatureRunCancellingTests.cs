using PhaseFlow.Core.Runs;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureRunCancellingTests
{
    [Fact]
    public void Apply_WhenAPlannedFeatureIsCancelled_EndsAtOnce()
    {
        RunDriver run = RunDriver.Planned().Command(CommandKind.Cancel);

        Assert.Equal(FeatureStatus.Cancelled, run.Run.Status);
        Assert.All(run.Statuses(), s => Assert.Equal(Cancelled, s));
        Assert.Equal(MessageOutcome.Ignored, run.Execute().Last.Outcome);
    }

    [Fact]
    public void Apply_WhenAPhaseOfAPlannedFeatureIsCancelled_BlocksWhatDependsOnIt()
    {
        RunDriver run = RunDriver.Planned().Command(CommandKind.CancelPhase, phase: 2);

        Assert.Equal(FeatureStatus.Planned, run.Run.Status);
        Assert.Equal([Queued, Cancelled, Queued, Blocked, Queued], run.Statuses());
    }

    [Fact]
    public void Apply_WhenAFeatureIsCancelled_StopsWhatRunsAndLeavesTheLine()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Start(2).Command(CommandKind.Cancel, reason: "not wanted");

        Assert.Equal([Completed, Running, Cancelled, Cancelled, Cancelled], run.Statuses());
        Assert.Equal([RunDriver.Release(3, fromLine: true), RunDriver.Release(5, fromLine: true)], run.Released);
        Assert.Equal([new StopAgent(2, 1, "external")], run.Last.Effects.Skip(1));
        Assert.Equal(FeatureStatus.InProgress, run.Run.Status);
        Assert.True(run.Run.Cancelling);
        Assert.Equal("Cancelled: not wanted", run[3].Error);
    }

    [Fact]
    public void Apply_WhenTheLastAgentOfACancelledFeatureIsGone_EndsIt()
    {
        RunDriver run = RunDriver.Executed().Start(1).Command(CommandKind.Cancel).Apply(new AgentStopped(1, 1, Confirmed: true));

        Assert.Equal(FeatureStatus.Cancelled, run.Run.Status);
        Assert.Equal(Cancelled, run[1].Status);
        Assert.Equal([RunDriver.Release(1)], run.Released);
    }

    [Theory]
    [InlineData(true, Completed)]
    [InlineData(false, Cancelled)]
    public void Apply_WhenAnAgentReportsWhileItIsCancelled_BelievesASuccessOnly(bool completed, PhaseStatus expected)
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 3 }).Start(1).Command(CommandKind.CancelPhase, 1).Report(1, completed);

        Assert.Equal(expected, run[1].Status);
    }

    [Fact]
    public void Apply_WhenALateWordComesToACancelledFeature_StaysCancelled()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Start(2).Report(2, completed: false).Start(3).Command(CommandKind.Cancel).Left(5)
            .Apply(new AgentStopped(3, 1, Confirmed: true));
        Assert.Equal(FeatureStatus.Cancelled, run.Run.Status);

        run.Apply(new AgentStopped(3, 1, Confirmed: true));

        Assert.Equal(FeatureStatus.Cancelled, run.Run.Status);
    }

    [Fact]
    public void Apply_WhenAFinishedFeatureIsCancelled_Refuses()
    {
        RunDriver run = RunDriver.Single().Complete(1).Command(CommandKind.Cancel);

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.Equal(FeatureStatus.Completed, run.Run.Status);
    }

    [Fact]
    public void Apply_WhenAPhaseIsCancelled_BlocksWhatDependsOnIt()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Command(CommandKind.CancelPhase, 2);

        Assert.Equal([Completed, Cancelled, Ready, Blocked, Ready], run.Statuses());
        Assert.Equal([RunDriver.Release(2, fromLine: true)], run.Released);
    }

    [Fact]
    public void Apply_WhenABlockedPhaseIsCancelled_IsBlockedNoMore()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Start(2).Report(2, completed: false).Command(CommandKind.CancelPhase, 4, "moot");

        Assert.Equal(Cancelled, run[4].Status);
        Assert.Equal("moot", run[4].Error);
    }

    [Fact]
    public void Apply_WhenItHadItsSlotBeforeTheCancellation_StopsItsAgentBeforeItGivesTheSlotBack()
    {
        RunDriver run = RunDriver.Single().Command(CommandKind.Cancel, reason: "not wanted").Grant(1);

        Assert.Equal([new StopAgent(1, 1, "external")], run.Last.Effects);
        Assert.Equal((Running, StopReason.Cancelled, FeatureStatus.InProgress), (run[1].Status, run[1].Stopping, run.Run.Status));
        Assert.Equal([RunDriver.Release(1)], run.Apply(new AgentStopped(1, 1, Confirmed: true)).Released);
        Assert.Equal((Cancelled, "Cancelled: not wanted", FeatureStatus.Cancelled), (run[1].Status, run[1].Error, run.Run.Status));
    }

    [Fact]
    public void Apply_WhenAGrantComesAfterTheCancellation_GivesItBack()
    {
        RunDriver run = RunDriver.Executed().Command(CommandKind.CancelPhase, 1).Left(1).Grant(1);

        Assert.Equal([RunDriver.Release(1, mayReturn: true)], run.Released);
        Assert.Single(run.Last.Effects);
        Assert.Equal(Cancelled, run[1].Status);
    }

    [Fact]
    public void Apply_WhenACancelledFeatureIsRetried_RunsWhatWasNotCompleted()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Command(CommandKind.Cancel).Left(2).Left(3).Left(5).Command(CommandKind.Retry);

        Assert.Equal([Completed, Ready, Ready, Queued, Ready], run.Statuses());
        Assert.Equal(FeatureStatus.InProgress, run.Run.Status);
    }

    /// <summary>A person who cancelled what stood in line was told that it is cancelled, and that it is retried: it had been given its slot in that moment.</summary>
    [Theory]
    [InlineData(CommandKind.Cancel, CommandKind.Retry)]
    [InlineData(CommandKind.CancelPhase, CommandKind.RetryPhase)]
    [InlineData(CommandKind.Cancel, CommandKind.RetryPhase)]
    [InlineData(CommandKind.CancelPhase, CommandKind.Retry)]
    public void Apply_WhenWhatIsBeingCancelledIsAskedForAgain_StopsItsAgentAndGoesOnWithTheNext(CommandKind cancel, CommandKind retry)
    {
        RunDriver run = RunDriver.Single().Grant(1).Command(cancel, 1).Command(retry, 1);
        Assert.Equal((MessageOutcome.Applied, Running), (run.Last.Outcome, run[1].Status));
        Assert.Empty(run.Last.Effects);

        run.Launch(1).Apply(new AgentStopped(1, 1, Confirmed: true));

        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal([run.Request(1, attempt: 2)], run.Requested);
        Assert.Equal((Ready, 2, FeatureStatus.InProgress, null), (run[1].Status, run[1].Attempt, run.Run.Status, run[1].Error));
    }

    [Fact]
    public void Apply_WhenACancelledFeatureIsRetriedBeforeItsAgentsAreGone_RunsWhatWasNotCompleted()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Start(2).Command(CommandKind.Suspend).Command(CommandKind.Cancel).Command(CommandKind.Retry)
            .Left(3).Left(5).Apply(new AgentStopped(2, 1, Confirmed: true));

        Assert.Equal([Completed, Ready, Ready, Queued, Ready], run.Statuses());
        Assert.Equal((FeatureStatus.InProgress, false), (run.Run.Status, run.Run.Cancelling));
    }

    [Fact]
    public void Apply_WhenItIsRetriedAndCancelledOnceMore_EndsAsCancelled()
    {
        RunDriver run = RunDriver.Single().Start(1).Command(CommandKind.CancelPhase, 1).Command(CommandKind.RetryPhase, 1).Command(CommandKind.CancelPhase, 1)
            .Apply(new AgentStopped(1, 1, Confirmed: true));

        Assert.Equal((Cancelled, FeatureStatus.Cancelled), (run[1].Status, run.Run.Status));
    }

    [Fact]
    public void Apply_WhenACancelledAgentCannotBeStopped_TakesASecondCancelForTheWordThatItIsGone()
    {
        RunDriver run = RunDriver.Single().Start(1).Command(CommandKind.Cancel);
        Assert.Equal(MessageOutcome.Applied, run.Command(CommandKind.CancelPhase, 1).Last.Outcome);
        Assert.Equal(Running, run[1].Status);

        run.Apply(new AgentStopped(1, 1, Confirmed: false, "connection refused"));
        Assert.Null(FeatureActions.Refusal(run.Run, CommandKind.CancelPhase, 1));
        run.Command(CommandKind.CancelPhase, 1);

        Assert.Equal(Cancelled, run[1].Status);
        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal(FeatureStatus.Cancelled, run.Run.Status);
    }

    [Fact]
    public void Apply_WhenAnAgentThatIsLateCannotBeStopped_IsToldAgainByTheFirstCancel()
    {
        RunDriver run = RunDriver.Single().Start(1);
        run.Wait(run[1].Rule.Timeout).Apply(new AgentStopped(1, 1, Confirmed: false, "connection refused")).Command(CommandKind.CancelPhase, 1);

        Assert.Equal([new StopAgent(1, 1, "external")], run.Last.Effects);
        Assert.Equal(Running, run[1].Status);
    }

    [Fact]
    public void Apply_WhenALateAttemptIsCancelled_CountsAsCancelled()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 3 }).Start(1);

        run.Wait(run[1].Rule.Timeout).Command(CommandKind.CancelPhase, 1).Apply(new AgentStopped(1, 1, Confirmed: true));

        Assert.Equal(Cancelled, run[1].Status);
    }
}
