using PhaseFlow.Core.Runs;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureRunReportsTests
{
    [Fact]
    public void Apply_WhenAPhaseCompletes_GivesItsSlotBackAndAsksForWhatItFreed()
    {
        RunDriver run = RunDriver.Executed().Start(1).Report(1);

        Assert.Equal([Completed, Ready, Ready, Queued, Ready], run.Statuses());
        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal([run.Request(2), run.Request(3), run.Request(5)], run.Requested);
        Assert.Contains(new CommentOutcome(1, 1), run.Last.Effects);
        Assert.Null(run[1].Slot);
        Assert.Null(run[1].DeadlineAt);
    }

    [Fact]
    public void Apply_WhenOnlyOneOfTwoDependenciesIsCompleted_LeavesThePhaseQueued()
    {
        RunDriver run = RunDriver.Executed().Complete(1, 2);

        Assert.Equal(Queued, run[4].Status);
        Assert.Equal(Ready, run.Complete(3)[4].Status);
    }

    [Fact]
    public void Apply_WhenEveryPhaseIsCompleted_CompletesTheFeature()
    {
        RunDriver run = RunDriver.Executed().Complete(1, 2, 3, 5, 4);

        Assert.Equal(FeatureStatus.Completed, run.Run.Status);
        Assert.Null(run.Run.NextWake());
    }

    [Fact]
    public void Apply_WhenAPhaseFails_BlocksAllThatDependsOnIt()
    {
        RunDriver run = RunDriver.Executed().Start(1).Report(1, completed: false, error: "The tests fail.");

        Assert.Equal([Failed, Blocked, Blocked, Blocked, Blocked], run.Statuses());
        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal("The tests fail.", run[1].Error);
        Assert.Equal(FeatureStatus.Failed, run.Run.Status);
    }

    [Fact]
    public void Apply_WhenAPhaseFailsBesideOthers_LetsThoseGoOn()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Start(2).Report(2, completed: false);

        Assert.Equal([Completed, Failed, Ready, Blocked, Ready], run.Statuses());
        Assert.Equal(FeatureStatus.InProgress, run.Run.Status);
    }

    [Fact]
    public void Apply_WhenAReportComesTwice_AppliesItOnce()
    {
        RunDriver run = RunDriver.Executed().Start(1);
        var report = new AgentReport(50, 1, 1, Completed: true) { Usage = new AgentUsage(10, 5, 0.5m) };

        FeatureRun once = run.Apply(report).Run;
        run.Apply(report);

        Assert.Same(once, run.Run);
        Assert.Empty(run.Last.Effects);
        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.Equal(new AgentUsage(10, 5, 0.5m), run[1].Usage);
    }

    [Fact]
    public void Apply_WhenASecondReportOfTheAttemptComes_IsStale()
    {
        RunDriver run = RunDriver.Single().Start(1).Report(1).Report(1, completed: false);

        Assert.Equal(MessageOutcome.Stale, run.Last.Outcome);
        Assert.Equal(Completed, run[1].Status);
        Assert.Equal(FeatureStatus.Completed, run.Run.Status);
    }

    [Fact]
    public void Apply_WhenAReportSpeaksOfAPastAttempt_IsStale()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2, RetryBackoff = TimeSpan.Zero })
            .Start(1).Report(1, completed: false).Start(1, attempt: 2)
            .Report(1, attempt: 1);

        Assert.Equal(MessageOutcome.Stale, run.Last.Outcome);
        Assert.Equal(Running, run[1].Status);
        Assert.Equal(2, run[1].Attempt);
    }

    [Fact]
    public void Apply_WhenAReportComesBeforeTheLaunchIsConfirmed_AppliesIt()
    {
        Assert.Equal(Completed, RunDriver.Single().Grant(1).Report(1)[1].Status);
    }

    [Theory]
    [InlineData(true, Completed)]
    [InlineData(false, Failed)]
    public void Apply_WhenAReportComesForAForgottenGrant_CountsAndGivesTheSlotBack(bool completed, PhaseStatus outcome)
    {
        RunDriver run = RunDriver.Single().Report(1, completed);

        Assert.Equal((MessageOutcome.Applied, outcome), (run.Last.Outcome, run[1].Status));
        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal(outcome, run.Grant(1)[1].Status);
        Assert.Equal([RunDriver.Release(1, mayReturn: true)], run.Released);
        Assert.Empty(run.Last.Effects.OfType<LaunchPhase>());
    }

    [Fact]
    public void Apply_WhenAReportComesWhileTheAgentIsBeingStoppedForItsTime_Counts()
    {
        RunDriver run = RunDriver.Single().Start(1);

        run.Wait(run[1].Rule.Timeout).Report(1);

        Assert.Equal(Completed, run[1].Status);
        Assert.Null(run[1].Error);
    }

    [Fact]
    public void Apply_WhenAReportNamesNoPhaseOfTheFeature_IsStale()
    {
        Assert.Equal(MessageOutcome.Stale, RunDriver.Executed().Report(99).Last.Outcome);
    }

    [Fact]
    public void Apply_WhenAttemptsReportTheirUsage_AddsItUp()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2, RetryBackoff = TimeSpan.Zero })
            .Start(1).Apply(new AgentReport(8, 1, 1, Completed: false) { Usage = new AgentUsage(10, 1, 1m) })
            .Start(1, attempt: 2).Apply(new AgentReport(9, 1, 2, Completed: true) { Usage = new AgentUsage(20, 2, 2m), PrNumber = 5, Summary = "Done." });

        Assert.Equal(new AgentUsage(30, 3, 3m), run[1].Usage);
        Assert.Equal(5, run[1].PrNumber);
        Assert.Equal("Done.", run[1].Summary);
    }
}
