using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Storage;

/// <content>How features and changes go.</content>
public abstract partial class PhaseStoreContract
{
    protected static readonly DateTimeOffset Later = T0.AddDays(31);

    [Fact]
    public async Task ListEndedFeatures_WhenSomeEndedLongAgo_GivesTheOldestFirst()
    {
        IPhaseStore store = await OpenAsync();
        int failed = await EndedAsync(store, FeatureStatus.Failed, T2);
        int completed = await EndedAsync(store, FeatureStatus.Completed, T1);
        int cancelled = await EndedAsync(store, FeatureStatus.Cancelled, T2);
        await EndedAsync(store, FeatureStatus.Completed, Later);
        await CreateAsync(store, Plan(phases: Phase(1)));
        int open = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.PublishAsync(Publication(open, 1), T1, None);

        ImmutableArray<EndedFeature> ended = await store.ListEndedFeaturesAsync(T2.AddSeconds(1), null, 10, None);
        ImmutableArray<EndedFeature> first = await store.ListEndedFeaturesAsync(T2.AddSeconds(1), null, 1, None);
        ImmutableArray<EndedFeature> rest = await store.ListEndedFeaturesAsync(T2.AddSeconds(1), first[^1], 10, None);

        Assert.Equal([new EndedFeature(completed, T1), new EndedFeature(failed, T2), new EndedFeature(cancelled, T2)], ended.AsEnumerable());
        Assert.Equal(ended.AsEnumerable(), [.. first, .. rest]);
        Assert.Empty(await store.ListEndedFeaturesAsync(T1, null, 10, None));
    }

