using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using PhaseFlow.Embedded.Storage;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>The engine has no thread of its own: who brings something makes the next batch, one at a time.</summary>
public sealed class TurnTests
{
    private const int Threads = 8;

    [Fact]
    public async Task Engine_WhoeverMakesItsBatch_RunsNothingInThatContext()
    {
        await using EngineHost host = EngineHost.Start(configure: o => o.WriteFirst = new HashSet<string> { nameof(TurnFunctions.LooksFirst) });
        await host.Client.Entities.SignalEntityAsync(Key(0), nameof(Counter.Add), 1); // whoever made the first batch has left
        var onlooker = new EntityInstanceId(nameof(Onlooker), "one");
        TurnFunctions.Flowing.Value = "mine";
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new TurnFunctions.LooksOn());
        Task looking;
        Task<string> starting;
        bool kept;
        try
        {
            looking = host.Client.Entities.SignalEntityAsync(onlooker, nameof(Onlooker.Look));
            starting = host.StartAsync(nameof(TurnFunctions.LooksAround));
            kept = SynchronizationContext.Current is TurnFunctions.LooksOn && TurnFunctions.Flowing.Value == "mine";
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        await looking;
        Assert.True(kept);
        Assert.Equal(" False", (await host.Client.Entities.GetEntityAsync<string>(onlooker))!.State);
        Assert.Equal([" False", " False"], await host.ResultAsync<List<string>>(await starting));
    }

    [Fact]
    public async Task Engine_WhileAnActivityOfBeforeBeginsOnItsThread_TakesWhatComes()
    {
        using var folder = new TempFolder();
        var probe = new Probe();
        await using (EngineHost killed = EngineHost.Start(database: folder.Database, probe: probe))
        {
            await killed.StartAsync(nameof(TurnFunctions.CallsHold), id: "holds");
            await probe.PassAsync("begun").WaitAsync(EngineHost.Patience);
            await killed.Engine.StopAsync();
        }

        await using EngineHost host = EngineHost.Start(
            database: folder.Database, probe: probe, configure: o => o.WriteFirst = new HashSet<string> { nameof(TurnFunctions.HoldsItsThread) });
        await probe.PassAsync("begun again").WaitAsync(EngineHost.Patience);
        Task? call = null;
        await Task.Run(() => { call = host.Client.Entities.SignalEntityAsync(Key(0), nameof(Counter.Add), 1); }).WaitAsync(EngineHost.Patience / 4);
        probe.Release("hold");

        await call!.WaitAsync(EngineHost.Patience);
        Assert.Equal("done", await host.ResultAsync<string>("holds"));
    }

    [Fact]
    public async Task StopAsync_WhenTheStorageHasFailedWhileItTold_Ends()
    {
        await using EngineHost host = EngineHost.Start();
        Task raising = Task.CompletedTask;

        await Assert.ThrowsAsync<DatabaseUnusableException>(() => host.Database.WriteAsync(
            _ => 0,
            canWait: false,
            _ =>
            {
                raising = host.Client.Entities.SignalEntityAsync(Key(0), nameof(Counter.Add), 1);
                throw new InvalidOperationException("told badly");
            },
            CancellationToken.None));

        await Assert.ThrowsAsync<DatabaseUnusableException>(() => raising.WaitAsync(EngineHost.Patience));
        await host.Engine.StopAsync().WaitAsync(EngineHost.Patience);
    }

    [Fact]
    public async Task Engine_WhenManyThreadsBringSomething_TakesAllOfItOnceAndInTheOrderOfEach()
    {
        const int Each = 200;
        await using EngineHost host = EngineHost.Start();
        using var barrier = new Barrier(Threads);

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                barrier.SignalAndWait();
                return Task.WhenAll(Enumerable.Range(0, Each).Select(n =>
                    host.Client.Entities.SignalEntityAsync(Key(thread), nameof(Counter.Add), n)));
            },
            TaskCreationOptions.LongRunning).Unwrap())).WaitAsync(EngineHost.Patience);

        for (int thread = 0; thread < Threads; thread++)
        {
            Assert.Equal(Enumerable.Range(0, Each), await AddedAsync(host, thread));
        }
    }

    [Fact]
    public async Task StopAsync_WhileManyThreadsBringSomething_EndsAndHasStoredAllThatWasAnswered()
    {
        using var folder = new TempFolder();
        var answered = new int[Threads];
        await using (EngineHost host = EngineHost.Start(database: folder.Database))
        {
            using var underWay = new CountdownEvent(Threads);
            Task[] bringing =
            [
                .. Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
                {
                    try
                    {
                        while (true)
                        {
                            await host.Client.Entities.SignalEntityAsync(Key(thread), nameof(Counter.Add), answered[thread]);
                            if (++answered[thread] == 5)
                            {
                                underWay.Signal();
                            }
                        }
                    }
                    catch (InvalidOperationException)
                    {
                        // It has stopped.
                    }
                })),
            ];
            Assert.True(underWay.Wait(EngineHost.Patience));
            await host.Engine.StopAsync().WaitAsync(EngineHost.Patience);
            await Task.WhenAll(bringing).WaitAsync(EngineHost.Patience);
        }

        await using EngineHost next = EngineHost.Start(database: folder.Database);
        for (int thread = 0; thread < Threads; thread++)
        {
            Assert.Equal(Enumerable.Range(0, answered[thread]), await AddedAsync(next, thread));
        }
    }

    [Fact]
    public async Task StopAsync_WhileABatchIsBeingStored_WaitsForIt()
    {
        HeldStorage? held = null;
        await using EngineHost host = EngineHost.Start(wrap: s => held = new HeldStorage(s));
        Task call = host.Client.Entities.SignalEntityAsync(Key(0), nameof(Counter.Add), 1);
        await held!.Reached.WaitAsync(EngineHost.Patience);

        Task stopping = host.Engine.StopAsync();

        Assert.Equal((false, false), (stopping.IsCompleted, call.IsCompleted));
        held.Release();
        await stopping.WaitAsync(EngineHost.Patience);
        await call.WaitAsync(EngineHost.Patience);
    }

    private static EntityInstanceId Key(int thread) => new(nameof(Counter), $"of {thread}");

    private static async Task<IEnumerable<int>> AddedAsync(EngineHost host, int thread)
    {
        EntityMetadata<CounterState>? counter = await host.Client.Entities.GetEntityAsync<CounterState>(Key(thread));
        return counter!.State.Added;
    }
}
