using PhaseFlow.Core.Runs;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureRunSuspendingTests
{
    [Fact]
    public void Apply_WhenAFeatureIsSuspended_LeavesTheLineAndLetsWhatRunsGoOn()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Start(2).Command(CommandKind.Suspend);

        Assert.Equal([Completed, Running, Queued, Queued, Queued], run.Statuses());
        Assert.Equal([RunDriver.Release(3, fromLine: true), RunDriver.Release(5, fromLine: true)], run.Released);
        Assert.Equal(FeatureStatus.Suspended, run.Run.Status);
    }

    [Fact]
    public void Apply_WhenAPhaseOfASuspendedFeatureCompletes_StartsNothingNew()
    {
        RunDriver run = RunDriver.Executed().Start(1).Command(CommandKind.Suspend).Report(1);

        Assert.Equal([Completed, Queued, Queued, Queued, Queued], run.Statuses());
        Assert.Empty(run.Requested);
    }

    [Fact]
    public void Apply_WhenResumed_AsksForASlotUnderAnAttemptOfItsOwn()
    {
        RunDriver run = RunDriver.Executed().Command(CommandKind.Suspend).Command(CommandKind.Resume);
        Assert.Empty(run.Requested);

        run.Left(1);

        Assert.Equal([run.Request(1, attempt: 2)], run.Requested);
        Assert.Equal(FeatureStatus.InProgress, run.Run.Status);
    }

    [Fact]
    public void Apply_WhenItHadItsSlotBeforeTheSuspension_StopsItsAgentBeforeItGivesTheSlotBack()
    {
        RunDriver run = RunDriver.Executed().Command(CommandKind.Suspend).Grant(1);

        Assert.Equal([new StopAgent(1, 1, "external")], run.Last.Effects);
        Assert.Equal((Running, StopReason.Withdrawn), (run[1].Status, run[1].Stopping));
        Assert.Equal([RunDriver.Release(1)], run.Apply(new AgentStopped(1, 1, Confirmed: true)).Released);
        Assert.Equal((Queued, null), (run[1].Status, run[1].Error));
        Assert.Equal([run.Request(1, attempt: 2)], run.Command(CommandKind.Resume).Requested);
    }

    [Fact]
    public void Apply_WhenAGrantComesAfterTheSuspension_GivesItBack()
    {
        RunDriver run = RunDriver.Executed().Command(CommandKind.Suspend).Left(1).Grant(1);

        Assert.Equal([RunDriver.Release(1, mayReturn: true)], run.Released);
        Assert.Single(run.Last.Effects);
        Assert.Equal(Queued, run[1].Status);
    }

    [Fact]
    public void Apply_WhenAGrantFromBeforeTheSuspensionComesAfterTheResumption_LaunchesNothing()
    {
        // The limiter has given that slot to somebody else by now.
        RunDriver run = RunDriver.Executed().Command(CommandKind.Suspend).Left(1).Command(CommandKind.Resume).Grant(1, attempt: 1);

        Assert.DoesNotContain(run.Last.Effects, e => e is LaunchPhase);
        Assert.Equal(Ready, run[1].Status);
        Assert.Equal(Running, run.Grant(1, attempt: 2)[1].Status);
    }

    [Fact]
    public void Apply_WhenSuspendedBeforeTheLaunch_CountsNoAttemptAgainstTheBudget()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2 }).Command(CommandKind.Suspend).Left(1).Command(CommandKind.Resume)
            .Start(1, attempt: 2).Report(1, completed: false, attempt: 2);

        Assert.Equal(Queued, run[1].Status);
        Assert.Equal(run.Now + TimeSpan.FromSeconds(30), run.Run.NextWake());
    }

    [Fact]
    public void Apply_WhenTheLastPhaseOfASuspendedFeatureCompletes_CompletesIt()
    {
        Assert.Equal(FeatureStatus.Completed, RunDriver.Single().Start(1).Command(CommandKind.Suspend).Report(1).Run.Status);
    }

    [Fact]
    public void Apply_WhenABackoffEndsDuringTheSuspension_StartsAfterTheResumption()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2 }).Start(1).Report(1, completed: false)
            .Command(CommandKind.Suspend).Wait(TimeSpan.FromMinutes(1));
        Assert.Equal(Queued, run[1].Status);
        Assert.Null(run.Run.NextWake());

        Assert.Equal(Ready, run.Command(CommandKind.Resume)[1].Status);
    }

    [Theory]
    [InlineData(CommandKind.Suspend)]
    [InlineData(CommandKind.Resume)]
    public void Apply_WhenTheFeatureIsNotExecuted_CannotSuspendOrResumeIt(CommandKind kind)
    {
        RunDriver run = RunDriver.Planned().Command(kind);

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.Equal(FeatureStatus.Planned, run.Run.Status);
    }
}
