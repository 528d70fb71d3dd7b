using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureRunApprovalTests
{
    [Fact]
    public void Apply_WhenAPhaseNeedsApproval_WaitsForItWithoutASlot()
    {
        RunDriver run = WithApproval();

        Assert.Equal([AwaitingApproval, Queued, Queued, Queued, Queued], run.Statuses());
        Assert.Empty(run.Last.Effects);
    }

    [Fact]
    public void Apply_WhenApproved_AsksForASlot()
    {
        RunDriver run = WithApproval().Command(CommandKind.Approve, 1);

        Assert.Equal(Ready, run[1].Status);
        Assert.Equal([run.Request(1)], run.Requested);
    }

    [Theory]
    [InlineData(null, "Approval was denied.")]
    [InlineData("too costly", "Approval was denied: too costly")]
    public void Apply_WhenDenied_FailsThePhaseAndBlocksTheRest(string? reason, string error)
    {
        RunDriver run = WithApproval().Command(CommandKind.Deny, 1, reason);

        Assert.Equal([Failed, Blocked, Blocked, Blocked, Blocked], run.Statuses());
        Assert.Equal(error, run[1].Error);
        Assert.Equal(FeatureStatus.Failed, run.Run.Status);
    }

    [Fact]
    public void Apply_WhenADeniedPhaseIsRetried_AsksForApprovalAgain()
    {
        Assert.Equal(AwaitingApproval, WithApproval().Command(CommandKind.Deny, 1).Command(CommandKind.Retry)[1].Status);
    }

    [Fact]
    public void Apply_WhenAnApprovedPhaseIsRetried_HoldsTheApproval()
    {
        RunDriver run = WithApproval().Command(CommandKind.Approve, 1).Start(1).Report(1, completed: false).Command(CommandKind.Retry);

        Assert.Equal(Ready, run[1].Status);
    }

    [Fact]
    public void Apply_WhenApprovedWhileSuspended_WaitsForTheResumption()
    {
        RunDriver run = WithApproval().Command(CommandKind.Suspend).Command(CommandKind.Approve, 1);

        Assert.Equal(Queued, run[1].Status);
        Assert.Equal(Ready, run.Command(CommandKind.Resume)[1].Status);
    }

    [Theory]
    [InlineData(CommandKind.Approve)]
    [InlineData(CommandKind.Deny)]
    public void Apply_WhenThePhaseWaitsForNoApproval_RefusesADecision(CommandKind decision)
    {
        RunDriver run = RunDriver.Executed().Command(decision, 1);

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.Equal(Ready, run[1].Status);
    }

    private static RunDriver WithApproval() =>
        RunDriver.Executed(p => p.Number == 1 ? p with { Approval = ApprovalMode.Required } : p);
}
