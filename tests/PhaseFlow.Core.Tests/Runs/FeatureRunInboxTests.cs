using System.Collections.Immutable;
using System.Text.Json;
using PhaseFlow.Core.Runs;
using Xunit;
using static PhaseFlow.Core.Runs.PhaseStatus;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class FeatureRunInboxTests
{
    [Fact]
    public void Add_WhenEntriesComeInAnyOrder_ContainsEachAndForgetsThoseBehind()
    {
        InboxPosition position = InboxPosition.Start.Add(3).Add(1).Add(5);
        Assert.Equal(1, position.Through);
        Assert.Equal([3L, 5L], position.Beyond.ToArray());

        position = position.Add(2);

        Assert.Equal(3, position.Through);
        Assert.Equal([5L], position.Beyond.ToArray());
        Assert.True(position.Contains(2));
        Assert.False(position.Contains(4));
    }

    [Fact]
    public void Add_WhenTheEntryIsKnown_IsTheSame()
    {
        InboxPosition position = InboxPosition.Start.Add(1).Add(3);

        Assert.Same(position, position.Add(1));
        Assert.Same(position, position.Add(3));
    }

    [Fact]
    public void Apply_WhenACommandComesTwice_ObeysOnce()
    {
        RunDriver run = RunDriver.Executed();
        var suspend = new FeatureCommand(40, CommandKind.Suspend);

        run.Apply(suspend).Command(CommandKind.Resume).Apply(suspend);

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.Equal(FeatureStatus.InProgress, run.Run.Status);
    }

    [Fact]
    public void Apply_WhenACommandIsRefused_IsReadAllTheSame()
    {
        RunDriver run = RunDriver.Executed().Apply(new FeatureCommand(40, CommandKind.Resume));

        Assert.Equal(MessageOutcome.Ignored, run.Last.Outcome);
        Assert.True(run.Run.Inbox.Contains(40));
    }

    [Fact]
    public void Apply_WhenAMessageIsNotStored_LeavesTheInboxAlone()
    {
        RunDriver run = RunDriver.Executed();
        InboxPosition before = run.Run.Inbox;

        run.Apply(new FeatureCommand(0, CommandKind.Reconcile)).Apply(new FeatureCommand(0, CommandKind.Reconcile));

        Assert.Equal(MessageOutcome.Applied, run.Last.Outcome);
        Assert.Same(before, run.Run.Inbox);
    }

    [Fact]
    public void Apply_WhenSomethingChanges_CountsTheVersionUpAndOtherwiseNot()
    {
        RunDriver run = RunDriver.Executed();
        long version = run.Run.Version;

        Assert.Equal(version, run.Apply(new Launched(1, 9, null)).Run.Version);
        Assert.Equal(version + 1, run.Grant(1).Run.Version);
    }

    [Fact]
    public void FeatureRun_WhenStoredAndReadAgain_SaysTheSameAndForgetsWhatWasInFlight()
    {
        RunDriver run = RunDriver.Executed(p => p with { MaxAttempts = 2, HeartbeatTimeout = TimeSpan.FromMinutes(3) })
            .Complete(1).Start(2).Report(2, completed: false).Grant(3).Apply(new FeatureCommand(90, CommandKind.Suspend));

        FeatureRun read = JsonSerializer.Deserialize<FeatureRun>(JsonSerializer.Serialize(run.Run))!;

        Assert.Equal(JsonSerializer.Serialize(run.Run), JsonSerializer.Serialize(read));
        Assert.Equal(run.Run.NextWake(), read.NextWake());
        Assert.Equal(ImmutableArray.Create(90L), read.Inbox.Beyond.AsEnumerable());
        Assert.Equal(InFlight.Launch, run[3].Pending);
        Assert.All(read.Phases.Values, p => Assert.Equal(InFlight.None, p.Pending));
    }

    [Fact]
    public void SaysTheSameAs_WhenOnlyWhatIsInFlightDiffers_IsTrue()
    {
        PhaseState phase = RunDriver.Executed()[1];

        Assert.True(phase.SaysTheSameAs(phase with { Pending = InFlight.None }));
        Assert.False(phase.SaysTheSameAs(phase with { Status = Running }));
    }

    [Fact]
    public void LacksBefore_WhenSomethingIsLeftOut_IsTrueForWhatFollows()
    {
        InboxPosition position = InboxPosition.Start.Add(1).Add(2).Add(4);

        Assert.Equal([false, false, true, true], new long[] { 2, 3, 5, 6 }.Select(position.LacksBefore));
        Assert.False(position.Add(3).LacksBefore(5));
    }
}
