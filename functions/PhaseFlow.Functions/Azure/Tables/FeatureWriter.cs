using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>Carries out the writes of features.</summary>
internal sealed partial class FeatureWriter(StoreTables tables, FeatureIndex index, ChangeFeed feed, TimeProvider time, ILogger logger)
{
    private const int MaxChangesPerRow = 90;
    private const int MaxRowSize = 200_000;

    // Writers of one process take turns, so that only other processes are met at the ETag.
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Reads and writes a feature, again from the start where somebody else wrote first.</summary>
    public async Task<T> RunAsync<T>(int featureId, Func<Task<T>> work, CancellationToken cancellation)
    {
        SemaphoreSlim turn = _turns[featureId % _turns.Length];
        await turn.WaitAsync(cancellation);
        try
        {
            return await Conflicts.RetryAsync(work, time, cancellation);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Commits a write of a feature that is as it was read, and delivers what it says.</summary>
    /// <exception cref="RequestFailedException">A conflict: the feature has changed.</exception>
    public async Task CommitAsync(FeatureWrite write, CancellationToken cancellation)
    {
        FeatureRow feature = write.From.Feature;
        if (!feature.Working)
        {
            await index.MarkWorkAsync(feature.Id, cancellation);
        }

        (List<RowGroup> batches, int main) = write.Split();
        List<OutboxRow> outbox = [.. write.From.Outbox];
        ETag etag = feature.ETag;
        long lastOutbox = feature.LastOutbox;
        for (int i = 0; i < batches.Count; i++)
        {
            TableEntity row = i == main ? write.Feature : new TableEntity(write.Feature.PartitionKey, write.Feature.RowKey);
            List<OutboxRow> added = ToOutbox(feature.Id, batches[i].Changes, ref lastOutbox);
            row["LastOutbox"] = lastOutbox;
            row["Working"] = true;
            if (i < main)
            {
                row["Writing"] = write.Feature["Version"];
            }

            etag = await SubmitAsync(
                [
                    new TableTransactionAction(TableTransactionActionType.UpdateMerge, row, etag),
                    .. added.Select(o => new TableTransactionAction(TableTransactionActionType.Add, o.Row)),
                    .. batches[i].Actions,
                ],
                cancellation);
            outbox.AddRange(added);
        }

        await DeliverAsync(feature.Id, outbox, cancellation);
    }

    /// <summary>Adds a feature whose rows, but the last of them, stand already. False where there is one of this id.</summary>
    public async Task<bool> TryCreateAsync(int featureId, TableEntity feature, RowGroup rows, CancellationToken cancellation)
    {
        long lastOutbox = 0;
        List<OutboxRow> outbox = ToOutbox(featureId, rows.Changes, ref lastOutbox);
        feature["LastOutbox"] = lastOutbox;
        feature["Working"] = true;
        try
        {
            await SubmitAsync(
                [
                    new TableTransactionAction(TableTransactionActionType.Add, feature),
                    .. outbox.Select(o => new TableTransactionAction(TableTransactionActionType.Add, o.Row)),
                    .. rows.Actions,
                ],
                cancellation);
        }
        catch (RequestFailedException fault) when (Conflicts.IsTaken(fault))
        {
            return false;
        }

        await DeliverAsync(featureId, outbox, cancellation);
        return true;
    }

    /// <summary>Writes rows that nothing refers to yet.</summary>
    public async Task PutAsync(RowGroup rows, CancellationToken cancellation) => await SubmitAsync(rows.Actions, cancellation);

    /// <summary>
    /// Brings what was said with a write into the feed. The write stands whatever becomes of this: what is not delivered stays in the outbox, for the next
    /// write of the feature or the sweep.
    /// </summary>
    public async Task DeliverAsync(int featureId, List<OutboxRow> outbox, CancellationToken cancellation)
    {
        if (outbox.Count == 0)
        {
            return;
        }

        await FollowAsync(
            featureId,
            async () =>
            {
                if (outbox[0].Seq == 1)
                {
                    await index.AddAsync(tables.Features, featureId, cancellation);
                }

                await feed.AppendAsync(featureId, outbox, cancellation);
                await Task.WhenAll(outbox.Select(o => tables.Features.DeleteEntityAsync(o.Row.PartitionKey, o.Row.RowKey, ETag.All, cancellation)));
            });
    }

    /// <summary>Does what follows from a write that stands. Where it fails, others do it later.</summary>
    public async Task FollowAsync(int featureId, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception fault) when (fault is RequestFailedException or AggregateException)
        {
            // Several failed tries of the client come as one AggregateException.
            LogUnfinished(logger, fault, featureId);
        }
    }

    private async Task<ETag> SubmitAsync(List<TableTransactionAction> actions, CancellationToken cancellation)
    {
        Response<IReadOnlyList<Response>> answer = await tables.Features.SubmitTransactionAsync(actions, cancellation);
        return answer.Value[0].Headers.ETag ?? throw new InvalidOperationException("The service answered a write without an ETag.");
    }

    private static List<OutboxRow> ToOutbox(int featureId, List<OutboxChange> changes, ref long last)
    {
        List<OutboxRow> rows = [];
        List<OutboxChange> row = [];
        int size = 0;
        foreach (OutboxChange change in changes)
        {
            if (row.Count == MaxChangesPerRow || (row.Count > 0 && size + change.Data.Length > MaxRowSize))
            {
                rows.Add(OutboxRow.New(featureId, ++last, row));
                row = [];
                size = 0;
            }

            row.Add(change);
            size += change.Data.Length;
        }

        if (row.Count > 0)
        {
            rows.Add(OutboxRow.New(featureId, ++last, row));
        }

        return rows;
    }

    [LoggerMessage(1700, LogLevel.Warning, "Feature {FeatureId} is written; the feed or the index will hear of it later")]
    private static partial void LogUnfinished(ILogger logger, Exception fault, int featureId);
}
