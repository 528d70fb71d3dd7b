using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using PhaseFlow.Embedded.Agents;
using PhaseFlow.Embedded.Engine;
using PhaseFlow.Embedded.Storage;
using PhaseFlow.Functions;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.GitHub;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Slots;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>The whole app in this process: store, engine, agents and HTTP.</summary>
internal sealed partial class EmbeddedHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SqliteDatabase _database;

    private EmbeddedHost(WebApplication app, SqliteDatabase database, string url)
    {
        _app = app;
        _database = database;
        Url = url;
        Faulted = FaultAsync(database, app.Services.GetRequiredService<DurableEngine>());
    }

    /// <summary>Where it listens.</summary>
    public string Url { get; }

    /// <summary>Where people and agents reach it.</summary>
    public string PublicUrl => Services.GetRequiredService<IPublicAddress>().Url;

    public IServiceProvider Services => _app.Services;

    /// <summary>Done, with one line for a person, when the host can no longer write and must end.</summary>
    public Task<string> Faulted { get; }

    /// <summary>Starts the host; it listens when this returns.</summary>
    /// <exception cref="HostStartException">It cannot start; the message says why in one line.</exception>
    public static async Task<EmbeddedHost> StartAsync(HostSettings settings, CancellationToken cancellation)
    {
        IConfiguration configuration = Configure(settings);
        HttpHostOptions http = HttpHostOptions.From(configuration, settings.Bind, settings.Port ?? HttpHostOptions.DefaultPort);
        using ILoggerFactory loggers = LoggerFactory.Create(logging => Log(logging, settings.LogLevel));
        foreach ((string key, string near) in SettingsFile.UnknownIn(new ConfigurationBuilder().AddEnvironmentVariables().Build()))
        {
            LogUnknownSetting(loggers.CreateLogger<EmbeddedHost>(), key.Replace(":", "__", StringComparison.Ordinal), near.Replace(":", "__", StringComparison.Ordinal));
        }

        SqliteDatabase database = Open(settings, loggers);
        WebApplication? app = null;
        try
        {
            app = Build(settings, configuration, http, database);
            string url = await app.StartHttpHostAsync(cancellation);
            database.Announce(url);
            return new EmbeddedHost(app, database, url);
        }
        catch (Exception fault)
        {
            if (app is not null)
            {
                // What has started already must have ended before the database goes, or it would complain after the one line.
                await StopQuietlyAsync(app);
                await app.DisposeAsync();
            }

            await database.DisposeAsync();
            if (fault is DatabaseUnusableException unusable)
            {
                throw new HostStartException(unusable.Message, unusable);
            }

            if (fault is OptionsValidationException invalid)
            {
                throw new HostStartException($"A setting cannot be used: {string.Join(" ", invalid.Failures)}", fault);
            }

            throw;
        }
    }

    private static async Task StopQuietlyAsync(WebApplication app)
    {
        try
        {
            await app.StopAsync(CancellationToken.None);
        }
        catch (ArgumentNullException)
        {
            // A host that failed before it made its services has none to stop, and says it so: the failure itself is what counts.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }

    private static IConfigurationRoot Configure(HostSettings settings)
    {
        var builder = new ConfigurationBuilder();
        builder.AddInMemoryCollection(new Dictionary<string, string?> { ["PhaseFlow:Sweep:Interval"] = "00:01:00", ["PhaseFlow:Retention:Interval"] = "00:01:00" });
        if (settings.SettingsFile is { } file)
        {
            SettingsFile.AddTo(builder, file);
        }

        builder.AddEnvironmentVariables();
        builder.AddInMemoryCollection(settings.Overrides);
        if (settings.AllowShell)
        {
            builder.AddInMemoryCollection(new Dictionary<string, string?> { ["PhaseFlow:Agents:shell:Enabled"] = "true" });
        }

        IConfigurationRoot configuration = builder.Build();
        SettingsTypes.Check(configuration);
        return configuration;
    }

    private static SqliteDatabase Open(HostSettings settings, ILoggerFactory loggers)
    {
        try
        {
            return SqliteDatabase.Open(Path.Combine(settings.DataFolder, "phaseflow.db"), loggers);
        }
        catch (DatabaseUnusableException fault)
        {
            throw new HostStartException(fault.Message, fault);
        }
    }

    private static WebApplication Build(HostSettings settings, IConfiguration configuration, HttpHostOptions http, SqliteDatabase database)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "PhaseFlow" });
        builder.Configuration.AddConfiguration(configuration);
        if (string.IsNullOrEmpty(configuration["PhaseFlow:Webhooks:MasterKey"]))
        {
            builder.Configuration.AddInMemoryCollection(
                new Dictionary<string, string?> { ["PhaseFlow:Webhooks:MasterKey"] = MasterKeyFile.Ensure(settings.DataFolder) });
        }

        Log(builder.Logging, settings.LogLevel);

        // Once nothing can be stored everything fails; the host says why in one line, and the rest is for who looks into it.
        builder.Logging.AddFilter((_, level) => level >= settings.LogLevel && (settings.LogLevel <= LogLevel.Debug || !database.Faulted.IsCompleted));
        IServiceCollection services = builder.Services;
        services.AddSingleton(database);
        services.AddMetrics();
        services.AddSqliteStore();
        services.AddPhaseFlow(builder.Configuration);
        services.AddLocalAgents(builder.Configuration, Path.GetFullPath(settings.DataFolder));
        services.AddGitHub(builder.Configuration);
        services.AddSingleton<ISlotProof, StoredBeforeTold>();
        services.AddDurableEngine(typeof(AppServices).Assembly, engine =>
        {
            engine.ReplayAlways = settings.ReplayAlways;
            engine.WriteFirst = WriteFirst;
        });
        services.AddHostedService<InboxRecovery>();
        services.AddHostedService<TimerFunctions>();
        settings.ConfigureServices?.Invoke(services);
        return builder.AddHttpHost(http).Build().UseHttpHost();
    }

    /// <summary>What stands between a report and the next launch: the attempt and its issue, or the publication, are written before anything is done outside.</summary>
    private static readonly HashSet<string> WriteFirst = [nameof(LaunchAgentActivity), nameof(PublishRunActivity)];

    private static void Log(ILoggingBuilder logging, LogLevel level)
    {
        logging.SetMinimumLevel(level).AddConsole(console => console.FormatterName = LogLines.FormatterName)
            .AddConsoleFormatter<LogLines, LogLinesOptions>(lines => lines.WithTraces = level <= LogLevel.Debug);
        // What keeps the host from starting is thrown, and told in one line by who starts it.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level > LogLevel.Critical ? level : LogLevel.Critical);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    // In a file it ends the start; an environment is shared with others.
    [LoggerMessage(1502, LogLevel.Warning, "{Setting} is no setting, and nothing reads it; the nearest is {Near}.")]
    private static partial void LogUnknownSetting(ILogger log, string setting, string near);

    private static async Task<string> FaultAsync(SqliteDatabase database, DurableEngine engine)
    {
        await Task.WhenAny(database.Faulted, engine.Faulted);
        return database.Faulted.IsCompleted ? (await database.Faulted).Message : $"The durable engine cannot go on: {(await engine.Faulted).Message}";
    }
}
