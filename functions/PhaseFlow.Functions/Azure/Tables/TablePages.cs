using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>Queries within one partition, page by page.</summary>
internal static class TablePages
{
    /// <summary>What the service gives in one answer at most.</summary>
    public const int MaxPage = 1000;

    // What one transaction takes.
    private const int MaxActions = 100;

    /// <summary>The rows of a partition from one key (included) to another (excluded), in order, as the service answers them. A page may be empty.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<TableEntity>> RangeAsync(
        this TableClient table,
        string partition,
        string from,
        string to,
        [EnumeratorCancellation] CancellationToken cancellation,
        int? maxPerPage = null,
        IEnumerable<string>? select = null)
    {
        string filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {from} and RowKey lt {to}");
        await foreach (Page<TableEntity> page in table.QueryAsync<TableEntity>(filter, maxPerPage, select, cancellation).AsPages().WithCancellation(cancellation))
        {
            yield return page.Values;
        }
    }

    /// <summary>All rows of a range.</summary>
    public static async Task<List<TableEntity>> ListAsync(
        this TableClient table, string partition, string from, string to, CancellationToken cancellation, IEnumerable<string>? select = null)
    {
        List<TableEntity> rows = [];
        await foreach (IReadOnlyList<TableEntity> page in table.RangeAsync(partition, from, to, cancellation, select: select))
        {
            rows.AddRange(page);
        }

        return rows;
    }

    /// <summary>One row; null where it is not there.</summary>
    public static async Task<TableEntity?> FindAsync(
        this TableClient table, string partition, string row, CancellationToken cancellation, IEnumerable<string>? select = null)
    {
        NullableResponse<TableEntity> found = await table.GetEntityIfExistsAsync<TableEntity>(partition, row, select, cancellation);
        return found.HasValue ? found.Value : null;
    }

    /// <summary>Removes rows of one partition, in their order, in as few transactions as they fit.</summary>
    /// <exception cref="RequestFailedException">A conflict: another has removed some of them.</exception>
    public static async Task DeleteAllAsync(this TableClient table, IEnumerable<TableEntity> rows, CancellationToken cancellation)
    {
        foreach (TableEntity[] some in rows.Chunk(MaxActions))
        {
            await table.SubmitTransactionAsync(
                some.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All)), cancellation);
        }
    }

    /// <summary>Removes a row if it is still as it was read.</summary>
    public static async Task<bool> TryDeleteAsync(this TableClient table, TableEntity row, CancellationToken cancellation)
    {
        try
        {
            await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, cancellation);
            return true;
        }
        catch (RequestFailedException fault) when (Conflicts.IsConflict(fault))
        {
            return false;
        }
    }
}
