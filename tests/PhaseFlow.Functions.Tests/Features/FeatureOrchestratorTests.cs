using Microsoft.DurableTask;
using Moq;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Remote;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Features;

public sealed class FeatureOrchestratorTests
{
    private static readonly (int, int[])[] Sample = [(1, []), (2, [1]), (3, [1]), (4, [2, 3]), (5, [1])];

    [Fact]
    public async Task RunAsync_WhenTheFeatureIsUnknown_EndsWithoutAStatus()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample));
        harness.Context.Setup(c => c.CallActivityAsync<LoadedRun?>(It.IsAny<TaskName>(), It.IsAny<object?>(), It.IsAny<TaskOptions?>())).ReturnsAsync((LoadedRun?)null);

        Assert.Null(await harness.Start());
    }

    [Fact]
    public void RunAsync_WhenAPhaseIsReady_TakesASlotAndLaunches()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample));

        Task run = harness.Start();

        Assert.False(run.IsCompleted);
        Assert.Equal([nameof(LoadRunActivity), nameof(LaunchAgentActivity)], harness.Activities.Select(a => a.Name).Take(2));
        Assert.Equal([1], harness.Launched);
        Assert.Equal("queue-104-1", Assert.Single(harness.Ledger.Held).QueueId);
    }

    [Fact]
    public void RunAsync_WhenAPhaseCompletes_GivesItsSlotBackAndTakesTheNextInOneExchange()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample));
        _ = harness.Start();

        harness.Report(seq: 1, phase: 1);

        Assert.Equal(2, harness.Exchanges.Count);
        Assert.Equal("queue-104-1", Assert.Single(harness.Exchanges[1].Released).QueueId);
        Assert.Equal(["queue-104-2", "queue-104-3", "queue-104-5"], harness.Exchanges[1].Requested.Select(r => r.QueueId));
        Assert.Equal([1, 2, 3, 5], harness.Launched);
    }

    [Fact]
    public void RunAsync_WhenALowerPhaseTakesTheSlotOfAHigherOne_PublishesTheReleaseFirst()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf((1, [2]), (2, []), (3, [])), capacity: 2);
        _ = harness.Start();

        harness.Report(seq: 1, phase: 2);

        RunPublication publication = harness.Published.First(p => p.Settled.Length > 0);
        Assert.Equal([(2, PhaseStatus.Completed), (1, PhaseStatus.Running)], publication.Phases.Select(p => (p.Number, p.Status)));
    }

    [Fact]
    public async Task RunAsync_WhenEveryPhaseReports_EndsCompletedWithEverythingPublished()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample));
        Task<FeatureStatus?> run = harness.Start();

        long seq = 0;
        foreach (int phase in new[] { 1, 2, 3, 5, 4 })
        {
            harness.Report(++seq, phase);
        }

        Assert.Equal(FeatureStatus.Completed, await run);
        Assert.Equal(FeatureStatus.Completed, harness.Published[^1].Status);
        Assert.Empty(harness.Ledger.Held);
        Assert.Equal([1, 2, 3, 4, 5], harness.Published.SelectMany(p => p.Settled).Select(s => s.Seq));
        Assert.All(harness.Timers, t => Assert.True(t.Fire.Task.IsCompleted));
    }

    [Fact]
    public void RunAsync_WhenTheSameReportComesTwice_AppliesItOnce()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample));
        _ = harness.Start();

        harness.Report(seq: 1, phase: 1);
        harness.Report(seq: 1, phase: 1);

        Assert.Equal(2, harness.Exchanges.Count);
        Assert.Equal(MessageOutcome.Applied, Assert.Single(harness.Published.SelectMany(p => p.Settled)).Outcome);
    }

    [Fact]
    public void RunAsync_WhenAGrantBelongsToAnotherFeature_ForwardsIt()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample), capacity: 1);
        _ = harness.Start();
        harness.Occupy(new SlotRequest("queue-7-1", 1, 7, 10, harness.Now));

        harness.Report(seq: 1, phase: 1);

        harness.Context.Verify(
            c => c.SendEvent("feature-7", FeatureEvents.SlotGranted, It.Is<object>(g => ((SlotGrant)g).QueueId == "queue-7-1")), Times.Once);
        Assert.Equal([1], harness.Launched);
    }

    [Fact]
    public void RunAsync_WhenAGrantBelongsToAnotherFeature_PublishesFirstWhoGaveTheSlotBack()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample), capacity: 1);
        bool? published = null;
        harness.Context.Setup(c => c.SendEvent("feature-7", FeatureEvents.SlotGranted, It.IsAny<object>())).Callback(() =>
            published = harness.Published.SelectMany(p => p.Phases).Any(p => p is { Number: 1, Status: PhaseStatus.Completed }));
        _ = harness.Start();
        harness.Occupy(new SlotRequest("queue-7-1", 1, 7, 10, harness.Now));

        harness.Report(seq: 1, phase: 1);

        Assert.True(published);
    }

    [Fact]
    public void RunAsync_WhenASlotGoesFromAPhaseToAnother_PublishesFirstWhoGaveItBack()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf((1, [2]), (2, [])), capacity: 1);
        _ = harness.Start();

        harness.Report(seq: 1, phase: 2);

        RunPublication handover = Assert.Single(harness.Published, p => p.Phases.Any(s => s is { Number: 2, Status: PhaseStatus.Completed }));
        Assert.Equal(
            [(2, PhaseStatus.Completed), (1, PhaseStatus.Running)], handover.Phases.Select(p => (p.Number, p.Status)));
    }

    [Fact]
    public void RunAsync_WhenAGrantComesAsAnEvent_Launches()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample), capacity: 1);
        harness.Occupy(new SlotRequest("queue-7-1", 1, 7, 10, harness.Now));
        _ = harness.Start();
        Assert.Empty(harness.Launched);

        harness.Raise(FeatureEvents.SlotGranted, new SlotGrant(1, "queue-104-1", 1, 104));

        Assert.Equal([1], harness.Launched);
    }

    [Fact]
    public async Task RunAsync_WhenTheDeadlinePasses_StopsTheAgentAndFailsThePhase()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(p => p with { Timeout = TimeSpan.FromSeconds(2) }, Sample));
        Task<FeatureStatus?> run = harness.Start();

        harness.FireTimer();

        Assert.Contains(harness.Activities, a => a.Name == nameof(CancelAgentActivity));
        Assert.Equal(FeatureStatus.Failed, await run);
        PhaseState failed = harness.Published[^1].Phases.Single(p => p.Number == 1);
        Assert.Equal("The agent did not report within its timeout of 2s.", failed.Error);
        Assert.Empty(harness.Ledger.Held);
    }

    [Fact]
    public async Task RunAsync_WhenTheAgentCannotBeTold_KeepsTheSlotSaysWhyAndTellsItAgain()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample))
        {
            OnStop = () => throw new TaskFailedException(nameof(CancelAgentActivity), 7, new TaskFailureDetails("(unknown)", "Connection refused", null, null, null)),
        };
        Task<FeatureStatus?> run = harness.Start();
        harness.FireTimer();
        harness.FireTimer();
        PhaseState stuck = harness.Published[^1].Phases.Single(p => p.Number == 1);
        Assert.Equal((true, "Connection refused"), (stuck.CannotBeStopped, stuck.DelayedBy));
        Assert.Single(harness.Ledger.Held);

        harness.OnStop = () => true;
        harness.FireTimer();

        Assert.Equal(3, harness.Activities.Count(a => a.Name == nameof(CancelAgentActivity)));
        Assert.Equal(FeatureStatus.Failed, await run);
        Assert.Empty(harness.Ledger.Held);
    }

    [Fact]
    public async Task RunAsync_WhenTheLauncherRefuses_FailsThePhaseWithItsReason()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample)) { OnLaunch = _ => new LaunchResult(201, "no such command") };

        Task<FeatureStatus?> run = harness.Start();

        Assert.Equal(FeatureStatus.Failed, await run);
        PhaseState failed = harness.Published[^1].Phases.Single(p => p.Number == 1);
        Assert.Equal("no such command", failed.Error);
        Assert.Equal(201, failed.IssueNumber);
    }

    [Fact]
    public async Task RunAsync_WhenALaunchThrows_StopsWhatMayHaveStartedAndFailsThePhaseWithItsReason()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample))
        {
            OnLaunch = _ => throw new TaskFailedException("LaunchAgentActivity", 7, new TaskFailureDetails("(unknown)", "boom", null, null, null)),
        };

        Task<FeatureStatus?> run = harness.Start();

        Assert.Equal(FeatureStatus.Failed, await run);
        Assert.Contains(nameof(CancelAgentActivity), harness.Activities.Select(a => a.Name));
        Assert.Equal("The agent could not be launched: boom", harness.Published[^1].Phases.Single(p => p.Number == 1).Error);
    }

    [Fact]
    public void RunAsync_WhenTheLaunchMustWait_AsksAgainWithItsSlotOnceTheTimeHasCome()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample));
        DateTimeOffset until = harness.Now.AddMinutes(10);
        harness.OnLaunch = _ => new LaunchResult(201, Error: null) { Delay = new RemoteDelay(until, "dispatches are rationed") };
        _ = harness.Start();
        PhaseState waiting = harness.Published[^1].Phases.Single(p => p.Number == 1);
        Assert.Equal((PhaseStatus.Running, 201), (waiting.Status, waiting.IssueNumber));
        Assert.Equal((until, "dispatches are rationed"), (waiting.NotBefore, waiting.DelayedBy));

        harness.OnLaunch = r => new LaunchResult(r.IssueNumber, Error: null);
        Assert.Equal(until, harness.FireTimer());

        Assert.Equal([1, 1], harness.Launched);
        PhaseState launched = harness.Published[^1].Phases.Single(p => p.Number == 1);
        Assert.Equal((1, 201, null), (launched.Attempt, launched.IssueNumber, launched.DelayedBy));
        Assert.Equal(1, harness.Ledger.Held.Single().Attempt);
    }

    [Fact]
    public async Task RunAsync_WhenACommentMustWait_PostsItLaterAndThenEnds()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf((1, [])));
        DateTimeOffset until = harness.Now.AddHours(1);
        harness.OnComment = () => new RemoteDelay(until, "comments are rationed");
        Task<FeatureStatus?> run = harness.Start();
        harness.Report(seq: 1, phase: 1);
        Assert.False(run.IsCompleted);
        Assert.Equal(FeatureStatus.Completed, harness.Published[^1].Status);

        harness.OnComment = () => null;
        Assert.Equal(until, harness.FireTimer());

        Assert.Equal(FeatureStatus.Completed, await run);
        Assert.Equal(2, harness.Activities.Count(a => a.Name == nameof(PostCommentActivity)));
    }

    [Fact]
    public async Task RunAsync_WhenACommentIsPutOffForMoreThanADay_EndsWithoutIt()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf((1, [])));
        harness.OnComment = () => new RemoteDelay(harness.Now.AddHours(25), "comments are rationed");
        Task<FeatureStatus?> run = harness.Start();

        harness.Report(seq: 1, phase: 1);

        Assert.Equal(FeatureStatus.Completed, await run);
    }

    [Fact]
    public void RunAsync_WhenAnEventWasLost_TakesItsEntryFromTheNextPublication()
    {
        var lost = new InboxEntry(104, 1, DateTimeOffset.UnixEpoch) { Report = new AgentReport(1, 1, 1, Completed: true) };
        bool told = false;
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample))
        {
            OnPublish = p => !told && p.Phases.Any(x => x.LaunchedAt is not null) ? Tell() : [],
        };

        _ = harness.Start();

        Assert.Equal([1, 2, 3, 5], harness.Launched);

        System.Collections.Immutable.ImmutableArray<InboxEntry> Tell()
        {
            told = true;
            return [lost];
        }
    }

    [Fact]
    public void RunAsync_WhenTheInboxHoldsACommand_ObeysItFirst()
    {
        FeatureRun planned = OrchestrationHarness.RunOf(Sample) with { Status = FeatureStatus.Planned };
        var execute = new InboxEntry(104, 1, DateTimeOffset.UnixEpoch) { Command = new FeatureCommand(1, CommandKind.Execute) };
        var harness = new OrchestrationHarness(planned, capacity: 3, execute);

        _ = harness.Start();

        Assert.Equal([1], harness.Launched);
    }

    [Fact]
    public void RunAsync_WhenTheHistoryGrowsLong_ContinuesAsNewAndKeepsEvents()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample));
        Task<FeatureStatus?> run = harness.Start();

        for (int i = 0; !run.IsCompleted && i < 10 * RunInterpreter.MessagesPerGeneration; i++)
        {
            harness.Raise(FeatureEvents.Command, new FeatureCommand(0, CommandKind.Reconcile));
        }

        harness.Context.Verify(c => c.ContinueAsNew(new FeatureInput(104) { KeepsOrder = true }, true), Times.Once);
        Assert.Equal("queue-104-1", Assert.Single(harness.Ledger.Held).QueueId);
    }

    [Fact]
    public void RunAsync_WhenAnEventOvertakesAnother_AppliesBothInTheOrderOfTheInbox()
    {
        InboxEntry[] open =
        [
            .. new[] { CommandKind.Suspend, CommandKind.Resume }.Select((kind, index) =>
                new InboxEntry(104, index + 1, DateTimeOffset.UnixEpoch) { Command = new FeatureCommand(index + 1, kind) }),
        ];
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample));
        _ = harness.Start();
        harness.OnPublish = publication => [.. open.Where(e => !publication.Inbox.Contains(e.Seq))];

        harness.Raise(FeatureEvents.Command, open[1].Command!);
        harness.Raise(FeatureEvents.Command, open[0].Command!);

        Assert.Equal(
            [(1L, MessageOutcome.Applied), (2L, MessageOutcome.Applied)],
            harness.Published.SelectMany(p => p.Settled).Select(s => (s.Seq, s.Outcome)));
        Assert.Equal(FeatureStatus.InProgress, harness.Published[^1].Status);
    }

    [Fact]
    public void RunAsync_WhenItPublishes_NamesTheVersionThatItGoesOnFrom()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample) with { Version = 7 });
        _ = harness.Start();

        harness.Report(seq: 1, phase: 1);

        Assert.Equal(7, harness.Published[0].Base);
        Assert.Equal(harness.Published.SkipLast(1).Select(p => (long?)p.Version), harness.Published.Skip(1).Select(p => p.Base));
    }

    [Fact]
    public async Task RunAsync_WhenWhatIsStoredIsNotWhatItGoesOnFrom_StartsOverFromTheStore()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf((1, [])), capacity: 1);
        Task<FeatureStatus?> run = harness.Start();
        harness.Occupy(new SlotRequest("queue-105-1", 1, 105, 50, harness.Now));
        harness.OnPublish = _ => null;

        harness.Report(seq: 1, phase: 1);

        Assert.Equal(FeatureStatus.Completed, await run);
        harness.Context.Verify(c => c.ContinueAsNew(new FeatureInput(104) { StartsOver = true, KeepsOrder = true }, true), Times.Once);
        harness.Context.Verify(c => c.SendEvent("feature-105", FeatureEvents.SlotGranted, new SlotGrant(1, "queue-105-1", 1, 105)), Times.Once);
        Assert.All(harness.Timers, t => Assert.True(t.Fire.Task.IsCompleted));
    }

    [Fact]
    public void RunAsync_WhenItStartsOver_IsToldOfASlotThatItDoesNotKnowOf()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf((1, []), (2, [1])), capacity: 2);
        harness.Context.Setup(c => c.GetInput<FeatureInput>()).Returns(new FeatureInput(104) { StartsOver = true, KeepsOrder = true });
        harness.Occupy(new SlotRequest("queue-104-2", 1, 104, 50, harness.Now));

        _ = harness.Start();

        var stopped = (CancelRequest)harness.Activities.Single(a => a.Name == nameof(CancelAgentActivity)).Input!;
        Assert.Equal((2, 1), (stopped.Agent.PhaseNumber, stopped.Agent.Attempt));
        Assert.Equal("queue-104-1", Assert.Single(harness.Ledger.Held).QueueId);
    }

    [Fact]
    public void RunAsync_WhateverHappens_WaitsOncePerEventAndNeverCancels()
    {
        var harness = new OrchestrationHarness(OrchestrationHarness.RunOf(Sample));
        _ = harness.Start();

        harness.Report(seq: 1, phase: 1);
        harness.Report(seq: 2, phase: 2);

        // Three waits at the start, and one more for each event that was taken.
        harness.Context.Verify(c => c.WaitForExternalEvent<AgentReport>(FeatureEvents.WorkflowCompleted, CancellationToken.None), Times.Exactly(3));
        harness.Context.Verify(c => c.WaitForExternalEvent<SlotGrant>(FeatureEvents.SlotGranted, CancellationToken.None), Times.Once);
        harness.Context.Verify(c => c.WaitForExternalEvent<FeatureCommand>(FeatureEvents.Command, CancellationToken.None), Times.Once);
    }
}
