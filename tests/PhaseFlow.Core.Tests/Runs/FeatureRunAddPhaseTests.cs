using PhaseFlow.Core.Runs;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureRunAddPhaseTests
{
    private static readonly PhaseRule Free = new();

    [Fact]
    public void Apply_WhenAPhaseIsAddedToARunningFeature_AsksForASlotForIt()
    {
        RunDriver run = RunDriver.Executed().Command(CommandKind.AddPhase, 6, rule: Free);

        Assert.Equal([run.Request(6)], run.Requested);
    }

    [Fact]
    public void Apply_WhenTheAddedPhaseDependsOnAnOpenOne_WaitsForThat()
    {
        RunDriver run = RunDriver.Executed().Command(CommandKind.AddPhase, 6, rule: new PhaseRule { DependsOn = [1] });

        Assert.Equal(Queued, run[6].Status);
        Assert.Equal(Ready, run.Complete(1)[6].Status);
    }

    /// <summary>It was added behind one that the run has refused since: it would wait for ever.</summary>
    [Fact]
    public void Apply_WhenTheAddedPhaseDependsOnOneThatIsNotThere_RefusesIt()
    {
        RunDriver run = RunDriver.Executed().Command(CommandKind.AddPhase, 7, rule: new PhaseRule { DependsOn = [1, 6] });

        Assert.Equal((MessageOutcome.Ignored, 5), (run.Last.Outcome, run.Run.Phases.Count));
    }

    [Fact]
    public void Apply_WhenTheAddedPhaseDependsOnAFailedOne_BlocksIt()
    {
        RunDriver run = RunDriver.Executed().Complete(1).Start(2).Report(2, completed: false)
            .Command(CommandKind.AddPhase, 6, rule: new PhaseRule { DependsOn = [4] });

        Assert.Equal(Blocked, run[6].Status);
    }

    [Fact]
    public void Apply_WhenAPhaseIsAddedJustAsItsFeatureEnds_RunsIt()
    {
        RunDriver run = RunDriver.Single().Complete(1).Command(CommandKind.AddPhase, 2, rule: Free);

        Assert.Equal(FeatureStatus.InProgress, run.Run.Status);
        Assert.Equal([run.Request(2)], run.Requested);
        Assert.Equal(FeatureStatus.Completed, run.Complete(2).Run.Status);
    }

    [Fact]
    public void Apply_WhenTheFeatureIsCancelled_AddsNothing()
    {
        RunDriver run = RunDriver.Executed().Command(CommandKind.Cancel).Command(CommandKind.AddPhase, 6, rule: Free);

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.False(run.Run.Phases.ContainsKey(6));
    }

    [Fact]
    public void Apply_WhenTheNumberIsTaken_AddsNothing()
    {
        RunDriver run = RunDriver.Executed().Command(CommandKind.AddPhase, 1, rule: Free);

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.Equal(5, run.Run.Phases.Count);
    }
}
