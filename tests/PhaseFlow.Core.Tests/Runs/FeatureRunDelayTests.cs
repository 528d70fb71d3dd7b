using PhaseFlow.Core.Runs;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureRunDelayTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(40);

    [Fact]
    public void Apply_WhenALaunchMustWait_KeepsItsSlotAndItsAttemptAndSaysWhy()
    {
        RunDriver run = Delayed(RunDriver.Single());

        Assert.Equal((Running, 1, 1), (run[1].Status, run[1].Attempt, run[1].Slot));
        Assert.Empty(run.Last.Effects);
        Assert.Equal(run.Now + Pause, run.Run.NextWake());
        Assert.Equal("waits 40m to be launched: GitHub asks for a pause", WaitReason.For(run.Run, run[1], null, run.Now));
    }

    [Fact]
    public void Apply_WhenTheWaitIsOver_LaunchesTheSameAttempt()
    {
        RunDriver run = Delayed(RunDriver.Single()).Wait(Pause);

        Assert.Equal([new LaunchPhase(1, 1, "external")], run.Last.Effects);
        Assert.Null(WaitReason.For(run.Run, run[1], null, run.Now));
        Assert.NotNull(run.Launch(1)[1].LaunchedAt);
    }

    [Fact]
    public void Apply_WhenTheWaitIsNotOver_LaunchesNothing()
    {
        RunDriver run = Delayed(RunDriver.Single()).Wait(Pause / 2);

        Assert.Empty(run.Last.Effects);
        Assert.Equal("waits 20m to be launched: GitHub asks for a pause", WaitReason.For(run.Run, run[1], null, run.Now));
    }

    [Fact]
    public void Apply_WhenTheWaitIsLongerThanTheTimeout_DoesNotCountAgainstIt()
    {
        RunDriver run = Delayed(RunDriver.Single(p => p with { Timeout = TimeSpan.FromMinutes(1) })).Wait(Pause);

        Assert.Equal([new LaunchPhase(1, 1, "external")], run.Last.Effects);
        Assert.Equal(run.Now + TimeSpan.FromMinutes(1), run[1].DeadlineAt);
    }

    [Fact]
    public void Apply_WhenTheMomentHasPassed_StillWaitsALittle()
    {
        RunDriver run = RunDriver.Single().Grant(1);

        run.Apply(new LaunchDelayed(1, 1, run.Now - Pause, "GitHub asks for a pause"));

        Assert.Equal(run.Now + FeatureRun.ShortestDelay, run.Run.NextWake());
    }

    [Fact]
    public void Apply_WhenTheRunIsLoadedMeanwhile_GoesOnWaiting()
    {
        RunDriver run = Delayed(RunDriver.Single()).Apply(new Loaded());

        Assert.DoesNotContain(run.Last.Effects, e => e is LaunchPhase);
        Assert.Equal([new LaunchPhase(1, 1, "external")], run.Wait(Pause).Last.Effects);
    }

    [Fact]
    public void Apply_WhenAWaitingLaunchIsCancelled_IsStoppedAndForgetsTheWait()
    {
        RunDriver run = Delayed(RunDriver.Single()).Command(CommandKind.CancelPhase, 1);

        Assert.Equal([new StopAgent(1, 1, "external")], run.Last.Effects);
        run.Apply(new AgentStopped(1, 1, Confirmed: true));
        Assert.Equal((Cancelled, null, null), (run[1].Status, run[1].NotBefore, run[1].DelayedBy));
        Assert.Equal([RunDriver.Release(1)], run.Released);
    }

    [Fact]
    public void Apply_WhenTheIssueExistsByThen_KeepsIt()
    {
        RunDriver run = RunDriver.Single().Grant(1);

        run.Apply(new LaunchDelayed(1, 1, run.Now + Pause, "GitHub asks for a pause", IssueNumber: 200));

        Assert.Equal(200, run[1].IssueNumber);
    }

    [Fact]
    public void Apply_WhenTheDelayIsToldTwice_ChangesNothing()
    {
        RunDriver run = Delayed(RunDriver.Single());
        PhaseState once = run[1];

        run.Apply(new LaunchDelayed(1, 1, run.Now + (2 * Pause), "again"));

        Assert.Equal(once, run[1]);
        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
    }

    [Fact]
    public void Apply_WhenTheDelayComesAfterTheLaunch_ChangesNothing()
    {
        RunDriver run = RunDriver.Single().Start(1);
        PhaseState launched = run[1];

        run.Apply(new LaunchDelayed(1, 1, run.Now + Pause, "late"));

        Assert.Equal(launched, run[1]);
    }

    [Fact]
    public void Apply_WhenTheDelayIsOfAPastAttempt_IsStale()
    {
        RunDriver run = RunDriver.Single().Start(1).Report(1);

        run.Apply(new LaunchDelayed(1, 1, run.Now + Pause, "late"));

        Assert.Equal(MessageOutcome.Stale, run.Last.Outcome);
        Assert.Equal((Completed, null), (run[1].Status, run[1].NotBefore));
    }

    private static RunDriver Delayed(RunDriver run)
    {
        run.Grant(1);
        return run.Apply(new LaunchDelayed(1, 1, run.Now + Pause, "GitHub asks for a pause"));
    }
}
