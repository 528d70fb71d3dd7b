using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using PhaseFlow.Embedded.Engine;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>The cases <c>client.*</c> of the observed behaviour.</summary>
public sealed class ClientTests
{
    [Fact]
    public async Task GetInstance_WhenDataIsNotAskedFor_HidesInputOutputAndCustomStatus()
    {
        await using EngineHost host = EngineHost.Start();
        string id = await host.Client.ScheduleNewOrchestrationInstanceAsync(
            nameof(EventFunctions.WaitsOnce), "in", new StartOrchestrationOptions { Tags = new Dictionary<string, string> { ["team"] = "blue" } });
        await host.RaiseAsync(id, "go", "x");
        await host.EndAsync(id);

        OrchestrationMetadata full = (await host.Client.GetInstanceAsync(id, getInputsAndOutputs: true))!;
        OrchestrationMetadata light = (await host.Client.GetInstanceAsync(id))!;

        Assert.Equal(("\"in\"", "\"got x\"", "\"waiting\""), (full.SerializedInput, full.SerializedOutput, full.SerializedCustomStatus));
        Assert.Equal((null, null, null), (light.SerializedInput, light.SerializedOutput, light.SerializedCustomStatus));
        Assert.Throws<InvalidOperationException>(() => light.ReadOutputAs<string>());
        Assert.Equal("blue", light.Tags["team"]);
        Assert.Equal((TimeSpan.Zero, true), (light.CreatedAt.Offset, light.CreatedAt <= light.LastUpdatedAt));
    }

    [Fact]
    public async Task WaitForInstance_WhenTheIdIsUnknown_WaitsForItsToken()
    {
        await using EngineHost host = EngineHost.Start();
        using var cancel = new CancellationTokenSource();
        Task<OrchestrationMetadata> start = host.Client.WaitForInstanceStartAsync("none", cancel.Token);
        Task<OrchestrationMetadata> end = host.Client.WaitForInstanceCompletionAsync("none", cancel.Token);
        Assert.Null(await host.Client.GetInstanceAsync("none"));
        Assert.False(start.IsCompleted || end.IsCompleted);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => end);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Terminate_WhenRunning_EndsItAtOnceWithTheGivenOutput(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(TaskFunctions.LeavesActivity));
        await EngineHost.UntilAsync(() => Task.FromResult(host.Probe.Count("start left") == 1), "the activity");
        await host.Client.TerminateInstanceAsync(id, new { reason = "stop", code = 7 });

        var again = await Assert.ThrowsAsync<DurableInstanceException>(() => host.Client.TerminateInstanceAsync(id, "second"));
        host.Probe.Release("left");
        await EngineHost.UntilAsync(() => Task.FromResult(host.Probe.Count("end left") == 1), "the activity to run to its end");

