using System.Collections.Immutable;
using Azure;
using Azure.Data.Tables;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <content>How features and changes go.</content>
/// <remarks>
/// The feature's row is marked in the write that decides, and from then on no read gives the feature. Its rows go next, in transactions of 100, and the row
/// itself after all others; the note in the index, by which an unfinished removal is found, is written first and goes last.
/// </remarks>
internal sealed partial class TablesPhaseStore
{
    private static readonly FeatureStatus[] Ended = [FeatureStatus.Completed, FeatureStatus.Failed, FeatureStatus.Cancelled];

    public async Task<ImmutableArray<EndedFeature>> ListEndedFeaturesAsync(
        DateTimeOffset before, EndedFeature? after, int limit, CancellationToken cancellation)
    {
        List<TableEntity> notes = [];
        foreach (FeatureStatus status in Ended)
        {
            notes.AddRange(await _index.ListStatusAsync(status, cancellation));
        }

        // A note may say too much, and what came after it is not in it: the feature decides when it is removed.
        return
        [
            .. notes.Select(note => new EndedFeature(FeatureIndex.IdOf(note), FeatureIndex.SinceOf(note)))
                .Where(f => f.EndedAt < before && (after is null || (f.EndedAt, f.FeatureId).CompareTo((after.EndedAt, after.FeatureId)) > 0))
                .OrderBy(f => f.EndedAt).ThenBy(f => f.FeatureId)
                .Take(limit),
        ];
    }

    public async Task<bool> BeginRemovalAsync(int featureId, DateTimeOffset endedBefore, DateTimeOffset now, CancellationToken cancellation) =>
        await _writer.RunAsync(
            featureId,
            async () =>
            {
                if (await ReadAsync(featureId, RowKeys.AttemptEnd, cancellation) is not { } read
                    || !read.Feature.Status.IsFinished()
                    || read.Feature.UpdatedAt >= endedBefore
                    || read.Feature.Writing > read.Feature.Version
                    || read.Inbox.Count > 0
                    || read.Attempts.Exists(a => a.IsLive))
                {
                    return false;
                }

                await _index.MarkRemovalAsync(featureId, cancellation);
                var write = new FeatureWrite(read);
                var group = new RowGroup();
                group.Say(ChangePayload.FeatureRemoved, null, now, ChangePayload.OfRemoval(featureId));
                write.Before.Add(group);
                write.Feature["Removing"] = true;
                await _writer.CommitAsync(write, cancellation);
                return true;
            },
            cancellation);

    public async Task<ImmutableArray<FeatureRemoval>> ListRemovalsAsync(int limit, CancellationToken cancellation)
    {
        List<FeatureRemoval> removals = [];
        foreach (TableEntity[] some in (await _index.ListRemovalsAsync(cancellation)).Take(limit).Chunk(MaxReads))
        {
            removals.AddRange((await Task.WhenAll(some.Select(note => GetRemovalAsync(FeatureIndex.IdOf(note), cancellation)))).OfType<FeatureRemoval>());
        }

        return [.. removals.OrderBy(r => r.FeatureId)];
    }

    public async Task<FeatureRemoval?> GetRemovalAsync(int featureId, CancellationToken cancellation)
    {
        FeaturePartition? left = await FeaturePartition.ReadStoredAsync(_tables.Features, featureId, RowKeys.AttemptEnd, cancellation);
        if (left is null)
        {
            // The row of a feature goes last but for the note.
            return await _index.IsRemovalNotedAsync(featureId, cancellation) ? new FeatureRemoval(featureId, [], []) : null;
        }

        return left.Feature.Removing
            ? new FeatureRemoval(
                featureId,
                [.. left.Phases.Keys],
                [.. left.Attempts.Select(a => new AttemptStart(featureId, a.Record.PhaseNumber, a.Record.Attempt, a.Record.AdwId, a.Record.WorkflowType))])
            : null;
    }

    public async Task FinishRemovalAsync(int featureId, CancellationToken cancellation)
    {
        FeaturePartition? left = await FeaturePartition.ReadStoredAsync(_tables.Features, featureId, RowKeys.InboxStart, cancellation);
        if (left is { Feature.Removing: false })
        {
            return;
        }

        string partition = RowKeys.Partition(featureId);
        if (left is not null)
        {
            // What the feed has not heard yet, the removal at last, goes there first.
            await _writer.DeliverAsync(featureId, left.Outbox, cancellation);
            if ((await _tables.Features.ListAsync(partition, RowKeys.Outbox(0), RowKeys.OutboxEnd, cancellation, ["RowKey"])).Count > 0)
            {
                throw new InvalidOperationException($"The feed has not heard all of feature {featureId}.");
            }

            if (left.Feature.Key is { } key
                && await _tables.Index.FindAsync(Keys, key, cancellation) is { } claim && FeatureIndex.IdOf(claim) == featureId)
            {
                await _tables.Index.TryDeleteAsync(claim, cancellation);
            }

            await _index.RetireIdAsync(featureId, _time, cancellation);
            await Task.WhenAll(_index.ForgetAsync(featureId, cancellation), _feed.ForgetAsync(featureId, cancellation));
            await Conflicts.RetryAsync(() => RemoveRowsAsync(partition, cancellation), _time, cancellation);
            await _tables.Features.DeleteEntityAsync(partition, RowKeys.Feature, ETag.All, cancellation);
        }

        await _index.ForgetRemovalAsync(featureId, cancellation);
    }

    public Task<int> TrimChangesAsync(DateTimeOffset before, int limit, CancellationToken cancellation) => _feed.TrimAsync(before, limit, cancellation);

    private async Task<bool> RemoveRowsAsync(string partition, CancellationToken cancellation)
    {
        await foreach (IReadOnlyList<TableEntity> page in _tables.Features.RangeAsync(
            partition, RowKeys.Feature + "!", RowKeys.End, cancellation, select: ["PartitionKey", "RowKey"]))
        {
            await _tables.Features.DeleteAllAsync(page, cancellation);
        }

        return true;
    }
}
