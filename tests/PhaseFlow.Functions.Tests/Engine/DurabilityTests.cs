using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using PhaseFlow.Embedded.Engine;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>The cases <c>crash.*</c>: what was acknowledged survives, and the result is the same wherever the process ended.</summary>
public sealed class DurabilityTests
{
    private const string Expected = "\"a13bc True 4\"";

    /// <summary>How many commits the whole of <see cref="CrashFunctions.DoesEverything"/> takes at most.</summary>
    private const int Commits = 12;

    public static TheoryData<int, bool, bool> EveryCommit()
    {
        var data = new TheoryData<int, bool, bool>();
        for (int k = 1; k <= Commits; k++)
        {
            data.Add(k, false, false);
            data.Add(k, true, false);
            data.Add(k, false, true);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(EveryCommit))]
    public async Task Engine_WhenKilledAfterAnyCommit_ComesToTheSameResult(int commits, bool replay, bool early)
    {
        using var folder = new TempFolder();
        var time = new FakeTime();
        await using (EngineHost killed = EngineHost.Start(replay, folder.Database, time, wrap: s => new FailingStorage(s, commits), configure: Early))
        {
            await killed.StartAsync(nameof(CrashFunctions.DoesEverything), 0, "crash");
            await EngineHost.UntilAsync(
                async () =>
                {
                    time.AdvanceToNext();
                    return killed.Engine.Faulted.IsCompleted || (await killed.Client.GetInstanceAsync("crash"))!.IsCompleted;
                },
                "the engine to be killed");
        }

        await using EngineHost restarted = EngineHost.Start(replay, folder.Database, time, configure: Early);
        OrchestrationMetadata end = await restarted.EndWithTimeAsync("crash");

        Assert.Equal(Expected, end.SerializedOutput);
        Assert.Equal(4, (await restarted.Client.Entities.GetEntityAsync<CounterState>(new EntityInstanceId(nameof(Counter), "total")))!.State.Value);

        void Early(DurableEngineOptions options) => options.WriteFirst = early ? new HashSet<string> { nameof(ActivityFunctions.Echo) } : options.WriteFirst;
    }

    [Fact]
    public async Task Engine_WhenKilledTimeAndAgain_GetsThereStepByStep()
    {
        using var folder = new TempFolder();
        var time = new FakeTime();
        await using (EngineHost first = EngineHost.Start(database: folder.Database, time: time))
        {
            await first.StartAsync(nameof(CrashFunctions.DoesEverything), 0, "crash");
        }

        bool ended = false;
        while (!ended)
        {
            await using EngineHost host = EngineHost.Start(database: folder.Database, time: time, wrap: s => new FailingStorage(s, 1));
            await EngineHost.UntilAsync(
                async () =>
                {
                    time.AdvanceToNext();
                    return host.Engine.Faulted.IsCompleted || (ended = (await host.Client.GetInstanceAsync("crash"))!.IsCompleted);
                },
                "the next step");
        }

        await using EngineHost last = EngineHost.Start(database: folder.Database, time: time);
        Assert.Equal(Expected, (await last.EndAsync("crash")).SerializedOutput);
    }

    [Fact]
    public async Task Engine_WhenRestartedWhileAnInstanceWaits_ItGoesOnAndTheFinishedActivityIsNotRepeated()
    {
        using var folder = new TempFolder();
        var probe = new Probe();
        await using (EngineHost first = EngineHost.Start(database: folder.Database, probe: probe))
        {
            await first.StartAsync(nameof(EventFunctions.WorksThenWaits), id: "one");
            await first.RaiseAsync("one", "go", "1");
            probe.Release("work");
            await EngineHost.UntilAsync(() => Task.FromResult(probe.Count("end work") == 1), "the activity");
            await first.Client.Entities.SignalEntityAsync(new EntityInstanceId(nameof(Counter), "k"), nameof(Counter.Add), 7);
            await first.ReachedAsync("one", "worked");
        }

        await using EngineHost second = EngineHost.Start(database: folder.Database, probe: probe);
        await second.RaiseAsync("one", "go", "2");

        Assert.Equal("1,2", await second.ResultAsync<string>("one"));
        Assert.Equal(1, probe.Count("start work"));
        await second.Client.Entities.SignalEntityAsync(new EntityInstanceId(nameof(Counter), "k"), nameof(Counter.Add), 1);
        Assert.Equal(8, (await second.Client.Entities.GetEntityAsync<CounterState>(new EntityInstanceId(nameof(Counter), "k")))!.State.Value);
    }

