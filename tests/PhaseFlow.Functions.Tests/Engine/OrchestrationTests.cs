using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using PhaseFlow.Embedded.Engine;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>The cases <c>orchestration.*</c> of the observed behaviour, without sub-orchestrations and versions.</summary>
public sealed class OrchestrationTests
{
    [Fact]
    public async Task Orchestrator_WhenItThrows_FailsWithTypeAndMessageAsText()
    {
        await using EngineHost host = EngineHost.Start();

        OrchestrationMetadata end = await host.RunAsync(nameof(OrchestrationFunctions.ThrowsItself));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, end.RuntimeStatus);
        Assert.Equal("System.InvalidOperationException: bad state", end.SerializedOutput);
    }

    [Theory]
    [InlineData("record", "{\"Name\":\"b\\u00F8x\\u003C\",\"Mood\":2,\"Weight\":null,\"When\":\"2026-01-02T03:04:05Z\",\"Tags\":[\"a\"]}")]
    [InlineData("text", "\"text\"")]
    [InlineData("null", null)]
    public async Task Orchestrator_WhenItReturns_TheOutputIsPlainJson(string kind, string? expected)
    {
        await using EngineHost host = EngineHost.Start();

        Assert.Equal(expected, (await host.RunAsync(nameof(OrchestrationFunctions.Returns), kind)).SerializedOutput);
    }

    [Fact]
    public async Task GetInput_WhenTheInputIsCamelCase_ReadsItAndRefusesEnumsAsText()
    {
        await using EngineHost host = EngineHost.Start();

        Assert.Equal("box,VerySad,null,1", await host.ResultOfAsync<string>(
            nameof(OrchestrationFunctions.ReadsInput), new { name = "box", mood = 2, when = "2026-01-02T03:04:05Z", tags = new[] { "a" } }));
        OrchestrationMetadata refused = await host.RunAsync(
            nameof(OrchestrationFunctions.ReadsInput), new { Name = "box", Mood = "VerySad", When = "2026-01-02T03:04:05Z", Tags = new[] { "a" } });
        Assert.StartsWith("System.Text.Json.JsonException: ", refused.SerializedOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", "null")]
    [InlineData("twice", "{\"Step\":1,\"Mood\":2}")]
    public async Task SetCustomStatus_WhenSetAgain_TheLastCounts(string kind, string expected)
    {
        await using EngineHost host = EngineHost.Start();
        string id = await host.StartAsync(nameof(OrchestrationFunctions.SetsStatus), kind);
        await host.ReachedAsync(id, "first");
        await host.RaiseAsync(id, "go");

        Assert.Equal(expected, (await host.EndAsync(id)).SerializedCustomStatus);
        Assert.Equal("null", (await host.RunAsync(nameof(OrchestrationFunctions.SetsStatus), "never")).SerializedCustomStatus);
    }

    [Fact]
    public async Task SetCustomStatus_WhenTooLarge_FailsTheInstanceUncatchably()
    {
        await using EngineHost host = EngineHost.Start();
        string id = await host.StartAsync(nameof(OrchestrationFunctions.SetsStatus), "large");
        await host.RaiseAsync(id, "go");

        OrchestrationMetadata end = await host.EndAsync(id);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, end.RuntimeStatus);
        Assert.Contains("CustomStatus is too large: limit = 16 KB (UTF-16), actual = 39.07 KB.", end.SerializedOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keep", "1,2", false)]
    [InlineData("keep", "1,2", true)]
    [InlineData("discard", "3,4", false)]
    [InlineData("discard", "3,4", true)]
    public async Task ContinueAsNew_WhenEventsAreBuffered_KeepsThemIfAsked(string kind, string expected, bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(OrchestrationFunctions.ContinuesAfterBuffering), kind);
        DateTimeOffset created = (await host.Client.GetInstanceAsync(id))!.CreatedAt;
        await host.RaiseAsync(id, "go", "1");
        await host.RaiseAsync(id, "go", "2");
        host.Time.Advance(TimeSpan.FromMinutes(1));
        await host.RaiseAsync(id, "next", string.Empty);
        if (kind == "discard")
        {
            await host.ReachedAsync(id, "second generation");
            await host.RaiseAsync(id, "go", "3");
            await host.RaiseAsync(id, "go", "4");
        }

        Assert.Equal(expected, await host.ResultAsync<string>(id));
        OrchestrationMetadata end = await host.EndAsync(id);
        Assert.Equal(created.AddMinutes(1), end.CreatedAt);
        Assert.Equal("\"second\"", end.SerializedInput);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ContinueAsNew_WhenInALoopOverABurst_LosesNoEvent(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(OrchestrationFunctions.ContinuesInALoop), new List<int>());
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => host.RaiseAsync(id, "go", i)));

        string[] got = (await host.ResultAsync<string>(id))!.Split(',');

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), got.Order());
    }

    [Fact]
    public async Task ContinueAsNew_WhenWorkIsOpen_IgnoresItsResultAndCancelsItsTimer()
    {
        await using EngineHost host = EngineHost.Start();
        string id = await host.StartAsync(nameof(OrchestrationFunctions.ContinuesWithOpenWork), 0);
        await host.ReachedAsync(id, "second generation");
        host.Probe.Release("old");
        await EngineHost.UntilAsync(() => Task.FromResult(host.Probe.Count("end old") == 1), "the old activity");
        host.Time.Advance(TimeSpan.FromHours(2));
        await host.RaiseAsync(id, "go");

        Assert.Equal("second", await host.ResultAsync<string>(id));
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(7)] // what is left over from a batch goes into the next
    public async Task ContinueAsNew_WhenAtOnceAndOften_ComesToAnEnd(int stepsPerBatch)
    {
        await using EngineHost host = EngineHost.Start(configure: o => o.MaxStepsPerBatch = stepsPerBatch);

        Assert.Equal(1000, await host.ResultOfAsync<int>(nameof(OrchestrationFunctions.ContinuesAThousandTimes), 0));
        Assert.Equal(1, await host.Database.ReadAsync(s => s.QueryFirst("SELECT count(DISTINCT generation) FROM engine_history", r => r.GetInt32(0))));
    }

    [Fact]
    public async Task NewGuid_WhenReplayed_GivesTheSame()
    {
        await using EngineHost host = EngineHost.Start(replayAlways: true);

        Guid[]? guids = await host.ResultOfAsync<Guid[]>(nameof(OrchestrationFunctions.MakesGuids));

        Assert.Equal(3, guids!.Distinct().Count());
        Assert.All(guids!, g => Assert.Equal(5, g.Version));
        string line = $"{guids![0]} {guids[1]}";
        Assert.Equal([line, line], host.Probe.Log);
    }

    [Theory]
    [InlineData(false, "a False,b False,c False")]
    [InlineData(true, "a False,a True,b False,a True,b True,c False")]
    public async Task IsReplaying_WhenAPointIsPassedAgain_IsTrue(bool replay, string expected)
    {
        await using EngineHost host = EngineHost.Start(replay);
        await host.RunAsync(nameof(OrchestrationFunctions.NotesReplays));

        Assert.Equal(expected, string.Join(',', host.Probe.Log));
    }

    [Fact]
    public async Task CurrentUtcDateTime_WhenReplayed_IsThatOfItsEpisode()
    {
        await using EngineHost host = EngineHost.Start(replayAlways: true);
        string id = await host.StartAsync(nameof(OrchestrationFunctions.ReadsTheClock));
        host.Time.Advance(TimeSpan.FromSeconds(5));
        host.Probe.Release("clock");

        Assert.True(await host.ResultAsync<bool>(id));
        Assert.Equal(2, host.Probe.Log.Count);
        Assert.Single(host.Probe.Log.Distinct());
    }

    [Theory]
    [InlineData("other", "scheduled an activity task with sequence number 0 named 'Slow', but the current orchestration replay instead scheduled an activity task named 'Echo' with this sequence number.")]
    [InlineData("timer", "scheduled an activity task with sequence number 0 named 'Slow', but the current orchestration replay instead produced a CreateTimerOrchestratorAction action with this sequence number.")]
    [InlineData("nothing", "scheduled an activity task with sequence ID 0 and name 'Slow', but the current replay execution hasn't (yet?) scheduled this task.")]
    public async Task Replay_WhenItAsksForSomethingElse_FailsTheInstance(string instead, string expected)
    {
        await using EngineHost host = EngineHost.Start(replayAlways: true);
        string id = await host.StartAsync(nameof(OrchestrationFunctions.ChangesItsMind), instead);
        host.Probe.Release("mind");

        OrchestrationMetadata end = await host.EndAsync(id);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, end.RuntimeStatus);
        Assert.StartsWith(
            "DurableTask.Core.Exceptions.NonDeterministicOrchestrationException: Non-Deterministic workflow detected: ", end.SerializedOutput, StringComparison.Ordinal);
        Assert.Contains(expected, end.SerializedOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_WhenItAsksForMoreAtTheEnd_GoesOn()
    {
        await using EngineHost host = EngineHost.Start(replayAlways: true);
        string id = await host.StartAsync(nameof(OrchestrationFunctions.ChangesItsMind), "extra");
        host.Probe.Release("mind");

        Assert.Equal("extra", await host.ResultAsync<string>(id));
    }

    [Theory]
    [InlineData(nameof(OrchestrationFunctions.AwaitsSomethingElse), false)]
    [InlineData(nameof(OrchestrationFunctions.AwaitsSomethingElse), true)]
    [InlineData(nameof(OrchestrationFunctions.LeavesItsContext), false)]
    public async Task Orchestrator_WhenItAwaitsWhatIsNotDurable_Fails(string name, bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(name);
        host.Probe.Release("illegal");

        OrchestrationMetadata end = await host.EndAsync(id);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, end.RuntimeStatus);
        Assert.StartsWith("System.InvalidOperationException: An invalid asynchronous invocation was detected.", end.SerializedOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schedule_WhenTheIdIsInUse_IsRefusedAndTheInstanceIsUntouched()
    {
        await using EngineHost host = EngineHost.Start();
        await host.StartAsync(nameof(EventFunctions.WaitsOnce), id: "one");

        var error = await Assert.ThrowsAsync<DurableInstanceException>(() => host.StartAsync(nameof(TaskFunctions.LeavesTimer), id: "one"));

        Assert.Equal("An Orchestration instance with the ID one already exists.", error.Message);
        await host.RaiseAsync("one", "go", "x");
        Assert.Equal("got x", await host.ResultAsync<string>("one"));
    }

    [Fact]
    public async Task Schedule_WhenTheIdIsOfAnEndedInstance_ReplacesItUnlessDedupeSaysOtherwise()
    {
        await using EngineHost host = EngineHost.Start();
        await host.StartAsync(nameof(OrchestrationFunctions.Returns), "text", "one");
        await host.EndAsync("one");
        host.Time.Advance(TimeSpan.FromMinutes(1));

        await Assert.ThrowsAsync<DurableInstanceException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync(
            nameof(EventFunctions.WaitsOnce), new StartOrchestrationOptions("one") { DedupeStatuses = ["Completed"] }));
        await host.StartAsync(nameof(EventFunctions.WaitsOnce), id: "one");

        OrchestrationMetadata replaced = (await host.Client.GetInstanceAsync("one", getInputsAndOutputs: true))!;
        Assert.Equal((nameof(EventFunctions.WaitsOnce), OrchestrationRuntimeStatus.Running), (replaced.Name, replaced.RuntimeStatus));
        Assert.Null(replaced.SerializedInput);
        Assert.Equal(host.Time.GetUtcNow(), replaced.CreatedAt);
    }

    [Fact]
    public async Task Schedule_WhenNoFunctionHasTheName_TheInstanceFails()
    {
        await using EngineHost host = EngineHost.Start();

        OrchestrationMetadata end = await host.RunAsync("NoSuchOrchestrator");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, end.RuntimeStatus);
        Assert.Contains("NoSuchOrchestrator", end.SerializedOutput, StringComparison.Ordinal);
        Assert.Contains("doesn\\u0027t exist, is disabled, or is not an orchestrator function", end.SerializedOutput, StringComparison.Ordinal);
    }
}
