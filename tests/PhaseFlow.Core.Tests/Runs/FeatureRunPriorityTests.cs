using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using Xunit;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureRunPriorityTests
{
    private const int Urgent = 10;

    [Fact]
    public void Prioritize_WhenThePhaseIsInTheLine_AsksAgainForTheSameAttempt()
    {
        RunDriver run = RunDriver.Executed();

        Prioritize(run, 1);

        Assert.Equal(run.Request(1) with { Priority = Urgent }, Assert.Single(run.Requested));
        Assert.Empty(run.Released);
        Assert.Equal((PhaseStatus.Ready, 1, Urgent), (run[1].Status, run[1].Attempt, run[1].Priority));
    }

    [Fact]
    public void Prioritize_WhenThePhaseWaitsForOthers_AsksWithItOnceItMayStart()
    {
        RunDriver run = RunDriver.Executed();

        Prioritize(run, 2);
        Assert.Empty(run.Requested);
        run.Complete(1);

        Assert.Equal([Urgent, PhaseLimits.DefaultPriority, PhaseLimits.DefaultPriority], run.Requested.Select(r => r.Priority));
    }

    [Fact]
    public void Prioritize_WhenTheRunIsLoadedAgain_IsAskedForWithTheSamePriority()
    {
        RunDriver run = RunDriver.Executed();
        Prioritize(run, 1);

        run.Apply(new Loaded());

        Assert.Equal(Urgent, Assert.Single(run.Requested).Priority);
    }

    [Fact]
    public void Prioritize_WhenTheNextAttemptWaits_StillCounts()
    {
        RunDriver run = RunDriver.Single(p => p with { MaxAttempts = 2, RetryBackoff = TimeSpan.Zero });
        Prioritize(run, 1);

        run.Start(1).Report(1, completed: false);

        Assert.Equal(run.Request(1, attempt: 2) with { Priority = Urgent }, Assert.Single(run.Requested));
    }

    [Fact]
    public void Prioritize_WhenItComesTwice_ChangesNothing()
    {
        RunDriver run = RunDriver.Executed();
        Prioritize(run, 2);
        FeatureRun before = run.Run;

        run.Apply(new FeatureCommand(0, CommandKind.Prioritize) { Phase = 2, Priority = Urgent });

        Assert.Equal(before, run.Run);
        Assert.Empty(run.Last.Effects);
    }

    [Fact]
    public void Prioritize_WhenThePhaseHoldsItsSlot_IsIgnored()
    {
        RunDriver run = RunDriver.Executed().Start(1);

        Prioritize(run, 1);

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.Null(run[1].Priority);
        Assert.Empty(run.Requested);
    }

    [Fact]
    public void Prioritize_WhenThePhaseLeavesTheLine_StillWaitsForTheLimitersWord()
    {
        RunDriver run = RunDriver.Executed().Command(CommandKind.Suspend);
        Prioritize(run, 1);

        run.Grant(1);

        Assert.Empty(run.Released);
        Assert.Equal((PhaseStatus.Running, StopReason.Withdrawn), (run[1].Status, run[1].Stopping));
    }

    [Fact]
    public void Prioritize_WhenItNamesNoPriority_IsIgnored() =>
        Assert.Equal(MessageOutcome.Ignored, RunDriver.Executed().Command(CommandKind.Prioritize, 1).Last.Outcome);

    private static void Prioritize(RunDriver run, int phase) =>
        run.Apply(new FeatureCommand(100 + phase, CommandKind.Prioritize) { Phase = phase, Priority = Urgent });
}
