using System.Collections.Immutable;
using System.Globalization;
using Azure.Data.Tables;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <content>What is found through the index.</content>
internal sealed partial class TablesPhaseStore
{
    private const int MaxFeatures = 200;

    public async Task<Page<StoredFeature>> ListFeaturesAsync(FeatureFilter filter, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(filter);
        int limit = Math.Clamp(filter.Limit, 1, MaxFeatures);
        long before = long.TryParse(filter.Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out long last) ? last : long.MaxValue;
        (IAsyncEnumerable<int> ids, Task<int> total) = filter.Text is null ? Walk(filter, before, limit, cancellation) : await SearchAsync(filter, before, cancellation);
        List<FeaturePartition> found = [];
        await foreach (int[] some in ids.Chunk(Math.Min(limit + 1, MaxReads)).WithCancellation(cancellation))
        {
            foreach (FeaturePartition feature in await ReadManyAsync(some, RowKeys.PhaseEnd, cancellation))
            {
                if (filter.Status is not { } status || feature.Feature.Status == status)
                {
                    found.Add(feature);
                }
                else
                {
                    await RetireStatusAsync(feature.Feature.Id, status, cancellation);
                }
            }

            if (found.Count > limit)
            {
                break;
            }
        }

        string? next = found.Count > limit ? found[limit - 1].Feature.Id.ToString(CultureInfo.InvariantCulture) : null;
        return new Page<StoredFeature>([.. found.Take(limit).Select(f => f.ToStored())], next, await total);
    }

    public async Task<ImmutableArray<StoredFeature>> ListOpenFeaturesAsync(CancellationToken cancellation)
    {
        List<StoredFeature> open = [];
        foreach (FeatureStatus status in (FeatureStatus[])[FeatureStatus.InProgress, FeatureStatus.Suspended])
        {
            List<TableEntity> notes = await _index.ListStatusAsync(status, cancellation);
            Dictionary<int, FeaturePartition> read = (await ReadManyAsync(notes.Select(FeatureIndex.IdOf), RowKeys.PhaseEnd, cancellation))
                .ToDictionary(f => f.Feature.Id);
            foreach (TableEntity note in notes)
            {
                if (read.TryGetValue(FeatureIndex.IdOf(note), out FeaturePartition? feature) && feature.Feature.Status == status)
                {
                    open.Add(feature.ToStored());
                }
                else if (feature is not null)
                {
                    await RetireStatusAsync(feature.Feature.Id, status, cancellation);
                }
            }
        }

        // One that changed between the two reads may have been seen twice.
        return [.. open.DistinctBy(f => f.Run.FeatureId).OrderBy(f => f.Run.FeatureId)];
    }

    public async Task<ImmutableArray<InboxEntry>> ListOpenInboxAsync(DateTimeOffset receivedBefore, CancellationToken cancellation)
    {
        List<InboxEntry> open = [];
        List<TableEntity> notes = await _index.ListWorkAsync(cancellation);
        Dictionary<int, FeaturePartition> read = (await ReadManyAsync(notes.Select(FeatureIndex.IdOf), RowKeys.InboxEnd, cancellation))
            .ToDictionary(f => f.Feature.Id);
        foreach (TableEntity note in notes)
        {
            if (!read.TryGetValue(FeatureIndex.IdOf(note), out FeaturePartition? feature))
            {
                // A writer who came too late for a feature that is gone has left it; one that is about to be created is not retired.
                if (await _index.IsRetiredAsync(FeatureIndex.IdOf(note), cancellation))
                {
                    await _tables.Index.TryDeleteAsync(note, cancellation);
                }

                continue;
            }

            await _writer.DeliverAsync(feature.Feature.Id, feature.Outbox, cancellation);
            open.AddRange(feature.OpenInbox.Where(e => e.ReceivedAt < receivedBefore));
            if (IsIdle(feature))
            {
                // The ETag of the feature's row says that its inbox and outbox are still as they were read.
                await _index.RetireAsync(
                    _tables.Features, note, now => now.ETag != feature.Feature.ETag, touched => touched["Working"] = false, cancellation);
            }
        }

        return [.. open.OrderBy(e => e.ReceivedAt).ThenBy(e => e.FeatureId).ThenBy(e => e.Seq)];
    }

    private static bool IsIdle(FeaturePartition feature) =>
        feature.Inbox.Count == 0
        && feature.Outbox.Count == 0
        && feature.Feature.Status is not (FeatureStatus.InProgress or FeatureStatus.Suspended);

    private async Task RetireStatusAsync(int featureId, FeatureStatus status, CancellationToken cancellation)
    {
        if (await _index.FindStatusAsync(featureId, status, cancellation) is { } note)
        {
            await _index.RetireAsync(_tables.Features, note, feature => feature.Status == status, _ => { }, cancellation);
        }
    }

    private (IAsyncEnumerable<int> Ids, Task<int> Total) Walk(FeatureFilter filter, long before, int limit, CancellationToken cancellation) => (
        _index.WalkAsync(filter.Status, before, limit + 1, cancellation).Select(FeatureIndex.IdOf),
        _index.CountAsync(filter.Status, cancellation));

    private async Task<(IAsyncEnumerable<int> Ids, Task<int> Total)> SearchAsync(FeatureFilter filter, long before, CancellationToken cancellation)
    {
        IEnumerable<int> found = await _index.SearchAsync(filter.Text!, cancellation);
        if (filter.Status is { } status)
        {
            HashSet<int> noted = [.. (await _index.ListStatusAsync(status, cancellation)).Select(FeatureIndex.IdOf)];
            found = found.Where(noted.Contains);
        }

        int[] matches = [.. found];
        return (matches.Where(id => id < before).ToAsyncEnumerable(), Task.FromResult(matches.Length));
    }
}
