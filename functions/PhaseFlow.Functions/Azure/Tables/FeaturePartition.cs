using System.Collections.Immutable;
using Azure.Data.Tables;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>One feature as read at one moment.</summary>
internal sealed class FeaturePartition
{
    public required FeatureRow Feature { get; init; }

    public List<OutboxRow> Outbox { get; } = [];

    public List<InboxRow> Inbox { get; } = [];

    public SortedDictionary<int, PhaseRow> Phases { get; } = [];

    public List<AttemptRow> Attempts { get; } = [];

    public ImmutableArray<InboxEntry> OpenInbox => [.. Inbox.Select(i => i.Entry)];

    public FeatureRun Run => new()
    {
        FeatureId = Feature.Id,
        Priority = Feature.Plan.Priority,
        MaxCostUsd = Feature.Plan.MaxCostUsd,
        Status = Feature.Status,
        Cancelling = Feature.Cancelling,
        Version = Feature.Version,
        Inbox = Feature.Inbox,
        Phases = PhaseTable.Of(Phases.Values.Select(p => p.State).OfType<PhaseState>()),
    };

    public AttemptRow? Attempt(int phase, int attempt) =>
        Attempts.Find(a => a.Record.PhaseNumber == phase && a.Record.Attempt == attempt);

    public bool IsNewest(int phase, int attempt) => !Attempts.Exists(a => a.Record.PhaseNumber == phase && a.Record.Attempt > attempt);

    public StoredFeature ToStored(IReadOnlyDictionary<int, string>? contents = null) => new()
    {
        Plan = Feature.Plan with
        {
            Phases = [.. Phases.Values.Select(p => contents is null ? p.Plan : p.Plan with { Content = contents.GetValueOrDefault(p.Plan.Number, "") })],
        },
        Run = Run,
        CreatedAt = Feature.CreatedAt,
        UpdatedAt = Feature.UpdatedAt,
        PhaseUpdatedAt = Phases.ToImmutableSortedDictionary(p => p.Key, p => p.Value.UpdatedAt),
    };

    /// <summary>Reads a feature up to a row key, with one query; null where it is unknown, or was taken out.</summary>
    /// <remarks>
    /// One answer of the service is of one moment. A feature that needs several is read again where it was written to in between. Heartbeats
    /// write to their attempt alone.
    /// </remarks>
    public static async Task<FeaturePartition?> ReadAsync(TableClient table, int featureId, string to, CancellationToken cancellation) =>
        await ReadStoredAsync(table, featureId, to, cancellation) is { Feature.Removing: false } read ? read : null;

    /// <summary>As <see cref="ReadAsync"/>, and also what is left of a feature that was taken out.</summary>
    public static async Task<FeaturePartition?> ReadStoredAsync(TableClient table, int featureId, string to, CancellationToken cancellation)
    {
        string partition = RowKeys.Partition(featureId);
        while (true)
        {
            List<TableEntity> rows = [];
            int pages = 0;
            await foreach (IReadOnlyList<TableEntity> page in table.RangeAsync(partition, RowKeys.Feature, to, cancellation))
            {
                rows.AddRange(page);
                pages += page.Count > 0 ? 1 : 0;
            }

            // Rows of a feature that is still being created, or whose creation was given up, are not it.
            if (rows.Count == 0 || rows[0].RowKey != RowKeys.Feature)
            {
                return null;
            }

            if (pages == 1 || (await table.FindAsync(partition, RowKeys.Feature, cancellation, ["PartitionKey", "RowKey"]))?.ETag == rows[0].ETag)
            {
                return Of(rows);
            }
        }
    }

    private static FeaturePartition Of(List<TableEntity> rows)
    {
        var read = new FeaturePartition { Feature = FeatureRow.Of(rows[0]) };
        string phases = RowKeys.Phase(read.Feature.PlanKey, 0)[..^10];
        foreach (TableEntity row in rows)
        {
            switch (row.RowKey[0])
            {
                case '1':
                    read.Outbox.Add(OutboxRow.Of(row));
                    break;
                case '2':
                    read.Inbox.Add(InboxRow.Of(row));
                    break;
                case '3' when row.RowKey.StartsWith(phases, StringComparison.Ordinal):
                    var phase = PhaseRow.Of(row);
                    read.Phases.Add(phase.Plan.Number, phase);
                    break;
                case '4':
                    read.Attempts.Add(AttemptRow.Of(row));
                    break;
            }
        }

        return read;
    }
}
