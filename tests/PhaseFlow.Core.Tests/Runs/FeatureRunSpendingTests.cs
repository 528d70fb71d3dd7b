using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureRunSpendingTests
{
    [Fact]
    public void Apply_WhenTheCapIsReached_AsksAPersonBeforeAnythingStarts()
    {
        RunDriver run = RunDriver.Executed(cap: 5).Start(1).Report(1, cost: 5);

        Assert.Equal([Completed, AwaitingApproval, AwaitingApproval, Queued, AwaitingApproval], run.Statuses());
        Assert.Empty(run.Requested);
    }

    [Theory]
    [InlineData(5.0, 4.9999)]
    [InlineData(null, 1_000_000.0)]
    public void Apply_WhenTheCapIsNotReached_StartsWhatFollows(double? cap, double cost)
    {
        RunDriver run = RunDriver.Executed(cap: (decimal?)cap).Start(1).Report(1, cost: (decimal)cost);

        Assert.Equal([Completed, Ready, Ready, Queued, Ready], run.Statuses());
    }

    [Fact]
    public void Apply_WhenTheCapIsReached_LeavesTheLineAndLetsWhatRunsGoOn()
    {
        RunDriver run = InLine(5).Report(2, cost: 6);

        Assert.Equal([RunDriver.Release(2), RunDriver.Release(5, fromLine: true)], run.Released);
        Assert.Equal([Completed, Completed, Running, Queued, AwaitingApproval], run.Left(5).Statuses());
        Assert.Empty(run.Requested);
    }

    [Fact]
    public void Apply_WhenSeveralAttemptsTogetherReachTheCap_CountsThemAll()
    {
        RunDriver run = RunDriver.Executed(p => p.Number == 1 ? p with { MaxAttempts = 3, RetryBackoff = TimeSpan.Zero } : p, cap: 5)
            .Start(1).Report(1, completed: false, cost: 2)
            .Start(1, attempt: 2).Report(1, completed: false, attempt: 2, cost: 2);
        Assert.Equal(Ready, run[1].Status);

        run.Start(1, attempt: 3).Report(1, attempt: 3, cost: 1);

        Assert.Equal([Completed, AwaitingApproval, AwaitingApproval, Queued, AwaitingApproval], run.Statuses());
    }

    [Fact]
    public void Apply_WhenAGrantComesAfterTheCapWasReached_GivesItBack()
    {
        RunDriver run = InLine(5).Report(2, cost: 6).Left(5).Grant(5);

        Assert.Equal([RunDriver.Release(5, mayReturn: true)], run.Released);
        Assert.DoesNotContain(run.Last.Effects, e => e is LaunchPhase);
        Assert.Equal(AwaitingApproval, run[5].Status);
    }

    [Fact]
    public void Apply_WhenThePhaseIsApproved_AsksForASlotUnderAnAttemptOfItsOwn()
    {
        RunDriver run = InLine(5).Report(2, cost: 6).Left(5).Command(CommandKind.Approve, 5);

        Assert.Equal([run.Request(5, attempt: 2)], run.Requested);
        Assert.True(run[5].MayPassCap);
    }

    [Fact]
    public void Apply_WhenOnePhaseIsApproved_StillAsksForTheOthers()
    {
        RunDriver run = RunDriver.Executed(cap: 5).Start(1).Report(1, cost: 5).Command(CommandKind.Approve, 2).Command(CommandKind.Approve, 3);
        Assert.Equal([Completed, Ready, Ready, Queued, AwaitingApproval], run.Statuses());

        run.Complete(2, 3);

        Assert.Equal([Completed, Completed, Completed, AwaitingApproval, AwaitingApproval], run.Statuses());
    }

    [Fact]
    public void Apply_WhenAnApprovedPhaseFails_LetsItsFurtherAttemptsPassToo()
    {
        RunDriver run = RunDriver.Single(Retrying, cap: 1).Start(1).Report(1, completed: false, cost: 1);
        Assert.Equal(AwaitingApproval, run[1].Status);

        run.Command(CommandKind.Approve, 1).Start(1, attempt: 2).Report(1, completed: false, attempt: 2, cost: 1);

        Assert.Equal((Ready, 3), (run[1].Status, run[1].Attempt));
    }

    [Fact]
    public void Apply_WhenTheBackoffOfAFailureThatReachedTheCapEnds_Asks()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2 }, cap: 1).Start(1).Report(1, completed: false, cost: 1);
        Assert.Equal(Queued, run[1].Status);

        Assert.Equal(AwaitingApproval, run.Wait(TimeSpan.FromMinutes(1))[1].Status);
        Assert.Null(run.Run.NextWake());
    }

    [Fact]
    public void Apply_WhenAPhaseWasApprovedBeforeTheCapWasReached_AsksAgain()
    {
        RunDriver run = RunDriver.Executed(p => p.Number == 5 ? p with { Approval = ApprovalMode.Required } : p, cap: 5)
            .Complete(1).Command(CommandKind.Approve, 5).Start(2);
        Assert.Equal((Ready, false), (run[5].Status, run[5].MayPassCap));

        run.Report(2, cost: 5).Left(5);

        Assert.Equal(AwaitingApproval, run[5].Status);
        Assert.Equal(Ready, run.Command(CommandKind.Approve, 5)[5].Status);
    }

    [Fact]
    public void Apply_WhenDenied_FailsThePhaseAndBlocksTheRest()
    {
        RunDriver run = RunDriver.Executed(cap: 5).Start(1).Report(1, cost: 5).Command(CommandKind.Deny, 2, "too costly");

        Assert.Equal([Completed, Failed, AwaitingApproval, Blocked, AwaitingApproval], run.Statuses());
        Assert.Equal("Approval was denied: too costly", run[2].Error);
        Assert.Equal(AwaitingApproval, run.Command(CommandKind.RetryPhase, 2)[2].Status);
    }

    [Fact]
    public void Apply_WhenSuspendedWithTheCapReached_AsksAfterTheResumption()
    {
        RunDriver run = RunDriver.Executed(cap: 5).Start(1).Command(CommandKind.Suspend).Report(1, cost: 5);
        Assert.Equal([Completed, Queued, Queued, Queued, Queued], run.Statuses());

        Assert.Equal([Completed, AwaitingApproval, AwaitingApproval, Queued, AwaitingApproval], run.Command(CommandKind.Resume).Statuses());
    }

    [Fact]
    public void Apply_WhenAnAttemptThatIsOverTellsACost_CountsItForNothing()
    {
        RunDriver run = RunDriver.Single(Retrying, cap: 1).Start(1).Report(1, completed: false);

        run.Report(1, attempt: 1, cost: 100);

        Assert.Equal(MessageOutcome.Stale, run.Last.Outcome);
        Assert.Equal((Ready, 2), (run[1].Status, run[1].Attempt));
    }

    [Fact]
    public void Apply_WhenTheRunIsReadAgainWithTheCapReached_AsksForNoSlot()
    {
        RunDriver run = RunDriver.Executed(cap: 5).Start(1).Report(1, cost: 5).Apply(new Loaded());

        Assert.Empty(run.Requested);
        Assert.Equal([Completed, AwaitingApproval, AwaitingApproval, Queued, AwaitingApproval], run.Statuses());
    }

    /// <summary>Phase 1 is completed, 2 and 3 run, and 5 waits for a slot.</summary>
    private static RunDriver InLine(decimal cap) => RunDriver.Executed(cap: cap).Complete(1).Start(2).Start(3);

    private static PhasePlan Retrying(PhasePlan phase) => phase with { MaxAttempts = 3, RetryBackoff = TimeSpan.Zero };
}
