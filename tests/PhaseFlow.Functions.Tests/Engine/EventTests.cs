using Microsoft.DurableTask.Client;
using PhaseFlow.Embedded.Engine;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>The cases <c>events.*</c> of the observed behaviour.</summary>
public sealed class EventTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RaiseEvent_WhenRaisedBeforeTheWait_IsKeptInOrder(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(EventFunctions.WorksThenWaits));
        await host.RaiseAsync(id, "go", "1");
        await host.RaiseAsync(id, "GO", "2");
        host.Probe.Release("work");

        Assert.Equal("1,2", await host.ResultAsync<string>(id));
    }

    [Theory]
    [InlineData(2, "b,a", false)]
    [InlineData(3, "c,b,a", false)]
    [InlineData(3, "c,b,a", true)]
    public async Task RaiseEvent_WhenSeveralWaitsArePending_ReachesTheNewestFirst(int waits, string expected, bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(EventFunctions.WaitsAtOnce), waits);
        foreach (string payload in new[] { "a", "b", "c" }.Take(waits))
        {
            await host.RaiseAsync(id, "go", payload);
        }

        Assert.Equal(expected, await host.ResultAsync<string>(id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WaitForExternalEvent_WhenEventsAreBuffered_TakesTheOldestFirst(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(EventFunctions.WaitsAfterBuffering));
        await host.RaiseAsync(id, "go", "a");
        await host.RaiseAsync(id, "go", "b");
        await host.RaiseAsync(id, "start", string.Empty);

        Assert.Equal("a,b", await host.ResultAsync<string>(id));
    }

    [Fact]
    public async Task RaiseEvent_WhenTheInstanceIsUnknown_ThrowsAndIsNotKept()
    {
        await using EngineHost host = EngineHost.Start();

        var error = await Assert.ThrowsAsync<DurableInstanceException>(() => host.RaiseAsync("none", "go", "lost"));
        await host.StartAsync(nameof(EventFunctions.WaitsOnce), id: "none");
        await host.RaiseAsync("none", "go", "kept");

        Assert.Equal("Status(StatusCode=\"NotFound\", Detail=\"No instance with ID 'none' was found. (Parameter 'instanceId')\")", error.Message);
        Assert.Equal("got kept", await host.ResultAsync<string>("none"));
    }

    [Fact]
    public async Task RaiseEvent_WhenTheInstanceHasEnded_Throws()
    {
        await using EngineHost host = EngineHost.Start();
        string id = await host.StartAsync(nameof(EventFunctions.WaitsOnce));
        await host.RaiseAsync(id, "go", "1");
        await host.EndAsync(id);

        var error = await Assert.ThrowsAsync<DurableInstanceException>(() => host.RaiseAsync(id, "go", "2"));

        Assert.Contains("The orchestration instance with the provided instance id is not running.", error.Message, StringComparison.Ordinal);
        Assert.Equal("got 1", await host.ResultAsync<string>(id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WaitForExternalEvent_WhenItTimesOut_ThrowsAndTheNextWaitGetsTheEvent(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(EventFunctions.TimesOutThenWaits), string.Empty);
        host.Time.Advance(TimeSpan.FromSeconds(10));
        await host.ReachedAsync(id, "timed out");
        await host.RaiseAsync(id, "go", "late");

        Assert.Equal("A task was canceled.|late", await host.ResultAsync<string>(id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RaiseEvent_WhenOnlyATimedOutWaitIsThere_IsSwallowedByIt(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(EventFunctions.TimesOutThenWaits), "next");
        host.Time.Advance(TimeSpan.FromSeconds(10));
        await host.ReachedAsync(id, "timed out");
        await host.RaiseAsync(id, "go", "swallowed");
        await host.RaiseAsync(id, "next", string.Empty);
        await host.RaiseAsync(id, "go", "second");

        Assert.Equal("A task was canceled.|second", await host.ResultAsync<string>(id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RaiseEvent_WhenAnOlderWaitWasCancelled_ReachesTheNewWait(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(EventFunctions.CancelsThenWaits));
        await host.RaiseAsync(id, "go", "1");

        Assert.Equal("cancelled,1", await host.ResultAsync<string>(id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenAny_WhenTheEventWins_TheCancelledTimerDoesNotHoldTheInstance(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(EventFunctions.EventOrTimer));
        await host.RaiseAsync(id, "go", "event");

        Assert.Equal("event, timer Canceled", await host.ResultAsync<string>(id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SendEvent_WhenTheTargetWaits_ReachesIt(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(EventFunctions.WaitsOnce));
        await host.RunAsync(nameof(EventFunctions.Sends), id);

        Assert.Equal("got hello", await host.ResultAsync<string>(id));
        Assert.Equal("self", await host.ResultOfAsync<string>(nameof(EventFunctions.SendsToItself)));
    }

    [Fact]
    public async Task SendEvent_WhenTheTargetIsUnknown_IsDroppedWithoutAnError()
    {
        await using EngineHost host = EngineHost.Start();

        OrchestrationMetadata sender = await host.RunAsync(nameof(EventFunctions.Sends), "none");

        Assert.Equal(OrchestrationRuntimeStatus.Completed, sender.RuntimeStatus);
        Assert.Null(await host.Client.GetInstanceAsync("none"));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("abc", false)]
    [InlineData("abc", true)]
    public async Task RaiseEvent_WhenThePayloadDoesNotFit_FailsTheInstanceUncatchably(string? payload, bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(EventFunctions.WaitsForNumber));
        await host.RaiseAsync(id, "go", payload);

        OrchestrationMetadata end = await host.EndAsync(id);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, end.RuntimeStatus);
        Assert.StartsWith("{\"message\":\"Function \\u0027WaitsForNumber\\u0027 failed with an unhandled exception.\"", end.SerializedOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RaiseEvent_WhenThePayloadIsARecord_ArrivesUnchanged()
    {
        await using EngineHost host = EngineHost.Start();
        string id = await host.StartAsync(nameof(EventFunctions.WaitsForParcel));
        string empty = await host.StartAsync(nameof(EventFunctions.WaitsForParcel));
        string large = await host.StartAsync(nameof(EventFunctions.WaitsForParcel));
        string name = new('x', 200_000);
        await host.RaiseAsync(id, "go", Parcel.Sample);
        await host.RaiseAsync(empty, "go", null);
        await host.RaiseAsync(large, "go", Parcel.Sample with { Name = name });

        Assert.Equivalent(Parcel.Sample, await host.ResultAsync<Parcel>(id), strict: true);
        Assert.Null(await host.ResultAsync<Parcel>(empty));
        Assert.Equal(name, (await host.ResultAsync<Parcel>(large))!.Name);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RaiseEvent_WhenInABurst_KeepsTheOrder(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(EventFunctions.WaitsForTwenty));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => host.RaiseAsync(id, "go", i)));

        Assert.Equal(string.Join(',', Enumerable.Range(0, 20)), await host.ResultAsync<string>(id));
    }

    [Fact]
    public async Task WaitForExternalEvent_WhenEventsOfTwoNamesAreBuffered_EachNameHasItsQueue()
    {
        await using EngineHost host = EngineHost.Start();
        string id = await host.StartAsync(nameof(EventFunctions.WaitsForTwoNames));
        foreach (string payload in new[] { "b1", "a1", "b2", "a2" })
        {
            await host.RaiseAsync(id, payload[..1], payload);
        }

        await host.RaiseAsync(id, "start", string.Empty);

        Assert.Equal("a1,a2,b1,b2", await host.ResultAsync<string>(id));
    }
}
