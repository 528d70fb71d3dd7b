using Microsoft.Extensions.DependencyInjection;
using PhaseFlow.Embedded.Issues;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Storage;

/// <summary>Registers what is kept in the SQLite file.</summary>
internal static class SqliteStore
{
    /// <summary>
    /// Adds the store and the local issue tracker on the registered <see cref="SqliteDatabase"/>. Needs <c>IPublicAddress</c> and <c>TimeProvider</c>.
    /// </summary>
    public static IServiceCollection AddSqliteStore(this IServiceCollection services)
    {
        services.AddSingleton<SqlitePhaseStore>();
        services.AddSingleton<IPhaseStore>(provider => provider.GetRequiredService<SqlitePhaseStore>());
        services.AddSingleton<IIssueTracker, LocalIssueTracker>();
        return services;
    }
}