        OrchestrationMetadata end = await host.EndAsync(id);
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "{\"reason\":\"stop\",\"code\":7}"), (end.RuntimeStatus, end.SerializedOutput));
        Assert.Contains($"Cannot terminate the orchestration instance {id} because instance is in the Terminated state.", again.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DurableInstanceException>(() => host.Client.TerminateInstanceAsync("none"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Suspend_WhenEventsCome_KeepsThemUntilResumed(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(EventFunctions.WaitsOnce));
        await host.Client.SuspendInstanceAsync(id, "coffee");
        OrchestrationMetadata suspended = (await host.Client.GetInstanceAsync(id, getInputsAndOutputs: true))!;
        var again = await Assert.ThrowsAsync<DurableInstanceException>(() => host.Client.SuspendInstanceAsync(id, "again"));
        await host.RaiseAsync(id, "go", "x");
        OrchestrationMetadata still = (await host.Client.GetInstanceAsync(id))!;
        await host.Client.ResumeInstanceAsync(id);

        Assert.Equal((OrchestrationRuntimeStatus.Suspended, "coffee", "\"waiting\""), (suspended.RuntimeStatus, suspended.SerializedOutput, suspended.SerializedCustomStatus));
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, still.RuntimeStatus);
        Assert.Contains("Cannot suspend the orchestration instance", again.Message, StringComparison.Ordinal);
        Assert.Equal("got x", await host.ResultAsync<string>(id));
        await Assert.ThrowsAsync<DurableInstanceException>(() => host.Client.ResumeInstanceAsync(id));
        await Assert.ThrowsAsync<DurableInstanceException>(() => host.Client.SuspendInstanceAsync("none"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Suspend_WhenAnActivityEnds_HoldsTheNextStepBack(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(EventFunctions.WorksThenWaits));
        await host.Client.SuspendInstanceAsync(id);
        await host.RaiseAsync(id, "go", "1");
        await host.RaiseAsync(id, "go", "2");
        host.Probe.Release("work");
        await EngineHost.UntilAsync(() => Task.FromResult(host.Probe.Count("end work") == 1), "the activity");
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await host.Client.GetInstanceAsync(id))!.RuntimeStatus);
        await host.Client.ResumeInstanceAsync(id);

        Assert.Equal("1,2", await host.ResultAsync<string>(id));
    }

    [Fact]
    public async Task Purge_WhenEnded_RemovesItAndNothingElse()
    {
        await using EngineHost host = EngineHost.Start();
        string running = await host.StartAsync(nameof(EventFunctions.WaitsOnce));
        string ended = (await host.RunAsync(nameof(TaskFunctions.SetsPastTimer))).InstanceId;
        string failed = (await host.RunAsync(nameof(OrchestrationFunctions.ThrowsItself))).InstanceId;

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Client.PurgeInstanceAsync(running));
        PurgeResult all = await host.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter(Statuses: [OrchestrationRuntimeStatus.Failed]));

        Assert.Contains($"the orchestration with instance ID {running} has status Running", refused.Message, StringComparison.Ordinal);
        Assert.Equal((1, (bool?)null), (all.PurgedInstanceCount, all.IsComplete));
        Assert.Null(await host.Client.GetInstanceAsync(failed));
        Assert.NotNull(await host.Client.GetInstanceAsync(ended));
        Assert.Equal(1, (await host.Client.PurgeInstanceAsync(ended)).PurgedInstanceCount);
        Assert.Equal(0, (await host.Client.PurgeInstanceAsync(ended)).PurgedInstanceCount);
        Assert.Null(await host.Client.GetInstanceAsync(ended));
        await host.RaiseAsync(running, "go", "x");
        Assert.Equal("got x", await host.ResultAsync<string>(running));
    }

    [Fact]
    public async Task GetAllInstances_WhenFilteredAndPaged_GivesThemInTheOrderOfTheirIds()
    {
        await using EngineHost host = EngineHost.Start();
        for (int i = 4; i >= 0; i--)
        {
            await host.StartAsync(i == 4 ? nameof(OrchestrationFunctions.ThrowsItself) : nameof(TaskFunctions.SetsPastTimer), i, $"q-{i}");
            await host.EndAsync($"q-{i}");
        }

        await host.StartAsync(nameof(EventFunctions.WaitsOnce), id: "r-1");
        DateTimeOffset later = host.Time.GetUtcNow().AddMinutes(5);

        Assert.Equal(["q-0", "q-1", "q-2", "q-3", "q-4"], await IdsAsync(host, new OrchestrationQuery(InstanceIdPrefix: "q-", PageSize: 2)));
        Assert.Equal(["q-4"], await IdsAsync(host, new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Failed])));
        Assert.Empty(await IdsAsync(host, new OrchestrationQuery(CreatedFrom: later)));
        Assert.Equal(6, (await IdsAsync(host, new OrchestrationQuery(CreatedTo: later))).Count);
        Assert.Throws<ArgumentException>(() => host.Client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: "@")));
        var pages = new List<int>();
        await foreach (Page<OrchestrationMetadata> page in host.Client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: "q-")).AsPages(pageSizeHint: 2))
        {
            pages.Add(page.Values.Count);
        }

        Assert.Equal([2, 2, 1], pages);
    }

    [Fact]
    public async Task Schedule_WhenTheIdIsUnusual_TakesItAsItIs()
    {
        await using EngineHost host = EngineHost.Start();
        foreach (string id in new[] { "a/b#c?d", "Case", "case", new string('x', 150) })
        {
            await host.StartAsync(nameof(EventFunctions.WaitsOnce), id: id);
            await host.RaiseAsync(id, "go", id);
            Assert.Equal("got " + id, await host.ResultAsync<string>(id));
        }

        await Assert.ThrowsAsync<ArgumentException>(() => host.StartAsync(nameof(EventFunctions.WaitsOnce), id: "@x"));
        await Assert.ThrowsAsync<ArgumentNullException>(() => host.StartAsync(nameof(EventFunctions.WaitsOnce), id: string.Empty));
    }

    [Fact]
    public async Task Schedule_WhenForLater_IsPendingUntilThen()
    {
        await using EngineHost host = EngineHost.Start();
        var options = new StartOrchestrationOptions("later", host.Time.GetUtcNow().AddMinutes(3));
        await host.Client.ScheduleNewOrchestrationInstanceAsync(nameof(EventFunctions.WaitsOnce), options);
        await host.RaiseAsync("later", "go", "early");

        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.Client.GetInstanceAsync("later"))!.RuntimeStatus);
        host.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal("got early", await host.ResultAsync<string>("later"));
    }

    [Fact]
    public async Task Terminate_WhenScheduledForLater_DoesNotRun()
    {
        await using EngineHost host = EngineHost.Start();
        var options = new StartOrchestrationOptions("later", host.Time.GetUtcNow().AddMinutes(3));
        await host.Client.ScheduleNewOrchestrationInstanceAsync(nameof(EventFunctions.WaitsOnce), options);
        await host.Client.TerminateInstanceAsync("later");
        host.Time.Advance(TimeSpan.FromMinutes(3));
        await host.RunAsync(nameof(TaskFunctions.SetsPastTimer));

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await host.Client.GetInstanceAsync("later"))!.RuntimeStatus);
    }

    private static async Task<List<string>> IdsAsync(EngineHost host, OrchestrationQuery query)
    {
        var ids = new List<string>();
        await foreach (OrchestrationMetadata instance in host.Client.GetAllInstancesAsync(query))
        {
            ids.Add(instance.InstanceId);
        }

        return ids;
    }
}
