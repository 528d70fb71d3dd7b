using Azure.Data.Tables;
using Azure.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>Puts the store and the issues into Azure Tables.</summary>
public static class TablesServices
{
    private const string Connection = "AzureWebJobsStorage";

    /// <summary>Registers the store, in the account of the host's own storage.</summary>
    /// <remarks>
    /// <c>AzureWebJobsStorage__tableServiceUri</c> or <c>AzureWebJobsStorage__accountName</c> is reached with the app's identity
    /// (<c>AzureWebJobsStorage__clientId</c> names a user-assigned one); a connection string in <c>AzureWebJobsStorage</c> as it says.
    /// <c>PhaseFlow__Tables__Prefix</c> begins the names of the tables: <c>PhaseFlow</c> unless set.
    /// </remarks>
    public static IServiceCollection AddTablesStore(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        string prefix = configuration["PhaseFlow:Tables:Prefix"] ?? "PhaseFlow";
        services.AddSingleton(_ => new StoreTables(Connect(configuration), prefix));
        services.AddSingleton<IPhaseStore, TablesPhaseStore>();
        services.AddSingleton<IIssueTracker, TablesIssueTracker>();
        services.AddHostedService<TablesSetup>();
        return services;
    }

    internal static TableServiceClient Connect(IConfiguration configuration)
    {
        IConfigurationSection section = configuration.GetSection(Connection);
        string? endpoint = section["tableServiceUri"]
            ?? (section["accountName"] is { Length: > 0 } account ? $"https://{account}.table.core.windows.net" : null);
        if (endpoint is not null)
        {
            var options = new DefaultAzureCredentialOptions();
            if (section["clientId"] is { Length: > 0 } client)
            {
                options.ManagedIdentityClientId = client;
            }

            return new TableServiceClient(new Uri(endpoint), new DefaultAzureCredential(options));
        }

        return section.Value is { Length: > 0 } connection
            ? new TableServiceClient(connection)
            : throw new InvalidOperationException($"Set {Connection} to a connection string, or {Connection}__tableServiceUri to the address of the table service.");
    }

    /// <summary>Makes the tables before the first function runs.</summary>
    private sealed class TablesSetup(StoreTables tables) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => tables.CreateAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