    [Fact]
    public async Task BeginRemoval_WhenTheFeatureEndedLongAgo_MakesItUnknownToEverything()
    {
        IPhaseStore store = await OpenAsync();
        int id = await EndedAsync(store, FeatureStatus.Completed, T1);
        string queueId = QueueId.Format(id, 1);

        Assert.True(await store.BeginRemovalAsync(id, T2, Later, None));

        Assert.Null(await store.GetFeatureAsync(id, None));
        Assert.Null(await store.LoadRunAsync(id, None));
        Assert.Null(await store.GetPhaseBriefAsync(id, 1, None));
        Assert.Empty((await store.ListFeaturesAsync(new FeatureFilter(null, null, null, 10), None)).Items);
        Assert.Empty((await store.ListFeaturesAsync(new FeatureFilter(null, "sockets", null, 10), None)).Items);
        Assert.Empty(await store.ListOpenFeaturesAsync(None));
        Assert.Empty(await store.ListOpenInboxAsync(Later, None));
        Assert.False(await store.HeartbeatAsync(queueId, 1, Later, None));
        Assert.Null(await store.AddPhaseAsync(id, Phase(3), 2, Later, None));
        Assert.False(await store.SetPhasesAsync(id, [Phase(1)], Later, None));
        await Assert.ThrowsAsync<FeatureUnknownException>(() => store.ReceiveReportAsync(Report(id, 1, 1, "d-2"), Later, kept: null, None));
        await Assert.ThrowsAsync<FeatureUnknownException>(() => store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Retry), Later, None));
        await Assert.ThrowsAsync<FeatureUnknownException>(() => store.PublishAsync(Publication(id, 9), Later, None));
        Change removed = (await ChangesAsync(store))[^1];
        Assert.Equal((ChangePayload.FeatureRemoved, id, null), (removed.Type, removed.FeatureId, removed.QueueId));
    }

    [Fact]
    public async Task BeginRemoval_WhenAnythingOfItIsLive_LeavesItAsItIs()
    {
        IPhaseStore store = await OpenAsync();
        int planned = await CreateAsync(store, Plan(phases: Phase(1)));
        int open = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.PublishAsync(Publication(open, 1), T0, None);
        int suspended = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.PublishAsync(Publication(suspended, 1, FeatureStatus.Suspended), T0, None);
        int young = await EndedAsync(store, FeatureStatus.Completed, T2);
        int asked = await EndedAsync(store, FeatureStatus.Failed, T0);
        InboxEntry retry = await store.ReceiveCommandAsync(asked, new FeatureCommand(0, CommandKind.Retry), T1, None);
        int working = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.PublishAsync(Publication(working, 1, FeatureStatus.Cancelled, [State(1, PhaseStatus.Running, 1)]), T0, None);

        foreach (int id in (int[])[planned, open, suspended, young, asked, working, 404])
        {
            Assert.False(await store.BeginRemovalAsync(id, T2, Later, None), $"feature {id}");
        }

        Assert.Equal(6, (await store.ListFeaturesAsync(new FeatureFilter(null, null, null, 10), None)).Total);
        Assert.Equal([retry], (await store.LoadRunAsync(asked, None))!.Inbox.AsEnumerable());
        Assert.Empty(await store.ListRemovalsAsync(10, None));
    }

    [Fact]
    public async Task ListRemovals_WhenOneHasBegun_SaysWhatItLeft()
    {
        IPhaseStore store = await OpenAsync();
        int id = await EndedAsync(store, FeatureStatus.Completed, T1);
        await store.BeginRemovalAsync(id, T2, Later, None);

        FeatureRemoval removal = Assert.Single(await store.ListRemovalsAsync(10, None));

        Assert.Equal(id, removal.FeatureId);
        Assert.Equal([1, 2], removal.Phases.AsEnumerable());
        Assert.Equal([Attempt(id, 1, 1)], removal.Attempts.AsEnumerable());
        Assert.Equal(removal.Attempts.AsEnumerable(), (await store.GetRemovalAsync(id, None))!.Attempts);
        await store.FinishRemovalAsync(id, None);
        Assert.Empty(await store.ListRemovalsAsync(10, None));
        Assert.Null(await store.GetRemovalAsync(id, None));
    }

    [Fact]
    public async Task FinishRemoval_WhenTheFeatureIsLargeOrIsFinishedTwice_LeavesNothing()
    {
        IPhaseStore store = await OpenAsync();
        int other = await EndedAsync(store, FeatureStatus.Completed, T1);
        int id = await CreateAsync(store, Plan(phases: [.. Enumerable.Range(1, 120).Select(n => Phase(n))]));
        foreach (int number in Enumerable.Range(1, 120))
        {
            await store.BeginAttemptAsync(Attempt(id, number, 1), T0, None);
        }

        await store.PublishAsync(
            Publication(id, 1, FeatureStatus.Completed, [.. Enumerable.Range(1, 120).Select(n => State(n, PhaseStatus.Completed, 1))]), T1, None);
        Assert.True(await store.BeginRemovalAsync(id, T2, Later, None));

        await store.FinishRemovalAsync(id, None);
        await store.FinishRemovalAsync(id, None);
        await store.FinishRemovalAsync(other, None);

        Assert.Null(await store.GetAttemptAsync(QueueId.Format(id, 1), 1, None));
        Assert.Empty(await store.ListAttemptsAsync(id, None));
        Assert.Empty(await store.ListEndedFeaturesAsync(Later, new EndedFeature(other, T1), 10, None));
        Assert.Equal(2, (await store.GetFeatureAsync(other, None))!.Plan.Phases.Length);
        Assert.Single(await store.ListAttemptsAsync(other, None));
    }

    [Fact]
    public async Task CreateFeature_WhenIdsWereUsedByFeaturesThatAreGone_NeverGivesThemAgain()
    {
        IPhaseStore store = await OpenAsync();
        int[] ids = [await EndedAsync(store, FeatureStatus.Completed, T1), await EndedAsync(store, FeatureStatus.Completed, T1), await EndedAsync(store, FeatureStatus.Completed, T1)];
        int stays = await EndedAsync(store, FeatureStatus.Completed, Later);
        int newest = await EndedAsync(store, FeatureStatus.Failed, T1);

        // The middle one last: its id joins those on both sides.
        foreach (int id in (int[])[ids[0], ids[2], ids[1], newest])
        {
            Assert.True(await store.BeginRemovalAsync(id, T2, Later, None));
            Assert.Equal(CreationResult.IdTaken, (await store.CreateFeatureAsync(Plan(id), null, Later, None)).Result);
            await store.FinishRemovalAsync(id, None);
        }

        foreach (int id in (int[])[.. ids, newest])
        {
            Assert.Equal(CreationResult.IdTaken, (await store.CreateFeatureAsync(Plan(id), null, Later, None)).Result);
        }

        Assert.Equal(newest + 1, await CreateAsync(store, Plan()));
        Assert.Equal(newest + 5, await CreateAsync(store, Plan(newest + 5)));
        Assert.Equal(newest + 6, await CreateAsync(store, Plan()));
        Assert.NotNull(await store.GetFeatureAsync(stays, None));
    }

    [Fact]
    public async Task CreateFeature_WhenTheGreatestIdBelongedToOneThatIsGone_GivesTheLowestThatNeverWas()
    {
        IPhaseStore store = await OpenAsync();
        foreach (int id in (int[])[1, 3, int.MaxValue])
        {
            await EndedAsync(store, FeatureStatus.Completed, T1, id);
            await store.BeginRemovalAsync(id, T2, Later, None);
            await store.FinishRemovalAsync(id, None);
        }

        Assert.Equal(2, await CreateAsync(store, Plan()));
        Assert.Equal(4, await CreateAsync(store, Plan()));
    }

    [Fact]
    public async Task CreateFeature_WhenItsKeyBelongedToOneThatIsGone_MakesAnother()
    {
        IPhaseStore store = await OpenAsync();
        var key = new IdempotencyKey("k-1", "digest");
        int id = (await store.CreateFeatureAsync(Plan(phases: Phase(1)), key, T0, None)).FeatureId;
        await store.PublishAsync(Publication(id, 1, FeatureStatus.Cancelled), T1, None);
        await store.BeginRemovalAsync(id, T2, Later, None);

        FeatureCreation second = await store.CreateFeatureAsync(Plan(phases: Phase(1)), key, Later, None);
        await store.FinishRemovalAsync(id, None);

        Assert.Equal(CreationResult.Created, second.Result);
        Assert.NotEqual(id, second.FeatureId);
        Assert.Equal(second with { Result = CreationResult.Repeated }, await store.CreateFeatureAsync(Plan(phases: Phase(1)), key, Later, None));
    }

    [Fact]
    public async Task TrimChanges_WhenTheOldestAreOld_RemovesThemAndTellsWhoWasBehind()
    {
        IPhaseStore store = await OpenAsync();
        for (int i = 0; i < 5; i++)
        {
            await store.CreateFeatureAsync(Plan(), null, T0, None);
        }

        await store.CreateFeatureAsync(Plan(), null, T2, None);
        Assert.Equal(0, await store.TrimChangesAsync(T0, 100, None));

        Assert.Equal(2, await store.TrimChangesAsync(T1, 2, None));
        Assert.Equal(3, await store.TrimChangesAsync(T1, 100, None));
        Assert.Equal(0, await store.TrimChangesAsync(T1, 100, None));

        ChangePage behind = await store.ReadChangesAsync(4, 10, None);
        Assert.True(behind.IsExpired);
        Assert.Equal([6L], behind.Changes.Select(c => c.Cursor));
        foreach (long cursor in (long[])[0, 5, 6])
        {
            Assert.False((await store.ReadChangesAsync(cursor, 10, None)).IsExpired, $"cursor {cursor}");
        }

        Assert.Equal([6L], (await ChangesAsync(store)).Select(c => c.Cursor));
    }

    [Fact]
    public async Task TrimChanges_WhenTheClockWasAheadForAWhile_IsNotHeldUpByIt()
    {
        IPhaseStore store = await OpenAsync();
        foreach (DateTimeOffset at in (DateTimeOffset[])[T0, Later, Later, T0, T2])
        {
            await store.CreateFeatureAsync(Plan(), null, at, None);
        }

        Assert.Equal(4, await store.TrimChangesAsync(T1, 100, None));

        Assert.Equal([5L], (await ChangesAsync(store)).Select(c => c.Cursor));
    }

    [Fact]
    public async Task TrimChanges_WhenAllAreOld_KeepsTheNewestAndTheOrder()
    {
        IPhaseStore store = await OpenAsync();
        for (int i = 0; i < 3; i++)
        {
            await store.CreateFeatureAsync(Plan(), null, T0, None);
        }

        Assert.Equal(2, await store.TrimChangesAsync(Later, 100, None));

        Assert.Equal(3, await store.LastChangeAsync(None));
        await store.CreateFeatureAsync(Plan(), null, Later, None);
        Assert.Equal([3L, 4L], (await ChangesAsync(store)).Select(c => c.Cursor));
        await store.WaitForChangesAsync(3, Generous, None);
    }

    /// <summary>A feature of two phases, one of them carried out and reported, that has ended.</summary>
    protected static async Task<int> EndedAsync(IPhaseStore store, FeatureStatus status, DateTimeOffset at, int? id = null)
    {
        int feature = await CreateAsync(store, Plan(id, phases: [Phase(1), Phase(2, 1)]));
        await store.BeginAttemptAsync(Attempt(feature, 1, 1), T0, None);
        ReportReceipt receipt = await store.ReceiveReportAsync(Report(feature, 1, 1), T0, kept: null, None);
        await store.PublishAsync(
            Publication(feature, 1, status, [State(1, PhaseStatus.Completed, 1)], [new InboxSettlement(receipt.Entry!.Seq, MessageOutcome.Applied, null)]),
            at,
            None);
        return feature;
    }
}
