using System.Diagnostics;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PhaseFlow.Embedded.Engine;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Engine.Persistence;
using PhaseFlow.Embedded.Storage;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>An engine with a database of its own and the functions of the conformance cases.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    // Set to 1 to replay at every step also in the tests that do not say whether they do.
    private static readonly bool ReplaysAlways = Environment.GetEnvironmentVariable("PHASEFLOW_TEST_REPLAY_ALWAYS") == "1";

    private static readonly FunctionCatalog Catalog = FunctionCatalog.From(typeof(EngineHost).Assembly);

    private readonly TempFolder? _folder;
    private readonly SqliteDatabase _database;
    private readonly ServiceProvider _services;

    private EngineHost(TempFolder? folder, SqliteDatabase database, ServiceProvider services, DurableEngine engine, FakeTime time, Probe probe)
    {
        _folder = folder;
        _database = database;
        _services = services;
        Engine = engine;
        Time = time;
        Probe = probe;
    }

    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(2);

    public DurableEngine Engine { get; }

    public DurableTaskClient Client => Engine.Client;

    public SqliteDatabase Database => _database;

    public FakeTime Time { get; }

    public Probe Probe { get; }

    /// <summary>Starts an engine in a new folder, or on the database of another one that has ended.</summary>
    public static EngineHost Start(
        bool? replayAlways = null,
        string? database = null,
        FakeTime? time = null,
        Probe? probe = null,
        Func<IEngineStorage, IEngineStorage>? wrap = null,
        Action<DurableEngineOptions>? configure = null)
    {
        TempFolder? folder = database is null ? new TempFolder() : null;
        SqliteDatabase opened = SqliteDatabase.Open(database ?? folder!.Database, NullLoggerFactory.Instance);
        probe ??= new Probe();
        time ??= new FakeTime();
        var services = new ServiceCollection().AddSingleton(probe);
        IEngineStorage storage = new SqliteEngineStorage(opened);
        var options = new DurableEngineOptions { ReplayAlways = replayAlways ?? ReplaysAlways };
        configure?.Invoke(options);
        DurableEngine? engine = null;
        services.AddSingleton(_ => engine!.Client);
        ServiceProvider provider = services.BuildServiceProvider();
        engine = new DurableEngine(Catalog, provider, wrap?.Invoke(storage) ?? storage, options, time, NullLoggerFactory.Instance);
        engine.Start();
        return new EngineHost(folder, opened, provider, engine, time, probe);
    }

    public Task<string> StartAsync(string name, object? input = null, string? id = null) =>
        Client.ScheduleNewOrchestrationInstanceAsync(name, input, id is null ? null : new StartOrchestrationOptions(id));

    public Task RaiseAsync(string id, string name, object? payload = null) => Client.RaiseEventAsync(id, name, payload);

    public Task<OrchestrationMetadata> EndAsync(string id) =>
        Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true).WaitAsync(Patience);

    public async Task<OrchestrationMetadata> RunAsync(string name, object? input = null) => await EndAsync(await StartAsync(name, input));

    public async Task<T?> ResultAsync<T>(string id)
    {
        OrchestrationMetadata end = await EndAsync(id);
        Assert.True(end.RuntimeStatus == OrchestrationRuntimeStatus.Completed, $"{end.RuntimeStatus}: {end.SerializedOutput}");
        return end.ReadOutputAs<T>();
    }

    public async Task<T?> ResultOfAsync<T>(string name, object? input = null) => await ResultAsync<T>(await StartAsync(name, input));

    /// <summary>Waits until the orchestrator has reported the given step through its custom status.</summary>
    public Task ReachedAsync(string id, string status) => UntilAsync(
        async () => (await Client.GetInstanceAsync(id, getInputsAndOutputs: true))?.ReadCustomStatusAs<string>() == status, $"{id} to reach {status}");

    /// <summary>Moves the clock from timer to timer until the instance has ended.</summary>
    public async Task<OrchestrationMetadata> EndWithTimeAsync(string id)
    {
        Task<OrchestrationMetadata> end = EndAsync(id);
        while (await Task.WhenAny(end, Task.Delay(TimeSpan.FromMilliseconds(5))) != end)
        {
            Time.AdvanceToNext();
        }

        return await end;
    }

    /// <summary>Waits for a condition that no signal tells of.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < Patience, $"Waited in vain for {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(2));
        }
    }

    public async ValueTask DisposeAsync()
    {
        Probe.ReleaseAll();
        await Engine.DisposeAsync();
        await _database.DisposeAsync();
        await _services.DisposeAsync();
        _folder?.Dispose();
    }
}
