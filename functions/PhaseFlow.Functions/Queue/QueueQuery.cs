using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Queue;

/// <summary>What of the queue a client asks for.</summary>
/// <param name="Statuses">Only these; empty for all.</param>
/// <param name="Offset">How many rows were read before: the cursor.</param>
/// <param name="Limit">1 to 500.</param>
public sealed record QueueQuery(HashSet<PhaseStatus> Statuses, int Offset, int Limit)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 500;
    private const int FeaturesAtOnce = 200;

    /// <summary>Whether it asks for phases that also finished features have.</summary>
    public bool IncludesFinished => Statuses.Any(s => s.IsSettled());

    public static (QueueQuery? Query, ProblemResult? Refusal) Read(HttpRequest request)
    {
        ProblemResult? refusal = QueryValues.Words(request, "status", out HashSet<PhaseStatus> statuses);
        int limit = DefaultLimit;
        long offset = 0;
        refusal ??= QueryValues.Unknown(request, "status", "limit", "cursor");
        refusal ??= QueryValues.Limit(request, DefaultLimit, MaxLimit, out limit);
        refusal ??= QueryValues.Number(request, "cursor", 0, int.MaxValue, out offset);
        return refusal is null ? (new QueueQuery(statuses, (int)offset, limit), null) : (null, refusal);
    }

    /// <summary>The features that have what it asks for: the open ones, and finished ones only where a status asks for them.</summary>
    public async Task<ImmutableArray<StoredFeature>> FeaturesAsync(IPhaseStore store, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ImmutableArray<StoredFeature> open = await store.ListOpenFeaturesAsync(cancellation);
        if (!IncludesFinished)
        {
            return open;
        }

        ImmutableArray<StoredFeature>.Builder all = open.ToBuilder();
        var known = open.Select(f => f.Run.FeatureId).ToHashSet();
        string? cursor = null;
        do
        {
            Page<StoredFeature> page = await store.ListFeaturesAsync(new FeatureFilter(null, null, cursor, FeaturesAtOnce), cancellation);
            all.AddRange(page.Items.Where(f => f.Run.Status != FeatureStatus.Planned && known.Add(f.Run.FeatureId)));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return all.ToImmutable();
    }

    /// <summary>The page of the rows of some features.</summary>
    public async Task<QueueResponse> PageAsync(
        DurableTaskClient client, IReadOnlyCollection<StoredFeature> features, DateTimeOffset now, CancellationToken cancellation)
    {
        SlotLine line = await SlotLine.ReadForAsync(client, features, cancellation);
        return Page(features.SelectMany(f => QueueRow.Of(f, line, now)));
    }

    /// <summary>The page of these rows.</summary>
    public QueueResponse Page(IEnumerable<QueueRow> rows)
    {
        QueueRow[] all = [.. QueueOrder.Sort(rows.Where(r => Statuses.Count == 0 || Statuses.Contains(r.Status)))];
        QueueRow[] page = [.. all.Skip(Offset).Take(Limit)];
        long next = (long)Offset + page.Length;
        return new QueueResponse(page, all.Length) { NextCursor = next < all.Length && page.Length > 0 ? FormattableString.Invariant($"{next}") : null };
    }
}
