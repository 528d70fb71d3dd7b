using Microsoft.DurableTask.Client;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>The cases <c>timers.*</c> of the observed behaviour; but here timers are exact.</summary>
public sealed class TimerTests
{
    [Theory]
    [InlineData(nameof(TaskFunctions.SetsTimer), 0)]
    [InlineData(nameof(TaskFunctions.SetsTimer), -5)]
    [InlineData(nameof(TaskFunctions.SetsPastTimer), 0)]
    public async Task CreateTimer_WhenItIsDueAlready_FiresAtOnce(string orchestrator, int seconds)
    {
        await using EngineHost host = EngineHost.Start();

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.RunAsync(orchestrator, seconds)).RuntimeStatus);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CreateTimer_WhenItsTimeComes_FiresAndTheClockHasMoved(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(TaskFunctions.SetsTimer), 90);
        host.Time.Advance(TimeSpan.FromSeconds(89));
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await host.Client.GetInstanceAsync(id))!.RuntimeStatus);
        host.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(90, await host.ResultAsync<double>(id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CreateTimer_WhenCancelled_ThrowsAndDoesNotHoldTheInstance(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);

        Assert.Equal("Canceled", await host.ResultOfAsync<string>(nameof(TaskFunctions.CancelsTimer)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CreateTimer_WhenTheOrchestratorReturnsEarly_HoldsTheInstanceUntilItFires(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(TaskFunctions.LeavesTimer));

        OrchestrationMetadata before = (await host.Client.GetInstanceAsync(id, getInputsAndOutputs: true))!;
        host.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal((OrchestrationRuntimeStatus.Running, null), (before.RuntimeStatus, before.SerializedOutput));
        Assert.Equal("returned early", await host.ResultAsync<string>(id));
    }

    [Fact]
    public async Task CreateTimer_WhenLongerThanATimerOfTheSystemCanBe_Fires()
    {
        await using EngineHost host = EngineHost.Start();
        string id = await host.StartAsync(nameof(TaskFunctions.WaitsSixtyDays));

        OrchestrationMetadata end = await host.EndWithTimeAsync(id);

        Assert.Equal("\"waited\"", end.SerializedOutput);
    }

    [Fact]
    public async Task CreateTimer_WhenItFellDueWhileTheEngineWasDown_FiresAtTheStart()
    {
        using var folder = new TempFolder();
        var time = new FakeTime();
        string id;
        await using (EngineHost first = EngineHost.Start(database: folder.Database, time: time))
        {
            id = await first.StartAsync(nameof(TaskFunctions.SetsTimer), 60);
        }

        time.Advance(TimeSpan.FromMinutes(5));
        await using EngineHost second = EngineHost.Start(database: folder.Database, time: time);

        Assert.Equal(300, await second.ResultAsync<double>(id));
    }
}
