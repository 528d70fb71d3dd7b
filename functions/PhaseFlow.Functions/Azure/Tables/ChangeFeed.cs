using Azure;
using Azure.Data.Tables;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>The changes of all features in one order, each with a cursor that grows by one.</summary>
/// <remarks>
/// One partition. An entry becomes visible in the transaction that moves the <c>head</c>, on condition of its ETag, so cursors appear in their order and without a
/// gap: who has read up to one never misses an entry that was committed later under a smaller one. The changes come from the outboxes of features, where
/// they were written together with what they tell. The same transaction writes how far the feature's outbox has been taken over (<c>mark</c>), so an outbox
/// that is delivered twice, or by two at once, is in the feed once.
/// </remarks>
internal sealed class ChangeFeed(TableClient table, TimeProvider time) : IDisposable
{
    private const string Partition = "feed";
    private const string Head = "head";
    private const int MaxPage = 1000;

    // How often the changes of other processes are looked for.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly ChangeSignal _signal = new(time);

    public void Dispose() => _turn.Dispose();

    /// <summary>Appends what of an outbox is not in the feed yet, in its order.</summary>
    public async Task AppendAsync(int featureId, IEnumerable<OutboxRow> outbox, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            foreach (OutboxRow row in outbox)
            {
                _signal.Announce(await Conflicts.RetryAsync(() => AppendAsync(featureId, row, cancellation), time, cancellation));
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<ChangePage> ReadAsync(long after, int limit, CancellationToken cancellation)
    {
        int wanted = Math.Clamp(limit, 1, MaxPage);
        List<Change> changes = [];
        string from = after == long.MaxValue ? "f" : Entry(after + 1);
        await foreach (IReadOnlyList<TableEntity> page in table.RangeAsync(Partition, from, "f", cancellation, wanted))
        {
            changes.AddRange(page.Take(wanted - changes.Count).Select(ToChange));
            if (changes.Count == wanted)
            {
                break;
            }
        }

        return ChangePage.After(after, changes, changes.Count == 0 ? await ReadLastAsync(cancellation) : null);
    }

    /// <summary>Removes the oldest entries that were stored before a moment, from the oldest on, and never the newest.</summary>
    public Task<int> TrimAsync(DateTimeOffset before, int limit, CancellationToken cancellation) => Conflicts.RetryAsync(
        async () =>
        {
            long last = await ReadLastAsync(cancellation);
            List<TableEntity> old = [];
            await foreach (IReadOnlyList<TableEntity> page in table.RangeAsync(
                Partition, Entry(0), "f", cancellation, Math.Min(limit, TablePages.MaxPage), ["PartitionKey", "RowKey", "Cursor", "At"]))
            {
                old.AddRange(page.Take(limit - old.Count).Where(e => e.GetInt64("Cursor") < last));
                if (old.Count == limit)
                {
                    break;
                }
            }

            int count = 1 + old.FindLastIndex(e => e.GetDateTimeOffset("At") < before);
            await table.DeleteAllAsync(old[..count], cancellation);
            return count;
        },
        time,
        cancellation);

    /// <summary>Forgets how far the outbox of a feature was taken over: it is gone.</summary>
    public Task ForgetAsync(int featureId, CancellationToken cancellation) =>
        table.DeleteEntityAsync(Partition, Mark(featureId), ETag.All, cancellation);

    /// <summary>The cursor of the newest change; 0 where there is none.</summary>
    public async Task<long> ReadLastAsync(CancellationToken cancellation)
    {
        long last = (await table.FindAsync(Partition, Head, cancellation))?.GetInt64("Last") ?? 0;
        _signal.Announce(last);
        return last;
    }

    /// <summary>Returns when there is a change after the cursor, or when the wait is over. Changes of this process wake at once.</summary>
    public Task WaitAsync(long after, TimeSpan wait, CancellationToken cancellation) =>
        _signal.WaitAsync(after, wait, cancellation, ReadLastAsync, LookAgain);

    private async Task<long> AppendAsync(int featureId, OutboxRow outbox, CancellationToken cancellation)
    {
        string markKey = Mark(featureId);
        TableEntity?[] known = await Task.WhenAll(
            table.FindAsync(Partition, Head, cancellation), table.FindAsync(Partition, markKey, cancellation));
        (TableEntity? head, TableEntity? mark) = (known[0], known[1]);
        long last = head?.GetInt64("Last") ?? 0;
        if (mark is not null && mark.GetInt64("Seq") >= outbox.Seq)
        {
            return last;
        }

        List<TableTransactionAction> actions = [];
        foreach (OutboxChange change in outbox.Changes)
        {
            actions.Add(new TableTransactionAction(TableTransactionActionType.Add, ToEntity(++last, featureId, change)));
        }

        actions.Add(Put(head, new TableEntity(Partition, Head) { ["Last"] = last }));
        actions.Add(Put(mark, new TableEntity(Partition, markKey) { ["Seq"] = outbox.Seq }));
        await table.SubmitTransactionAsync(actions, cancellation);
        return last;
    }

    private static TableTransactionAction Put(TableEntity? known, TableEntity row) => known is null
        ? new TableTransactionAction(TableTransactionActionType.Add, row)
        : new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, known.ETag);

    private static string Mark(int featureId) => $"mark-{RowKeys.Number(featureId)}";

    private static string Entry(long cursor) => $"entry-{RowKeys.Number(cursor)}";

    private static TableEntity ToEntity(long cursor, int featureId, OutboxChange change)
    {
        var row = new TableEntity(Partition, Entry(cursor))
        {
            ["Cursor"] = cursor,
            ["Type"] = change.Type,
            ["Feature"] = featureId,
            ["At"] = change.At,
        };
        if (change.QueueId is { } queueId)
        {
            row["Queue"] = queueId;
        }

        row.SetText("Data", change.Data);
        return row;
    }

    private static Change ToChange(TableEntity row) => new(
        row.GetInt64("Cursor")!.Value,
        row.GetString("Type"),
        row.GetInt32("Feature")!.Value,
        row.GetString("Queue"),
        row.GetDateTimeOffset("At")!.Value,
        row.RequiredText("Data"));
}
