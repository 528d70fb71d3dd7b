using Azure;
using Azure.Data.Tables;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>Rows of one feature that must be written together, and what the feed is told of them.</summary>
internal sealed class RowGroup
{
    public List<TableTransactionAction> Actions { get; } = [];

    public List<OutboxChange> Changes { get; } = [];

    /// <summary>Characters and bytes, about.</summary>
    public int Size => Actions.Sum(a => Length(a.Entity)) + Changes.Sum(c => c.Data.Length);

    public void Add(TableEntity row) => Actions.Add(new TableTransactionAction(TableTransactionActionType.Add, row));

    public void Put(TableEntity row) => Actions.Add(new TableTransactionAction(TableTransactionActionType.UpsertReplace, row));

    public void Merge(TableEntity row, ETag etag) => Actions.Add(new TableTransactionAction(TableTransactionActionType.UpdateMerge, row, etag));

    public void Delete(TableEntity row, ETag etag) => Actions.Add(new TableTransactionAction(TableTransactionActionType.Delete, row, etag));

    public void Say(string type, string? queueId, DateTimeOffset at, string data) => Changes.Add(new OutboxChange(type, queueId, at, data));

    public void Take(RowGroup other)
    {
        Actions.AddRange(other.Actions);
        Changes.AddRange(other.Changes);
    }

    private static int Length(ITableEntity entity) => entity is TableEntity row ? row.Sum(column => column.Value switch { string text => text.Length, byte[] bytes => bytes.Length, _ => 0 }) : 0;
}

/// <summary>One write of a feature: its groups of rows, and the feature's row with them.</summary>
/// <remarks>
/// It is one transaction where it fits into one: at most 100 rows and 4 MiB. What is larger is split between groups. The feature's row gets its new values
/// with the last group of <see cref="Before"/>, and what comes <see cref="After"/> is no harm while it is missing. A write that stopped in between is
/// finished by its repeat, as each group is decided from what is stored.
/// </remarks>
internal sealed class FeatureWrite(FeaturePartition from)
{
    // The feature's row and up to six rows of its outbox come on top.
    private const int MaxActions = 90;

    // A sign may become six bytes on the wire.
    private const int MaxSize = 400_000;

    public FeaturePartition From => from;

    /// <summary>What changes in the feature's own row.</summary>
    public TableEntity Feature { get; } = new(RowKeys.Partition(from.Feature.Id), RowKeys.Feature);

    /// <summary>The status that the feature gets; null where it keeps its own.</summary>
    public FeatureStatus? Status { get; set; }

    public List<RowGroup> Before { get; } = [];

    public List<RowGroup> After { get; } = [];

    /// <summary>Whether it would leave everything as it is.</summary>
    public bool IsEmpty => After.Count == 0
        && Before.TrueForAll(g => g.Actions.Count == 0)
        && !Feature.Any(column => column.Value is not null && column.Key is not (nameof(TableEntity.PartitionKey) or nameof(TableEntity.RowKey)));

    /// <summary>The transactions, and which of them carries the feature's new values.</summary>
    public (List<RowGroup> Batches, int Main) Split()
    {
        List<RowGroup> batches = Pack(Before);
        int main = batches.Count - 1;
        foreach (RowGroup group in After)
        {
            if (!Fits(batches[^1], group))
            {
                batches.Add(new RowGroup());
            }

            batches[^1].Take(group);
        }

        return (batches, main);
    }

    /// <summary>Packs groups, in order, into as few transactions as they fit.</summary>
    public static List<RowGroup> Pack(IEnumerable<RowGroup> groups)
    {
        List<RowGroup> batches = [new RowGroup()];
        foreach (RowGroup group in groups)
        {
            if (!Fits(batches[^1], group))
            {
                batches.Add(new RowGroup());
            }

            batches[^1].Take(group);
        }

        return batches;
    }

    private static bool Fits(RowGroup batch, RowGroup group) => batch.Actions.Count == 0
        || (batch.Actions.Count + group.Actions.Count <= MaxActions && batch.Size + group.Size <= MaxSize);
}
