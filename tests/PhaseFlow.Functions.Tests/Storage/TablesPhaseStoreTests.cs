using System.Collections.Immutable;
using Azure;
using Azure.Data.Tables;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Azure.Tables;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Storage;

/// <summary>The contract; and what several processes and one that ends in the middle of a write must not break.</summary>
public sealed partial class TablesPhaseStoreTests : PhaseStoreContract, IAsyncLifetime
{
    private readonly TablesAccount _account = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _account.DeleteAsync();

    [Fact]
    public async Task ReceiveCommand_WhenTwoProcessesWrite_NumbersWithoutAGap()
    {
        using TablesPhaseStore one = await _account.OpenStoreAsync();
        using TablesPhaseStore two = await _account.OpenStoreAsync();
        int id = await CreateAsync(one, Plan(phases: Phase(1)));

        InboxEntry[] entries = await Task.WhenAll(Enumerable.Range(0, 24).Select(
            i => (i % 2 == 0 ? one : two).ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Reconcile), T0, None)));

        Assert.Equal(Enumerable.Range(1, 24).Select(i => (long)i), entries.Select(e => e.Seq).Order());
    }

    [Fact]
    public async Task CreateFeature_WhenTwoProcessesGetOneKey_CreateOneFeature()
    {
        using TablesPhaseStore one = await _account.OpenStoreAsync();
        using TablesPhaseStore two = await _account.OpenStoreAsync();

        for (int round = 0; round < 8; round++)
        {
            var key = new IdempotencyKey($"k-{round}", "digest");
            FeatureCreation[] answers = await Task.WhenAll(
                one.CreateFeatureAsync(Plan(), key, T0, None), two.CreateFeatureAsync(Plan(), key, T0, None), one.CreateFeatureAsync(Plan(), null, T0, None));

            Assert.Single(answers[..2], a => a.Result == CreationResult.Created);
            Assert.Equal(answers[0].FeatureId, answers[1].FeatureId);
            Assert.NotEqual(answers[0].FeatureId, answers[2].FeatureId);
        }

        Assert.Equal(16, (await one.ListFeaturesAsync(new FeatureFilter(null, null, null, 1), None)).Total);
    }

    [Fact]
    public async Task ReadChanges_WhenTwoProcessesAppend_NeverMissesOne()
    {
        const int Each = 30;
        using TablesPhaseStore one = await _account.OpenStoreAsync();
        using TablesPhaseStore two = await _account.OpenStoreAsync();
        using TablesPhaseStore reader = await _account.OpenStoreAsync();

        Task writing = Task.WhenAll(WriteAsync(one, 1000), WriteAsync(two, 2000));
        List<Change> seen = [];
        long cursor = 0;
        while (seen.Count < 2 * Each)
        {
            await reader.WaitForChangesAsync(cursor, Generous, None);
            ChangePage page = await reader.ReadChangesAsync(cursor, 7, None);
            Assert.NotEmpty(page.Changes);
            seen.AddRange(page.Changes);
            cursor = page.Cursor;
        }

        await writing;
        Assert.Equal(Enumerable.Range(1, 2 * Each).Select(i => (long)i), seen.Select(c => c.Cursor));
        Assert.Equal(2 * Each, seen.Select(c => c.FeatureId).Distinct().Count());

        static async Task WriteAsync(TablesPhaseStore store, int first)
        {
            for (int i = 0; i < Each; i++)
            {
                await CreateAsync(store, Plan(first + i));
            }
        }
    }

    [Fact]
    public async Task WaitForChanges_WhenAnotherProcessAppends_Wakes()
    {
        using TablesPhaseStore waiter = await _account.OpenStoreAsync();
        using TablesPhaseStore other = await _account.OpenStoreAsync();

        Task waiting = waiter.WaitForChangesAsync(0, TimeSpan.FromHours(1), None);
        await CreateAsync(other, Plan());

        await waiting.WaitAsync(Generous);
    }

    [Fact]
    public async Task CreateFeature_WhenTheProcessEndsAtAnyWrite_IsCreatedOnceByItsRepeat()
    {
        // More phases than a transaction has room for.
        FeaturePlan plan = Plan(phases: [.. Enumerable.Range(1, 60).Select(n => Phase(n))]);
        await EveryCutAsync(async (doomed, healthy, round) =>
        {
            var key = new IdempotencyKey($"k-{round}", "digest");
            await DieAsync(() => doomed.CreateFeatureAsync(plan, key, T0, None));
            Assert.All((await healthy.ListFeaturesAsync(new FeatureFilter(null, null, null, 200), None)).Items, f => Assert.Equal(60, f.Plan.Phases.Length));

            FeatureCreation creation = await healthy.CreateFeatureAsync(plan, key, T1, None);

            Assert.Equal(plan with { Id = creation.FeatureId }, (await healthy.GetFeatureAsync(creation.FeatureId, None))!.Plan);
            await healthy.ListOpenInboxAsync(T2, None);
            Assert.Equal(round + 1, (await healthy.ListFeaturesAsync(new FeatureFilter(null, null, null, 1), None)).Total);
            Assert.Single(await ChangesAsync(healthy), c => c.FeatureId == creation.FeatureId);
        });
    }

    [Fact]
    public async Task Publish_WhenTheProcessEndsAtAnyWrite_IsFinishedByItsRepeat()
    {
        PhaseState[] rows = [.. Enumerable.Range(1, 120).Select(n => State(n, PhaseStatus.Running, 1))];
        await EveryCutAsync(async (doomed, healthy, round) =>
        {
            int id = await CreateAsync(healthy, Plan(phases: [.. rows.Select(s => Phase(s.Number))]));
            InboxEntry entry = await healthy.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Execute), T0, None);
            RunPublication publication = Publication(id, 1, phases: rows, settled: [new InboxSettlement(entry.Seq, MessageOutcome.Applied, null)]);
            await DieAsync(() => doomed.PublishAsync(publication, T1, None));
            FeatureRun between = (await healthy.LoadRunAsync(id, None))!.Run;
            Assert.True(between.Version == 0 || between.Phases.Values.All(p => p.Status == PhaseStatus.Running));

            Assert.Empty((await healthy.PublishAsync(publication, T2, None))!.Value);

            FeatureRun run = (await healthy.LoadRunAsync(id, None))!.Run;
            Assert.Equal((1L, FeatureStatus.InProgress), (run.Version, run.Status));
            Assert.All(run.Phases.Values, p => Assert.Equal(PhaseStatus.Running, p.Status));
            Assert.Equal(120, (await healthy.ListAttemptsAsync(id, None)).Length);
            Assert.Contains(await healthy.ListOpenFeaturesAsync(None), f => f.Run.FeatureId == id);
            Change[] told = [.. (await AllChangesAsync(healthy)).Where(c => c.FeatureId == id && c.QueueId is not null)];
            Assert.Equal(120, told.Length);
            Assert.Equal(120, told.Select(c => c.QueueId).Distinct().Count());
        });
    }

    [Fact]
    public async Task Publish_WhenANewerOneStoppedHalfWay_RefusesTheOlder()
    {
        var faults = new TablesFaults();
        using TablesPhaseStore doomed = await _account.OpenStoreAsync(faults.Connect());
        using TablesPhaseStore healthy = await _account.OpenStoreAsync();
        PhaseState[] rows = [.. Enumerable.Range(1, 120).Select(n => State(n, PhaseStatus.Running, 1))];
        int id = await CreateAsync(healthy, Plan(phases: [.. rows.Select(s => Phase(s.Number))]));
        faults.FailAfter(2); // the note of the status, and the first of three transactions
        await DieAsync(() => doomed.PublishAsync(Publication(id, 2, phases: rows), T1, None));
        Assert.Equal(0, (await healthy.LoadRunAsync(id, None))!.Run.Version);

        await healthy.PublishAsync(Publication(id, 1, phases: [State(1, PhaseStatus.Ready, 1)]), T2, None);

        FeatureRun run = (await healthy.LoadRunAsync(id, None))!.Run;
        Assert.Equal((0L, PhaseStatus.Running), (run.Version, run.Phases[1].Status));
    }

    [Fact]
    public async Task Publish_WhenANewerOneIsWrittenMeanwhile_LeavesIt()
    {
        var faults = new TablesFaults();
        using TablesPhaseStore late = await _account.OpenStoreAsync(faults.Connect());
        using TablesPhaseStore other = await _account.OpenStoreAsync();
        int id = await CreateAsync(other, Plan(phases: Phase(1)));
        await other.PublishAsync(Publication(id, 1), T0, None);
        faults.Meanwhile = () => other.PublishAsync(Publication(id, 3, FeatureStatus.Suspended), T1, None);

        await late.PublishAsync(Publication(id, 2), T2, None);

        FeatureRun run = (await other.LoadRunAsync(id, None))!.Run;
        Assert.Equal((3L, FeatureStatus.Suspended), (run.Version, run.Status));
    }

    [Fact]
    public async Task BeginAttempt_WhenItsTurnGoesByMeanwhile_IsClosed()
    {
        var faults = new TablesFaults();
        using TablesPhaseStore late = await _account.OpenStoreAsync(faults.Connect());
        using TablesPhaseStore other = await _account.OpenStoreAsync();
        int id = await CreateAsync(other, Plan(phases: Phase(1)));
        faults.Meanwhile = () => other.PublishAsync(Publication(id, 1, phases: [State(1, PhaseStatus.Cancelled, 1)]), T1, None);

        AttemptRecord attempt = await late.BeginAttemptAsync(Attempt(id, 1, 1), T2, None);

        Assert.Equal(AttemptStatus.Closed, attempt.Status);
    }

    [Fact]
    public async Task ReceiveReport_WhenTheProcessEndsAtAnyWrite_IsInTheInboxOrWasNeverAccepted()
    {
        await EveryCutAsync(async (doomed, healthy, round) =>
        {
            int id = await CreateAsync(healthy, Plan(phases: Phase(1)));
            await healthy.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);
            await DieAsync(() => doomed.ReceiveReportAsync(Report(id, 1, 1), T1, kept: null, None));

            ReportReceipt repeat = await healthy.ReceiveReportAsync(Report(id, 1, 1), T1, kept: null, None);

            Assert.NotNull(repeat.Entry);
            Assert.Contains(repeat.Entry, await healthy.ListOpenInboxAsync(T2, None));
            Assert.Single(await ChangesAsync(healthy), c => c.FeatureId == id && c.Type == ChangePayload.ReportReceived);
        });
    }

    [Fact]
    public async Task ListOpenInbox_WhenTheFeedCouldNotBeReached_BringsItUpToDate()
    {
        var faults = new TablesFaults();
        using TablesPhaseStore cut = await _account.OpenStoreAsync(faults.Connect());
        using TablesPhaseStore healthy = await _account.OpenStoreAsync();
        faults.FailAfter(0, "Feed");
        int id = await CreateAsync(cut, Plan(phases: Phase(1)));
        await cut.PublishAsync(Publication(id, 1, phases: [State(1, PhaseStatus.Ready, 1)]), T1, None);
        Assert.Empty(await ChangesAsync(healthy));

        await healthy.ListOpenInboxAsync(T2, None);
        await healthy.ListOpenInboxAsync(T2, None);

        Assert.Equal(["feature_changed", "phase_changed", "feature_changed"], (await ChangesAsync(healthy)).Select(c => c.Type));
    }

    [Fact]
    public async Task ListOpenInbox_WhenAFeatureHasNothingToDo_ForgetsItUntilItHas()
    {
        StoreTables tables = await _account.OpenAsync();
        using TablesPhaseStore store = await _account.OpenStoreAsync();
        var index = new FeatureIndex(tables.Index);
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        Assert.Single(await index.ListWorkAsync(None));

        await store.ListOpenInboxAsync(T0, None);
        Assert.Empty(await index.ListWorkAsync(None));

        InboxEntry entry = await store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Execute), T0, None);
        Assert.Equal([entry], (await store.ListOpenInboxAsync(T1, None)).AsEnumerable());
    }

    [Fact]
    public async Task Retire_WhenAWriterReliesOnTheNote_LeavesIt()
    {
        StoreTables tables = await _account.OpenAsync();
        using TablesPhaseStore store = await _account.OpenStoreAsync();
        var index = new FeatureIndex(tables.Index);
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await index.MarkStatusAsync(id, FeatureStatus.InProgress, T0, None);
        TableEntity note = (await index.FindStatusAsync(id, FeatureStatus.InProgress, None))!;
        await index.MarkStatusAsync(id, FeatureStatus.InProgress, T0, None); // a writer that is about to write the status

        await index.RetireAsync(tables.Features, note, f => f.Status == FeatureStatus.InProgress, _ => { }, None);
        Assert.NotNull(await index.FindStatusAsync(id, FeatureStatus.InProgress, None));

        // It has written nothing after all: whoever finds the note takes it back.
        Assert.Empty(await store.ListOpenFeaturesAsync(None));
        Assert.Null(await index.FindStatusAsync(id, FeatureStatus.InProgress, None));
    }

    protected override async Task<IPhaseStore> OpenAsync() => await _account.OpenStoreAsync();

    private static async Task<ImmutableArray<Change>> AllChangesAsync(TablesPhaseStore store)
    {
        List<Change> all = [];
        for (ChangePage page = await store.ReadChangesAsync(0, 1000, None); page.Changes.Length > 0; page = await store.ReadChangesAsync(page.Cursor, 1000, None))
        {
            all.AddRange(page.Changes);
        }

        return [.. all];
    }

    /// <summary>Does the work as far as the process gets.</summary>
    private static async Task DieAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (RequestFailedException fault) when (fault.Status == 500)
        {
            // It ended in the middle.
        }
    }

    /// <summary>Runs a check with a process that ends before its first write, its second, and so on, until one has done all its work.</summary>
    private async Task EveryCutAsync(Func<TablesPhaseStore, TablesPhaseStore, int, Task> check)
    {
        using TablesPhaseStore healthy = await _account.OpenStoreAsync();
        TablesFaults faults;
        int writes = 0;
        do
        {
            faults = new TablesFaults();
            using TablesPhaseStore doomed = await _account.OpenStoreAsync(faults.Connect());
            faults.FailAfter(writes);
            await check(doomed, healthy, writes++);
        }
        while (faults.HasFailed);
    }
}
