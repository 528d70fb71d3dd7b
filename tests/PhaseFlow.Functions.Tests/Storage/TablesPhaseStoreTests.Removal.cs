using Azure.Data.Tables;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Azure.Tables;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Storage;

/// <content>How features go where no transaction spans all that they are.</content>
public sealed partial class TablesPhaseStoreTests
{
    [Fact]
    public async Task Removal_WhenTheProcessEndsAtAnyWrite_IsFinishedByTheNextTurn()
    {
        StoreTables tables = await _account.OpenAsync();
        await EveryCutAsync(async (doomed, healthy, round) =>
        {
            int id = await EndedAsync(healthy, FeatureStatus.Completed, T1);
            await healthy.ListOpenInboxAsync(T2, None);
            await DieAsync(async () =>
            {
                try
                {
                    if (await doomed.BeginRemovalAsync(id, T2, Later, None))
                    {
                        await doomed.FinishRemovalAsync(id, None);
                    }
                }
                catch (InvalidOperationException)
                {
                    // The feed could not be reached any more.
                }
            });
            Assert.Equal(CreationResult.IdTaken, (await healthy.CreateFeatureAsync(Plan(id), null, Later, None)).Result);
            if (await healthy.GetFeatureAsync(id, None) is { } whole)
            {
                Assert.Equal((2, FeatureStatus.Completed), (whole.Plan.Phases.Length, whole.Run.Status));
                Assert.Single(await healthy.ListAttemptsAsync(id, None));
                Assert.True(await healthy.BeginRemovalAsync(id, T2, Later, None));
            }

            foreach (FeatureRemoval removal in await healthy.ListRemovalsAsync(100, None))
            {
                await healthy.FinishRemovalAsync(removal.FeatureId, None);
            }

            Assert.Empty(await RowsOfAsync(tables, id));
            Assert.Empty(await healthy.ListRemovalsAsync(100, None));
            Assert.Single(await AllChangesAsync(healthy), c => c.FeatureId == id && c.Type == ChangePayload.FeatureRemoved);
            Assert.Equal(CreationResult.IdTaken, (await healthy.CreateFeatureAsync(Plan(id), null, Later, None)).Result);
        });
    }

    [Fact]
    public async Task BeginRemoval_WhenARetryComesMeanwhile_LeavesTheFeature()
    {
        var faults = new TablesFaults();
        using TablesPhaseStore late = await _account.OpenStoreAsync(faults.Connect());
        using TablesPhaseStore other = await _account.OpenStoreAsync();
        int id = await EndedAsync(other, FeatureStatus.Failed, T1);
        faults.Meanwhile = () => other.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Retry), Later, None);

        Assert.False(await late.BeginRemovalAsync(id, T2, Later, None));

        Assert.Single((await other.LoadRunAsync(id, None))!.Inbox);
        Assert.Empty(await other.ListRemovalsAsync(10, None));
    }

    [Fact]
    public async Task FinishRemoval_WhenTwoProcessesFinishIt_LeavesNothing()
    {
        StoreTables tables = await _account.OpenAsync();
        using TablesPhaseStore one = await _account.OpenStoreAsync();
        using TablesPhaseStore two = await _account.OpenStoreAsync();
        int id = await EndedAsync(one, FeatureStatus.Completed, T1);
        await one.BeginRemovalAsync(id, T2, Later, None);

        await Task.WhenAll(one.FinishRemovalAsync(id, None), two.FinishRemovalAsync(id, None));

        Assert.Empty(await RowsOfAsync(tables, id));
        Assert.Equal(id + 1, await CreateAsync(two, Plan()));
    }

    [Fact]
    public async Task ListOpenInbox_WhenALateWriterHasNotedAFeatureThatIsGone_ForgetsTheNote()
    {
        StoreTables tables = await _account.OpenAsync();
        using TablesPhaseStore store = await _account.OpenStoreAsync();
        var index = new FeatureIndex(tables.Index);
        int id = await EndedAsync(store, FeatureStatus.Completed, T1);
        await store.BeginRemovalAsync(id, T2, Later, None);
        await store.FinishRemovalAsync(id, None);
        await index.MarkWorkAsync(id, None);

        Assert.Empty(await store.ListOpenInboxAsync(Later, None));

        Assert.Empty(await index.ListWorkAsync(None));
    }

    /// <summary>Every row, in any table, that is about a feature: all but the range of ids that are used up, and the feed's own entries.</summary>
    private static async Task<List<string>> RowsOfAsync(StoreTables tables, int id)
    {
        List<string> rows = [];
        foreach (TableClient table in (TableClient[])[tables.Features, tables.Index, tables.Feed])
        {
            await foreach (TableEntity row in table.QueryAsync<TableEntity>())
            {
                bool isOfIt = row.PartitionKey == RowKeys.Partition(id)
                    || (row.PartitionKey != "retired" && row.GetInt32("Id") == id)
                    || row.RowKey == $"mark-{RowKeys.Number(id)}";
                if (isOfIt)
                {
                    rows.Add($"{table.Name} {row.PartitionKey} {row.RowKey}");
                }
            }
        }

        return rows;
    }
}
