using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Telemetry;

namespace PhaseFlow.Functions.Tests.Telemetry;

public sealed class RunChangesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly PhaseState Ready = new() { Number = 1, Rule = new PhaseRule(), Status = PhaseStatus.Ready, Attempt = 1, AttemptBudget = 2, ReadyAt = Noon };
    private static readonly PhaseState Running = Ready with { Status = PhaseStatus.Running, Slot = 2, StartedAt = Noon.AddSeconds(7) };

    [Fact]
    public void Changes_WhenAnAttemptGetsItsSlot_SayHowLongItWaited()
    {
        RunChanges changes = Between(Ready, Running);

        Assert.Equal([new AttemptWait(TimeSpan.FromSeconds(7), "external")], changes.Waits);
        Assert.Empty(changes.Ends);
    }

    [Fact]
    public void Changes_WhenAWorkingAttemptOnlyMovesOn_SayNothing()
    {
        RunChanges changes = Between(Running, Running with { LaunchedAt = Noon.AddSeconds(8), IssueNumber = 3 });

        Assert.Empty(changes.Waits);
        Assert.Empty(changes.Ends);
        Assert.Empty(changes.Usages);
        Assert.False(changes.HasSpans);
    }

    [Theory]
    [InlineData(PhaseStatus.Completed, "completed", null)]
    [InlineData(PhaseStatus.Failed, "failed", "no")]
    [InlineData(PhaseStatus.Cancelled, "cancelled", "no")]
    [InlineData(PhaseStatus.Queued, "failed", "no")] // another attempt follows after a backoff
    public void Changes_WhenAnAttemptGivesItsSlotBack_SayHowItEnded(PhaseStatus status, string outcome, string? error)
    {
        RunChanges changes = Between(Running, Running with { Status = status, Slot = null, FinishedAt = Noon.AddMinutes(5), Error = "no" });

        Assert.Equal([new AttemptEnd(1, 1, 2, "external", Noon.AddSeconds(7), Noon.AddMinutes(5), outcome, error)], changes.Ends);
        Assert.Equal(status != PhaseStatus.Queued, changes.Settled.Count == 1);
    }

    [Fact]
    public void Changes_WhenTheNextAttemptIsReadyAlready_StillTellTheEndOfTheLast()
    {
        RunChanges changes = Between(Running, Ready with { Attempt = 2, ReadyAt = Noon.AddMinutes(5), Error = "no" });

        Assert.Equal([new AttemptEnd(1, 1, 2, "external", Noon.AddSeconds(7), Noon.AddMinutes(5), "failed", "no")], changes.Ends);
        Assert.Empty(changes.Waits);
    }

    [Fact]
    public void Changes_WhenTheNextAttemptWorksAlready_TellTheEndOfTheLastAndTheWaitOfTheNext()
    {
        RunChanges changes = Between(Running, Running with { Attempt = 2, ReadyAt = Noon.AddMinutes(5), StartedAt = Noon.AddMinutes(6), Error = "no" });

        Assert.Equal(Noon.AddMinutes(5), Assert.Single(changes.Ends).EndedAt);
        Assert.Equal([new AttemptWait(TimeSpan.FromMinutes(1), "external")], changes.Waits);
    }

    [Fact]
    public void Changes_WhenAnAttemptBeginsAndEndsInOne_TellBoth()
    {
        RunChanges changes = Between(Ready, Running with { Status = PhaseStatus.Completed, Slot = null, FinishedAt = Noon.AddSeconds(9) });

        Assert.Equal([new AttemptWait(TimeSpan.FromSeconds(7), "external")], changes.Waits);
        Assert.Equal([new AttemptEnd(1, 1, null, "external", Noon.AddSeconds(7), Noon.AddSeconds(9), "completed", null)], changes.Ends);
    }

    [Fact]
    public void Changes_WhenAPhaseIsCancelledBetweenItsAttempts_DoNotTellTheLastOneAgain()
    {
        PhaseState queued = Running with { Status = PhaseStatus.Queued, Slot = null, FinishedAt = Noon.AddMinutes(5) };

        RunChanges changes = Between(queued, queued with { Status = PhaseStatus.Cancelled, FinishedAt = Noon.AddMinutes(6) });

        Assert.Empty(changes.Ends);
        Assert.Single(changes.Settled);
    }

    [Fact]
    public void Changes_WhenAReportSaysWhatItUsed_TellWhatThatAdds()
    {
        RunChanges changes = Between(Running with { Usage = new AgentUsage(10, 1, 0.5m) }, Running with { Usage = new AgentUsage(110, 21, 0.75m) });

        Assert.Equal([(new AgentUsage(100, 20, 0.25m), "external")], changes.Usages);
    }

    [Fact]
    public void Changes_WhenTheFeatureIsOver_SayItOnce()
    {
        PhaseState done = Running with { Status = PhaseStatus.Completed, FinishedAt = Noon };

        Assert.True(Between(Running, done, FeatureStatus.InProgress, FeatureStatus.Completed).IsFinished);
        Assert.False(Between(done, done with { IssueNumber = 1 }, FeatureStatus.Completed, FeatureStatus.Completed).IsFinished);
    }

    private static RunChanges Between(PhaseState was, PhaseState phase, FeatureStatus before = FeatureStatus.InProgress, FeatureStatus after = FeatureStatus.InProgress) => new(
        new FeatureRun { FeatureId = 104, Status = before, Phases = PhaseTable.Of([was]) },
        new RunPublication(104, 1, after, Cancelling: false, InboxPosition.Start, [phase], []),
        Noon.AddHours(1));
}
