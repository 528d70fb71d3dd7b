using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Engine.Persistence;
using PhaseFlow.Embedded.Storage;

namespace PhaseFlow.Embedded.Engine;

/// <summary>Registers the durable engine.</summary>
internal static class DurableEngineServices
{
    /// <summary>
    /// Registers the engine, its client and the functions of an assembly. The host registers the <see cref="SqliteDatabase"/> as a singleton.
    /// The engine starts and stops with the host.
    /// </summary>
    public static IServiceCollection AddDurableEngine(
        this IServiceCollection services, Assembly functions, Action<DurableEngineOptions>? configure = null) =>
        services.AddDurableEngine(FunctionCatalog.From(functions), configure);

    /// <inheritdoc cref="AddDurableEngine(IServiceCollection, Assembly, Action{DurableEngineOptions})"/>
    public static IServiceCollection AddDurableEngine(
        this IServiceCollection services, FunctionCatalog catalog, Action<DurableEngineOptions>? configure = null)
    {
        var options = new DurableEngineOptions();
        configure?.Invoke(options);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IEngineStorage>(s => new SqliteEngineStorage(s.GetRequiredService<SqliteDatabase>()));
        services.AddSingleton(catalog);
        services.AddSingleton(s => new DurableEngine(
            catalog,
            s,
            s.GetRequiredService<IEngineStorage>(),
            options,
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(s => s.GetRequiredService<DurableEngine>().Client);
        services.AddHostedService<EngineLifetime>();
        return services;
    }

    /// <summary>Starts after everything else: an activity that goes on may need the address that the host listens on.</summary>
    private sealed class EngineLifetime(DurableEngine engine) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken)
        {
            engine.Start();
            return Task.CompletedTask;
        }

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => engine.StopAsync();

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
