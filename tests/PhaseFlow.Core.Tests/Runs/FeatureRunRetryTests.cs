using PhaseFlow.Core.Runs;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureRunRetryTests
{
    [Fact]
    public void Apply_WhenAttemptsAreLeft_WaitsForTheBackoffBeforeTheNext()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2 }).Start(1).Report(1, completed: false, error: "Flaky.");

        Assert.Equal(Queued, run[1].Status);
        Assert.Equal(run.Now + TimeSpan.FromSeconds(30), run.Run.NextWake());
        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Empty(run.Requested);
    }

    [Fact]
    public void Apply_WhenTheBackoffIsOver_AsksForASlotForTheNextAttempt()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2 }).Start(1).Report(1, completed: false);

        Assert.Equal(Queued, run.Wait(TimeSpan.FromSeconds(29))[1].Status);
        Assert.Equal(Ready, run.Wait(TimeSpan.FromSeconds(1))[1].Status);
        Assert.Equal([run.Request(1, attempt: 2)], run.Requested);
    }

    [Fact]
    public void Apply_WhenAttemptsFailOneAfterAnother_DoublesTheBackoffUpToAnHour()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 10 });
        var waits = new List<TimeSpan>();
        for (int attempt = 1; attempt < 10; attempt++)
        {
            run.Start(1, attempt).Report(1, completed: false, attempt);
            waits.Add(run.Run.NextWake()!.Value - run.Now);
            run.Wait(waits[^1]);
        }

        Assert.Equal([30, 60, 120, 240, 480, 960, 1920, 3600, 3600], waits.Select(w => w.TotalSeconds));
    }

    [Fact]
    public void Apply_WhenThereIsNoBackoff_AsksForTheNextAttemptInTheSameExchange()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2, RetryBackoff = TimeSpan.Zero }).Start(1).Report(1, completed: false);

        Assert.Equal([RunDriver.Release(1)], run.Released);
        Assert.Equal([run.Request(1, attempt: 2)], run.Requested);
        Assert.Equal(Ready, run[1].Status);
    }

    [Fact]
    public void Apply_WhenTheLastAttemptFails_FailsThePhase()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2, RetryBackoff = TimeSpan.Zero })
            .Start(1).Report(1, completed: false).Start(1, attempt: 2).Report(1, completed: false, attempt: 2);

        Assert.Equal(Failed, run[1].Status);
        Assert.Equal(FeatureStatus.Failed, run.Run.Status);
    }

    [Fact]
    public void Apply_WhenAFailedFeatureIsRetried_RunsWhatFailedAndWhatThatBlockedAndKeepsTheRest()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Start(2).Report(2, completed: false).Complete(3, 5);
        Assert.Equal(FeatureStatus.Failed, run.Run.Status);

        run.Command(CommandKind.Retry);

        Assert.Equal([Completed, Ready, Completed, Queued, Completed], run.Statuses());
        Assert.Equal([run.Request(2, attempt: 2)], run.Requested);
        Assert.Equal(FeatureStatus.InProgress, run.Run.Status);
        Assert.Equal(FeatureStatus.Completed, run.Start(2, attempt: 2).Report(2, attempt: 2).Complete(4).Run.Status);
    }

    [Fact]
    public void Apply_WhenTheFirstPhaseIsRetried_RunsItAgainBeforeAllThatItBlocked()
    {
        RunDriver run = RunDriver.Executed().Start(1).Report(1, completed: false).Command(CommandKind.RetryPhase, 1);

        Assert.Equal([Ready, Queued, Queued, Queued, Queued], run.Statuses());
        Assert.Equal([Completed, Ready, Ready, Queued, Ready], run.Start(1, attempt: 2).Report(1, attempt: 2).Statuses());
    }

    [Fact]
    public void Apply_WhenRetried_GivesTheWholeBudgetAgain()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2 })
            .Start(1).Report(1, completed: false).Wait(TimeSpan.FromSeconds(30)).Start(1, attempt: 2).Report(1, completed: false, attempt: 2)
            .Command(CommandKind.Retry).Start(1, attempt: 3).Report(1, completed: false, attempt: 3);

        Assert.Equal(Queued, run[1].Status);
        Assert.Equal(4, run[1].AttemptBudget);
        Assert.Equal(run.Now + TimeSpan.FromSeconds(30), run.Run.NextWake());
    }

    [Fact]
    public void Apply_WhenNothingHasFailed_RefusesARetry()
    {
        RunDriver run = RunDriver.Executed().Command(CommandKind.Retry);

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.Equal("nothing has failed or was cancelled", run.Last.Reason);
    }

    [Theory]
    [InlineData(2)] // blocked
    [InlineData(99)] // not there
    public void Apply_WhenThePhaseHasNotFailed_RefusesToRetryIt(int phase)
    {
        RunDriver run = RunDriver.Executed().Start(1).Report(1, completed: false).Command(CommandKind.RetryPhase, phase);

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.Equal([Failed, Blocked, Blocked, Blocked, Blocked], run.Statuses());
    }
}
