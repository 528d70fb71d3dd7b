using Azure.Data.Tables;
using Microsoft.Extensions.Logging.Abstractions;
using PhaseFlow.Functions.Azure.Tables;

namespace PhaseFlow.Functions.Tests.Storage;

/// <summary>The table service that <c>PHASEFLOW_TABLES</c> names, with tables of a test's own.</summary>
internal sealed class TablesAccount
{
    private readonly string _prefix = $"T{Guid.NewGuid():N}";

    public static string ConnectionString { get; } = Environment.GetEnvironmentVariable("PHASEFLOW_TABLES")
        ?? throw new InvalidOperationException("PHASEFLOW_TABLES must be the connection string of a table service.");

    private static TableServiceClient Service { get; } = new(ConnectionString);

    public async Task<StoreTables> OpenAsync(TableServiceClient? service = null)
    {
        var tables = new StoreTables(service ?? Service, _prefix);
        await tables.CreateAsync(CancellationToken.None);
        return tables;
    }

    /// <summary>A store, as another process on the same tables has it.</summary>
    public async Task<TablesPhaseStore> OpenStoreAsync(TableServiceClient? service = null) =>
        new(await OpenAsync(service), TimeProvider.System, NullLogger<TablesPhaseStore>.Instance);

    public async Task DeleteAsync()
    {
        foreach (string table in (string[])["Features", "Index", "Feed", "Issues"])
        {
            await Service.DeleteTableAsync(_prefix + table);
        }
    }
}