    [Fact]
    public async Task Engine_WhenRestartedWhileAnActivityRuns_RunsItAgainAndTheOrchestratorSeesOneResult()
    {
        using var folder = new TempFolder();
        var first = new Probe();
        await using (EngineHost host = EngineHost.Start(database: folder.Database, probe: first))
        {
            await host.StartAsync(nameof(TaskFunctions.LeavesActivity), id: "one");
            await EngineHost.UntilAsync(() => Task.FromResult(first.Count("start left") == 1), "the activity");
            await host.Engine.StopAsync();
        }

        await using EngineHost again = EngineHost.Start(database: folder.Database);
        again.Probe.Release("left");

        Assert.Equal("returned early", await again.ResultAsync<string>("one"));
        Assert.Equal((0, 1), (first.Count("end left"), again.Probe.Count("end left")));
    }

    [Fact]
    public async Task Engine_WhenRestartedDuringAnOperationOfAnEntity_CarriesItOutAgain()
    {
        using var folder = new TempFolder();
        var id = new EntityInstanceId(nameof(Counter), "k");
        await using (EngineHost host = EngineHost.Start(database: folder.Database))
        {
            await host.Client.Entities.SignalEntityAsync(id, nameof(Counter.AddSlowly), 3);
            await host.Client.Entities.SignalEntityAsync(id, nameof(Counter.Add), 4);
            await host.Engine.StopAsync();
        }

        await using EngineHost again = EngineHost.Start(database: folder.Database);
        again.Probe.Release("add");

        await EngineHost.UntilAsync(
            async () => (await again.Client.Entities.GetEntityAsync<CounterState>(id))?.State.Value == 7, "both operations");
    }

    [Fact]
    public async Task Engine_WhenABatchCannotBeStored_FailsAllCallsFromThenOn()
    {
        await using EngineHost host = EngineHost.Start(wrap: s => new FailingStorage(s, 0));

        await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(nameof(EventFunctions.WaitsOnce)));
        Assert.IsType<IOException>(await host.Engine.Faulted.WaitAsync(EngineHost.Patience));
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(nameof(EventFunctions.WaitsOnce)));
    }

    [Fact]
    public async Task Engine_WhileABatchIsBeingStored_ReleasesNothingThatRestsOnIt()
    {
        HeldStorage? held = null;
        await using EngineHost host = EngineHost.Start(wrap: s => held = new HeldStorage(s));
        Task<string> start = host.StartAsync(nameof(TaskFunctions.LeavesActivity), id: "one");
        Task signal = host.Client.Entities.SignalEntityAsync(new EntityInstanceId(nameof(Counter), "k"), nameof(Counter.Add), 1);
        await held!.Reached.WaitAsync(EngineHost.Patience);

        Assert.False(start.IsCompleted || signal.IsCompleted);
        Assert.Equal(0, host.Probe.Count("start left"));
        Assert.Null(await host.Client.GetInstanceAsync("one"));
        held.Release();
        await Task.WhenAll(start, signal).WaitAsync(EngineHost.Patience);
        host.Probe.Release("left");
        Assert.Equal("returned early", await host.ResultAsync<string>("one"));
    }

    [Fact]
    public async Task Engine_WhileABatchIsBeingStored_StartsWhatWritesFirst()
    {
        HeldStorage? held = null;
        await using EngineHost host = EngineHost.Start(
            wrap: s => held = new HeldStorage(s), configure: o => o.WriteFirst = new HashSet<string> { nameof(ActivityFunctions.Slow) });
        Task<string> start = host.StartAsync(nameof(TaskFunctions.LeavesActivity), id: "one");

        await EngineHost.UntilAsync(() => Task.FromResult(host.Probe.Count("start left") == 1), "the activity to start");

        Assert.False(start.IsCompleted);
        held!.Release();
        await start.WaitAsync(EngineHost.Patience);
        host.Probe.Release("left");
        Assert.Equal("returned early", await host.ResultAsync<string>("one"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10_000)]
    public async Task Engine_WhenFewInstancesStayInMemory_TheOthersComeBack(int hot)
    {
        await using EngineHost host = EngineHost.Start(configure: o => o.HotInstances = hot);
        string[] ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.StartAsync(nameof(EventFunctions.WaitsForTwoNames))));
        foreach ((string name, string payload) in new[] { ("start", ""), ("a", "1"), ("b", "2"), ("b", "3"), ("a", "4") })
        {
            await Task.WhenAll(ids.Select(id => host.RaiseAsync(id, name, payload)));
        }

        foreach (string id in ids)
        {
            Assert.Equal("1,4,2,3", await host.ResultAsync<string>(id));
        }
    }
}
