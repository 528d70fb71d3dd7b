using Azure;
using Azure.Data.Tables;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>Finds features: all of them, those of a status, and those that may have work to do.</summary>
/// <remarks>
/// A feature lies in its own partition, so no transaction spans it and this table. What must be found is therefore noted here <em>before</em> the feature is
/// written, and a note may say too much: the feature itself decides, and <see cref="RetireAsync"/> takes back a note that is not true. That touches the
/// feature first. Whoever read the feature before, noted, and has not written yet, loses its ETag by that, notes again and so changes the ETag of
/// the note: the note is deleted only if nobody relies on it. The list of all features is written after the feature, from its outbox.
/// </remarks>
internal sealed partial class FeatureIndex(TableClient table)
{
    private const string All = "all";
    private const string Work = "work";
    private const string End = "~";

    /// <summary>Notes that the inbox or the outbox of a feature may hold something.</summary>
    public Task MarkWorkAsync(int featureId, CancellationToken cancellation) => NoteAsync(Work, featureId, cancellation);

    /// <summary>Notes that a feature may have a status, and since when.</summary>
    public Task MarkStatusAsync(int featureId, FeatureStatus status, DateTimeOffset since, CancellationToken cancellation) =>
        NoteAsync(PartitionOf(status), featureId, cancellation, since);

    public Task<List<TableEntity>> ListWorkAsync(CancellationToken cancellation) => table.ListAsync(Work, "", End, cancellation);

    public Task<List<TableEntity>> ListStatusAsync(FeatureStatus status, CancellationToken cancellation) =>
        table.ListAsync(PartitionOf(status), "", End, cancellation);

    /// <summary>The ids from the greatest on, below a limit, of all features or of those noted under a status.</summary>
    public async IAsyncEnumerable<TableEntity> WalkAsync(
        FeatureStatus? status, long before, int pageSize, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        string from = before > int.MaxValue ? "" : Key((int)before) + "!";
        await foreach (IReadOnlyList<TableEntity> page in table.RangeAsync(
            status is { } s ? PartitionOf(s) : All, from, End, cancellation, Math.Min(pageSize, TablePages.MaxPage), ["PartitionKey", "RowKey", "Id"]))
        {
            foreach (TableEntity row in page)
            {
                yield return row;
            }
        }
    }

    public async Task<int> CountAsync(FeatureStatus? status, CancellationToken cancellation)
    {
        int count = 0;
        await foreach (IReadOnlyList<TableEntity> page in table.RangeAsync(
            status is { } s ? PartitionOf(s) : All, "", End, cancellation, select: ["RowKey"]))
        {
            count += page.Count;
        }

        return count;
    }

    /// <summary>The ids of the features whose texts contain a text, whatever the case, from the greatest on.</summary>
    public async Task<List<int>> SearchAsync(string text, CancellationToken cancellation)
    {
        string wanted = text.ToLowerInvariant();
        List<int> found = [];
        await foreach (IReadOnlyList<TableEntity> page in table.RangeAsync(All, "", End, cancellation))
        {
            found.AddRange(page.Where(r => r.RequiredText("Search").Contains(wanted, StringComparison.Ordinal)).Select(IdOf));
        }

        return found;
    }

    /// <summary>Puts a feature that has been created into the list of all.</summary>
    public async Task AddAsync(TableClient features, int featureId, CancellationToken cancellation)
    {
        FeatureRow feature = FeatureRow.Of((await features.FindAsync(RowKeys.Partition(featureId), RowKeys.Feature, cancellation))!);
        var row = new TableEntity(All, Key(featureId)) { ["Id"] = featureId };
        row.SetText("Search", $"{feature.Plan.Title}\n{feature.Plan.Repository}\n{feature.Plan.Description}".ToLowerInvariant());
        await table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellation);
    }

    /// <summary>Takes a note back that is not true of its feature.</summary>
    /// <param name="features">Where the feature is.</param>
    /// <param name="note">The note, as read before this.</param>
    /// <param name="isTrue">Whether the feature, as it is now, has what the note says.</param>
    /// <param name="touch">What changes in the feature's row with that.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task RetireAsync(
        TableClient features, TableEntity note, Func<FeatureRow, bool> isTrue, Action<TableEntity> touch, CancellationToken cancellation)
    {
        int id = IdOf(note);
        string partition = RowKeys.Partition(id);
        if (await features.FindAsync(partition, RowKeys.Feature, cancellation) is not { } row || isTrue(FeatureRow.Of(row)))
        {
            // A feature that is not there may be about to be created.
            return;
        }

        var touched = new TableEntity(partition, RowKeys.Feature) { ["Id"] = id };
        touch(touched);
        try
        {
            await features.UpdateEntityAsync(touched, row.ETag, TableUpdateMode.Merge, cancellation);
        }
        catch (RequestFailedException fault) when (Conflicts.IsConflict(fault))
        {
            // It is in use: whoever comes next finds out.
            return;
        }

        await table.TryDeleteAsync(note, cancellation);
    }

    /// <summary>The note of a status; null where there is none.</summary>
    public Task<TableEntity?> FindStatusAsync(int featureId, FeatureStatus status, CancellationToken cancellation) =>
        table.FindAsync(PartitionOf(status), Key(featureId), cancellation);

    public static int IdOf(TableEntity row) => row.GetInt32("Id")!.Value;

    private static string PartitionOf(FeatureStatus status) => $"status-{status}";

    // Counted down, so that the newest comes first.
    private static string Key(int featureId) => RowKeys.Number(int.MaxValue - featureId);

    private async Task NoteAsync(string partition, int featureId, CancellationToken cancellation, DateTimeOffset? since = null) =>
        await table.UpsertEntityAsync(new TableEntity(partition, Key(featureId)) { ["Id"] = featureId, ["Since"] = since }, TableUpdateMode.Replace, cancellation);
}
