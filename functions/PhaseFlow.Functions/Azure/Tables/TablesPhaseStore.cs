using System.Collections.Immutable;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>The store in Azure Tables.</summary>
/// <remarks>
/// A feature is one partition (<see cref="RowKeys"/>) and its row is changed by every write on condition of its ETag, so that each decision is made from
/// what is stored when it is written. See <c>docs/decisions/0011-tables-one-partition-a-feature.md</c>.
/// </remarks>
internal sealed partial class TablesPhaseStore : IPhaseStore, IDisposable
{
    private const int MaxReads = 16;

    private readonly StoreTables _tables;
    private readonly FeatureIndex _index;
    private readonly ChangeFeed _feed;
    private readonly FeatureWriter _writer;
    private readonly TimeProvider _time;

    // Creations of one process take turns: they would only meet at the next free id.
    private readonly SemaphoreSlim _creating = new(1);

    public TablesPhaseStore(StoreTables tables, TimeProvider time, ILogger<TablesPhaseStore> logger)
    {
        ArgumentNullException.ThrowIfNull(tables);
        _tables = tables;
        _time = time;
        _index = new FeatureIndex(tables.Index);
        _feed = new ChangeFeed(tables.Feed, time);
        _writer = new FeatureWriter(tables, _index, _feed, time, logger);
    }

    public void Dispose()
    {
        _feed.Dispose();
        _creating.Dispose();
    }

    public async Task<PhaseBrief?> GetPhaseBriefAsync(int featureId, int phaseNumber, CancellationToken cancellation)
    {
        if (await ReadAsync(featureId, RowKeys.PhaseEnd, cancellation) is not { } read || !read.Phases.TryGetValue(phaseNumber, out PhaseRow? phase))
        {
            return null;
        }

        TableEntity? content = await _tables.Features.FindAsync(
            RowKeys.Partition(featureId), RowKeys.Content(read.Feature.PlanKey, phaseNumber), cancellation);
        return new PhaseBrief(
            read.Feature.Plan,
            read.Phases.Count,
            phase.Plan with { Content = content?.Text("Content") ?? "" },
            phase.Plan.DependsOn.Distinct().ToImmutableSortedDictionary(d => d, d => read.Phases.GetValueOrDefault(d)?.Plan.Title ?? ""));
    }

    public Task<ChangePage> ReadChangesAsync(long after, int limit, CancellationToken cancellation) => _feed.ReadAsync(after, limit, cancellation);

    public Task<long> LastChangeAsync(CancellationToken cancellation) => _feed.ReadLastAsync(cancellation);

    public Task WaitForChangesAsync(long after, TimeSpan wait, CancellationToken cancellation) => _feed.WaitAsync(after, wait, cancellation);

    public async Task CheckAsync(CancellationToken cancellation) =>
        await _tables.Index.UpsertEntityAsync(new TableEntity("check", "written"), TableUpdateMode.Replace, cancellation);

    private Task<FeaturePartition?> ReadAsync(int featureId, string to, CancellationToken cancellation) =>
        FeaturePartition.ReadAsync(_tables.Features, featureId, to, cancellation);

    private async Task<FeaturePartition> RequireAsync(int featureId, string to, CancellationToken cancellation) =>
        await ReadAsync(featureId, to, cancellation) ?? throw new FeatureUnknownException($"Feature {featureId} is not stored.");

    /// <summary>Reads many features, some at once, in the order of their ids as given. Those that are not there are left out.</summary>
    private async Task<List<FeaturePartition>> ReadManyAsync(IEnumerable<int> ids, string to, CancellationToken cancellation)
    {
        List<FeaturePartition> read = [];
        foreach (int[] some in ids.Chunk(MaxReads))
        {
            read.AddRange((await Task.WhenAll(some.Select(id => ReadAsync(id, to, cancellation)))).OfType<FeaturePartition>());
        }

        return read;
    }
}
