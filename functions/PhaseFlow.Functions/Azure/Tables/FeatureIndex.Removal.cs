using Azure;
using Azure.Data.Tables;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Azure.Tables;

/// <content>What is known of features that go, and the ids that are used up.</content>
/// <remarks>Ids of features that are gone lie in the partition <c>retired</c> as ranges that neither meet nor overlap, the greatest first.</remarks>
internal sealed partial class FeatureIndex
{
    private const string Removal = "removal";
    private const string Retired = "retired";

    /// <summary>Notes that a feature may be being removed.</summary>
    public Task MarkRemovalAsync(int featureId, CancellationToken cancellation) => NoteAsync(Removal, featureId, cancellation);

    public Task<List<TableEntity>> ListRemovalsAsync(CancellationToken cancellation) => table.ListAsync(Removal, "", End, cancellation);

    public async Task<bool> IsRemovalNotedAsync(int featureId, CancellationToken cancellation) =>
        await table.FindAsync(Removal, Key(featureId), cancellation) is not null;

    public Task ForgetRemovalAsync(int featureId, CancellationToken cancellation) => DeleteAsync(Removal, featureId, cancellation);

    /// <summary>Since when a feature may have the status that it is noted under.</summary>
    public static DateTimeOffset SinceOf(TableEntity note) => note.GetDateTimeOffset("Since") ?? DateTimeOffset.MinValue;

    /// <summary>Removes everything that finds a feature.</summary>
    public Task ForgetAsync(int featureId, CancellationToken cancellation) => Task.WhenAll(
    [
        DeleteAsync(All, featureId, cancellation),
        DeleteAsync(Work, featureId, cancellation),
        .. Enum.GetValues<FeatureStatus>().Select(status => DeleteAsync(PartitionOf(status), featureId, cancellation)),
    ]);

    /// <summary>Whether a feature that is gone had the id.</summary>
    public async Task<bool> IsRetiredAsync(int id, CancellationToken cancellation) =>
        await RangeBelowAsync(id, cancellation) is { } range && LastOf(range) >= id;

    /// <summary>Adds an id to those that are never given again. A repeat changes nothing.</summary>
    public Task RetireIdAsync(int id, TimeProvider time, CancellationToken cancellation) => Conflicts.RetryAsync(
        async () =>
        {
            TableEntity? below = await RangeBelowAsync(id, cancellation);
            if (below is not null && LastOf(below) >= id)
            {
                return false;
            }

            List<TableTransactionAction> actions = [];
            int last = id;
            if (id < int.MaxValue && await table.FindAsync(Retired, Key(id + 1), cancellation) is { } above)
            {
                last = LastOf(above);
                actions.Add(new TableTransactionAction(TableTransactionActionType.Delete, above, above.ETag));
            }

            if (below is not null && LastOf(below) == id - 1)
            {
                var joined = new TableEntity(Retired, below.RowKey) { ["Last"] = last };
                actions.Add(new TableTransactionAction(TableTransactionActionType.UpdateMerge, joined, below.ETag));
            }
            else
            {
                var range = new TableEntity(Retired, Key(id)) { ["Id"] = id, ["Last"] = last };
                actions.Add(new TableTransactionAction(TableTransactionActionType.Add, range));
            }

            await table.SubmitTransactionAsync(actions, cancellation);
            return true;
        },
        time,
        cancellation);

    /// <summary>The id after the greatest that was ever used; once that is used up, the lowest that never was.</summary>
    public async Task<int> NextFreeIdAsync(CancellationToken cancellation)
    {
        // The features first: one that goes in between is among the retired then.
        int greatest = 0;
        await foreach (TableEntity row in WalkAsync(null, long.MaxValue, 1, cancellation))
        {
            greatest = IdOf(row);
            break;
        }

        TableEntity? newest = await RangeBelowAsync(int.MaxValue, cancellation);
        int last = Math.Max(greatest, newest is null ? 0 : LastOf(newest));
        return last < int.MaxValue ? last + 1 : await LowestFreeIdAsync(cancellation);
    }

    private static int LastOf(TableEntity range) => range.GetInt32("Last")!.Value;

    private async Task<int> LowestFreeIdAsync(CancellationToken cancellation)
    {
        List<(int First, int Last)> used = [];
        await foreach (TableEntity row in WalkAsync(null, long.MaxValue, TablePages.MaxPage, cancellation))
        {
            used.Add((IdOf(row), IdOf(row)));
        }

        used.AddRange((await table.ListAsync(Retired, "", End, cancellation)).Select(range => (IdOf(range), LastOf(range))));
        int next = 1;
        foreach ((int first, int last) in used.Order())
        {
            if (first > next)
            {
                return next;
            }

            next = last == int.MaxValue ? throw new InvalidOperationException("Every id is taken.") : Math.Max(next, last + 1);
        }

        return next;
    }

    /// <summary>The range that begins at an id, or before it and nearest to it.</summary>
    private async Task<TableEntity?> RangeBelowAsync(int id, CancellationToken cancellation)
    {
        await foreach (IReadOnlyList<TableEntity> page in table.RangeAsync(Retired, Key(id), End, cancellation, maxPerPage: 1))
        {
            if (page.Count > 0)
            {
                return page[0];
            }
        }

        return null;
    }

    private Task<Response> DeleteAsync(string partition, int featureId, CancellationToken cancellation) =>
        table.DeleteEntityAsync(partition, Key(featureId), ETag.All, cancellation);
}
