using System.Collections.Immutable;
using System.Text.Json;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Storage;

/// <content>Publications, commands and the change feed.</content>
public abstract partial class PhaseStoreContract
{
    [Fact]
    public async Task Publish_WhenTheRunHasMoved_IsWhatLoadGives()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: [Phase(1), Phase(2, 1)]));
        PhaseState running = State(1, PhaseStatus.Running, 2) with
        {
            AttemptBudget = 3,
            Approved = true,
            Slot = 2,
            ReadyAt = T0,
            StartedAt = T1,
            LaunchedAt = T1.AddTicks(7),
            DeadlineAt = T2,
            HeartbeatDueAt = T2,
            Stopping = StopReason.Silent,
            GraceUntil = T2,
            Error = "first try \"failed\"",
            IssueNumber = 12,
            PrNumber = 13,
            Summary = "half",
            Question = new PhaseQuestion(2, "Which \"port\"?\n😀", T1) { Answer = "8080" },
            Usage = new AgentUsage(1, 2, 3.25m),
        };
        var position = new InboxPosition(3, [5, 7]);

        await store.PublishAsync(
            new RunPublication(id, 4, FeatureStatus.InProgress, Cancelling: true, position, [running], []), T1, None);

        FeatureRun run = (await store.LoadRunAsync(id, None))!.Run;
        Assert.Equal((4L, FeatureStatus.InProgress, true, 10), (run.Version, run.Status, run.Cancelling, run.Priority));
        Assert.Equal(position.Through, run.Inbox.Through);
        Assert.Equal(position.Beyond.AsEnumerable(), run.Inbox.Beyond);
        Assert.Equal(JsonSerializer.Serialize(running), JsonSerializer.Serialize(run.Phases[1]));
        Assert.Equal(PhaseStatus.Queued, run.Phases[2].Status);
        StoredFeature feature = (await store.GetFeatureAsync(id, None))!;
        Assert.Equal(T1, feature.UpdatedAt);
        Assert.Equal([T1, T0], feature.PhaseUpdatedAt.Values);
    }

    [Fact]
    public async Task Publish_WhenItDoesNotFollowWhatIsStored_ChangesNothingAndSaysSo()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        InboxEntry entry = await store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Execute), T0, None);
        RunPublication kept = Publication(id, 5, phases: [State(1, PhaseStatus.Running, 1)]) with { Base = 0 };
        await store.PublishAsync(kept, T1, None);
        int changes = (await ChangesAsync(store)).Length;

        // Both came from the version before: the one that was stored, and one that has forgotten it, as many steps on or more.
        ImmutableArray<InboxEntry>? behind = await store.PublishAsync(
            Publication(id, 6, FeatureStatus.Failed, [State(1, PhaseStatus.Failed, 1)], [new InboxSettlement(1, MessageOutcome.Applied, null)]) with { Base = 0 }, T2, None);
        ImmutableArray<InboxEntry>? repeated = await store.PublishAsync(kept, T2, None);

        Assert.Null(behind);
        Assert.Equal([entry], repeated!.Value.AsEnumerable());
        FeatureRun run = (await store.LoadRunAsync(id, None))!.Run;
        Assert.Equal((5L, FeatureStatus.InProgress, PhaseStatus.Running), (run.Version, run.Status, run.Phases[1].Status));
        Assert.Equal(changes, (await ChangesAsync(store)).Length);
        Assert.NotNull(await store.PublishAsync(Publication(id, 6, phases: [State(1, PhaseStatus.Completed, 1)]) with { Base = 5 }, T2, None));
    }

    [Fact]
    public async Task Publish_WhenTheVersionIsOlder_ChangesNoRowAndNoFeed()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        InboxEntry entry = await store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Execute), T0, None);
        await store.PublishAsync(Publication(id, 5, phases: [State(1, PhaseStatus.Running, 1)]), T1, None);
        int changes = (await ChangesAsync(store)).Length;

        Assert.Null(await store.PublishAsync(Publication(id, 4, FeatureStatus.Failed, [State(1, PhaseStatus.Failed, 1)]), T2, None));

        Assert.Equal([entry], (await store.LoadRunAsync(id, None))!.Inbox.AsEnumerable());
        FeatureRun run = (await store.LoadRunAsync(id, None))!.Run;
        Assert.Equal((5L, FeatureStatus.InProgress, PhaseStatus.Running), (run.Version, run.Status, run.Phases[1].Status));
        Assert.Equal(changes, (await ChangesAsync(store)).Length);
    }

    [Fact]
    public async Task Publish_WhenRepeated_ChangesNothing()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        RunPublication publication = Publication(id, 1, phases: [State(1, PhaseStatus.Ready, 1)]);
        await store.PublishAsync(publication, T1, None);
        int changes = (await ChangesAsync(store)).Length;

        await store.PublishAsync(publication, T2, None);

        Assert.Equal(changes, (await ChangesAsync(store)).Length);
        StoredFeature feature = (await store.GetFeatureAsync(id, None))!;
        Assert.Equal((T1, T1), (feature.UpdatedAt, feature.PhaseUpdatedAt[1]));
    }

    [Fact]
    public async Task Publish_WhenAPhaseWasNeverPlanned_ThrowsAndKeepsNothing()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));

        await Assert.ThrowsAsync<InvalidOperationException>(() => store.PublishAsync(
            Publication(id, 1, phases: [State(1, PhaseStatus.Ready, 1), State(9, PhaseStatus.Ready, 1)]), T1, None));

        Assert.Equal(PhaseStatus.Queued, (await store.LoadRunAsync(id, None))!.Run.Phases[1].Status);
    }

    [Fact]
    public async Task Publish_WhenEntriesAreSettled_GivesThoseThatAreStillOpen()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        InboxEntry first = await store.ReceiveCommandAsync(id, new FeatureCommand(99, CommandKind.Execute), T0, None);
        InboxEntry second = await store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Cancel) { Reason = "no" }, T1, None);
        Assert.Equal([1L, 2L], [first.Seq, second.Seq]);
        Assert.Equal(1, first.Command!.Seq);

        ImmutableArray<InboxEntry>? open = await store.PublishAsync(
            Publication(id, 1, settled: [new InboxSettlement(1, MessageOutcome.Applied, null)]), T2, None);

        Assert.Equal([second], open!.Value.AsEnumerable());
        Assert.Equal([second], (await store.LoadRunAsync(id, None))!.Inbox.AsEnumerable());
        Assert.Equal([second], (await store.ListOpenInboxAsync(T2, None)).AsEnumerable());
        Assert.Equal(MessageOutcome.Applied, await store.GetOutcomeAsync(id, 1, None));
        Assert.Null(await store.GetOutcomeAsync(id, 2, None));
        Assert.Null(await store.GetOutcomeAsync(404, 1, None));
    }

    [Fact]
    public async Task ReceiveCommand_WhenManyComeAtOnce_GivesEachToWhoRaisesIt()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        var kept = new System.Collections.Concurrent.ConcurrentQueue<InboxEntry>();

        InboxEntry[] entries = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Reconcile), T0, kept.Enqueue, None)));

        Assert.Equal(entries.OrderBy(e => e.Seq), kept.OrderBy(e => e.Seq));
        Assert.Equal(Enumerable.Range(1, 8).Select(n => (long)n), kept.Select(e => e.Seq).Order());
    }

    [Fact]
    public async Task ListOpenInbox_WhenEntriesAreYoung_LeavesThemOut()
    {
        IPhaseStore store = await OpenAsync();
        int a = await CreateAsync(store, Plan(phases: Phase(1)));
        int b = await CreateAsync(store, Plan(phases: Phase(1)));
        InboxEntry old = await store.ReceiveCommandAsync(b, new FeatureCommand(0, CommandKind.Execute), T0, None);
        await store.ReceiveCommandAsync(a, new FeatureCommand(0, CommandKind.Execute), T1, None);

        Assert.Equal([old], (await store.ListOpenInboxAsync(T1, None)).AsEnumerable());
    }

    [Fact]
    public async Task ReceiveCommand_WhenTheFeatureIsUnknown_Throws()
    {
        IPhaseStore store = await OpenAsync();

        await Assert.ThrowsAsync<FeatureUnknownException>(
            () => store.ReceiveCommandAsync(404, new FeatureCommand(0, CommandKind.Execute), T0, None));
    }

    [Fact]
    public async Task ReceiveCommand_WhenAPlannedFeatureIsExecuted_ShowsItInProgressAtOnce()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));

        await store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Execute), T1, None);
        await store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Execute), T2, None);

        StoredFeature open = Assert.Single(await store.ListOpenFeaturesAsync(None));
        Assert.Equal(
            (id, FeatureStatus.InProgress, PhaseStatus.Queued, 0L, T1),
            (open.Run.FeatureId, open.Run.Status, open.Run.Phases[1].Status, open.Run.Version, open.UpdatedAt));
        Assert.Equal(FeatureStatus.InProgress, (await store.LoadRunAsync(id, None))!.Run.Status);
        await store.PublishAsync(Publication(id, 1, settled: [new InboxSettlement(1, MessageOutcome.Applied, null)]), T2, None);
        Assert.Equal(
            [(T0, "planned"), (T1, "in_progress")],
            (await ChangesAsync(store)).Select(c => (c.At, JsonDocument.Parse(c.Data).RootElement.GetProperty("status").GetString()!)));
    }

    [Fact]
    public async Task ReceiveCommand_WhenAnotherCommandOrAnotherStatus_ChangesNoStatus()
    {
        IPhaseStore store = await OpenAsync();
        int planned = await CreateAsync(store, Plan(phases: Phase(1)));
        int failed = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.PublishAsync(Publication(failed, 1, FeatureStatus.Failed), T1, None);
        int changes = (await ChangesAsync(store)).Length;

        await store.ReceiveCommandAsync(planned, new FeatureCommand(0, CommandKind.Cancel), T2, None);
        await store.ReceiveCommandAsync(failed, new FeatureCommand(0, CommandKind.Execute), T2, None);

        Assert.Equal(FeatureStatus.Planned, (await store.GetFeatureAsync(planned, None))!.Run.Status);
        Assert.Equal(FeatureStatus.Failed, (await store.GetFeatureAsync(failed, None))!.Run.Status);
        Assert.Equal(changes, (await ChangesAsync(store)).Length);
    }

    [Fact]
    public async Task ReceiveCommand_WhenManyComeAtOnce_NumbersThemWithoutAGap()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));

        InboxEntry[] entries = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            _ => store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Reconcile), T0, None)));

        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), entries.Select(e => e.Seq).Order());
        Assert.Equal(entries.OrderBy(e => e.Seq), (await store.LoadRunAsync(id, None))!.Inbox.AsEnumerable());
    }

    [Fact]
    public async Task ReadChanges_WhenARunMoves_TellsEachChangeOnce()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: [Phase(1), Phase(2)]));
        await store.PublishAsync(
            Publication(id, 1, phases: [State(1, PhaseStatus.Ready, 1), State(2, PhaseStatus.Queued, 0)]), T1, None);
        await store.PublishAsync(Publication(id, 2, phases: [State(1, PhaseStatus.Running, 1)]), T2, None);

        ImmutableArray<Change> changes = await ChangesAsync(store);

        Assert.Equal(
            [
                (ChangePayload.FeatureChanged, null, "planned"),
                (ChangePayload.PhaseChanged, $"queue-{id}-1", "ready"),
                (ChangePayload.FeatureChanged, null, "in_progress"),
                (ChangePayload.PhaseChanged, $"queue-{id}-1", "running"),
            ],
            changes.Select(c => (c.Type, c.QueueId, JsonDocument.Parse(c.Data).RootElement.GetProperty("status").GetString()!)));
        Assert.All(changes, c => Assert.Equal(id, c.FeatureId));
        Assert.Equal([T0, T1, T1, T2], changes.Select(c => c.At));
    }

    [Fact]
    public async Task ReadChanges_WhenReadInPages_MissesAndRepeatsNothing()
    {
        IPhaseStore store = await OpenAsync();
        for (int i = 0; i < 5; i++)
        {
            await CreateAsync(store, Plan());
        }

        var seen = new List<int>();
        ChangePage page = await store.ReadChangesAsync(0, 2, None);
        while (page.Changes.Length > 0)
        {
            seen.AddRange(page.Changes.Select(c => c.FeatureId));
            page = await store.ReadChangesAsync(page.Cursor, 2, None);
        }

        Assert.Equal([1, 2, 3, 4, 5], seen);
        Assert.Equal(page.Cursor, (await store.ReadChangesAsync(page.Cursor, 2, None)).Cursor);
        ChangePage ofAnother = await store.ReadChangesAsync(page.Cursor + 1, 2, None); // of a feed that is gone
        Assert.Equal((page.Cursor, true, true), (ofAnother.Cursor, ofAnother.IsExpired, ofAnother.Changes.IsEmpty));
    }

    [Fact]
    public async Task WaitForChanges_WhenThereIsOneAlready_ReturnsAtOnce()
    {
        IPhaseStore store = await OpenAsync();
        await CreateAsync(store, Plan());

        await store.WaitForChangesAsync(0, TimeSpan.FromHours(1), None).WaitAsync(Generous);
    }

    [Fact]
    public async Task WaitForChanges_WhenOneComes_Wakes()
    {
        IPhaseStore store = await OpenAsync();
        await CreateAsync(store, Plan());
        long cursor = (await store.ReadChangesAsync(0, 10, None)).Cursor;

        Task waiting = store.WaitForChangesAsync(cursor, TimeSpan.FromHours(1), None);
        Assert.False(waiting.IsCompleted);
        await CreateAsync(store, Plan());

        await waiting.WaitAsync(Generous);
    }

    [Fact]
    public async Task WaitForChanges_WhenManyWait_WakesThemAll()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        long cursor = (await store.ReadChangesAsync(0, 10, None)).Cursor;

        Task[] waiting = [.. Enumerable.Range(0, 20).Select(_ => store.WaitForChangesAsync(cursor, TimeSpan.FromHours(1), None))];
        await store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Reconcile), T1, None); // no change
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
        await store.PublishAsync(Publication(id, 1), T1, None);

        await Task.WhenAll(waiting).WaitAsync(Generous);
    }

    [Fact]
    public async Task WaitForChanges_WhenNoneComes_ReturnsAfterTheWait()
    {
        IPhaseStore store = await OpenAsync();

        await store.WaitForChangesAsync(0, TimeSpan.FromMilliseconds(20), None).WaitAsync(Generous);
    }

    [Fact]
    public async Task WaitForChanges_WhenGivenUp_IsCancelled()
    {
        IPhaseStore store = await OpenAsync();
        using var giveUp = new CancellationTokenSource();

        Task waiting = store.WaitForChangesAsync(0, TimeSpan.FromHours(1), giveUp.Token);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Generous));
    }

    [Fact]
    public async Task Check_WhenTheStoreCanBeWritten_Passes()
    {
        IPhaseStore store = await OpenAsync();

        await store.CheckAsync(None);
        await store.CheckAsync(None);

        Assert.Empty(await ChangesAsync(store));
    }
}
