using Azure.Data.Tables;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>The tables of the store: features by feature, the index over them, the change feed, and issues.</summary>
internal sealed class StoreTables(TableServiceClient service, string prefix)
{
    /// <summary>One partition a feature.</summary>
    public TableClient Features { get; } = service.GetTableClient(prefix + "Features");

    /// <summary>What finds features: all, by status, with work to do; and the keys of submissions.</summary>
    public TableClient Index { get; } = service.GetTableClient(prefix + "Index");

    /// <summary>One partition: the changes in order.</summary>
    public TableClient Feed { get; } = service.GetTableClient(prefix + "Feed");

    public TableClient Issues { get; } = service.GetTableClient(prefix + "Issues");

    public async Task CreateAsync(CancellationToken cancellation)
    {
        foreach (TableClient table in (TableClient[])[Features, Index, Feed, Issues])
        {
            await table.CreateIfNotExistsAsync(cancellation);
        }
    }
}
