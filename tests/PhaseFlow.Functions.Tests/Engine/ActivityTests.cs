using Microsoft.DurableTask.Client;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>The cases <c>activities.*</c> of the observed behaviour.</summary>
public sealed class ActivityTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallActivity_WhenValuesTravel_TheyArriveAsTheyAre(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);

        Assert.Equal("x,null,null,0,VerySad,null,Utc,100000", await host.ResultOfAsync<string>(nameof(TaskFunctions.CallsEverything)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallActivity_WhenItFails_TheOrchestratorSeesTypeAndMessage(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);

        List<Seen>? seen = await host.ResultOfAsync<List<Seen>>(nameof(TaskFunctions.CatchesFailures));

        Assert.Collection(
            seen!,
            s => Assert.Equal(
                new Seen(
                    "Microsoft.DurableTask.TaskFailedException",
                    "Task 'Throws' (#0) failed with an unhandled exception: a: b",
                    typeof(OutOfStockException).FullName,
                    "a: b",
                    HasStack: true,
                    Inner: null,
                    TaskId: 0),
                s),
            s => Assert.Equal(("System.Text.Json.JsonException", 1), (s.ErrorType, s.TaskId)),
            s => Assert.Contains("NoSuchActivity", s.Message, StringComparison.Ordinal));
        Assert.True(await host.ResultOfAsync<bool>(nameof(TaskFunctions.CatchesByType)));
    }

    [Fact]
    public async Task CallActivity_WhenTheFailureIsNotCaught_FailsTheInstanceWithItsTextAsOutput()
    {
        await using EngineHost host = EngineHost.Start();

        OrchestrationMetadata end = await host.RunAsync(nameof(TaskFunctions.DoesNotCatch));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, end.RuntimeStatus);
        Assert.Null(end.FailureDetails);
        Assert.Equal(
            "Microsoft.DurableTask.TaskFailedException: Task 'Throws' (#0) failed with an unhandled exception: boom", end.SerializedOutput);
    }

    [Theory]
    [InlineData(99, "#6 attempt 4 after 50 s", 4, false)] // 10 s, then 30 and 90 cut to 20
    [InlineData(3, "run 3 after 30 s", 3, false)]
    [InlineData(3, "run 3 after 30 s", 3, true)]
    public async Task CallActivity_WhenRetriedByPolicy_WaitsBetweenAttempts(int succeedsAt, string expected, int runs, bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string id = await host.StartAsync(nameof(TaskFunctions.Retries), succeedsAt);

        OrchestrationMetadata end = await host.EndWithTimeAsync(id);

        Assert.Equal(expected, end.ReadOutputAs<string>());
        Assert.Equal(runs, host.Probe.Count(id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallActivity_WhenRetriedByHandler_TriesAtOnceUntilItDeclines(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);

        Assert.Equal("1:attempt 1|2:attempt 2|3:attempt 3|#2", await host.ResultOfAsync<string>(nameof(TaskFunctions.RetriesByHandler)));
    }

    [Fact]
    public async Task CallActivity_WhenTheFilterDeclines_IsNotRetried()
    {
        await using EngineHost host = EngineHost.Start();

        OrchestrationMetadata end = await host.RunAsync(nameof(TaskFunctions.RetriesByFilter));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, end.RuntimeStatus);
        Assert.Equal(1, host.Probe.Count(end.InstanceId));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenAll_WhenActivitiesFanOut_ResultsComeInTheOrderOfTheCalls(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);

        Assert.Equal(Enumerable.Range(0, 200), await host.ResultOfAsync<int[]>(nameof(TaskFunctions.FansOut), 200));
    }

    [Fact]
    public async Task WhenAll_WhenTwoFail_WaitsForAllAndThrowsOne()
    {
        await using EngineHost host = EngineHost.Start();
        string id = await host.StartAsync(nameof(TaskFunctions.FansOutToFailures));
        await EngineHost.UntilAsync(() => Task.FromResult(host.Probe.Count("start slow") == 1), "the slow activity");
        host.Probe.Release("slow");

        // Task.WhenAll throws what failed first in time, and the two run at once.
        Assert.Contains(await host.ResultAsync<string>(id), (string[])["first", "second"]);
        Assert.Equal(1, host.Probe.Count("end slow"));
    }

    [Fact]
    public async Task CallActivity_WhenTheOrchestratorReturnsEarly_HoldsTheInstanceUntilItEnds()
    {
        await using EngineHost host = EngineHost.Start();
        string id = await host.StartAsync(nameof(TaskFunctions.LeavesActivity));
        await EngineHost.UntilAsync(() => Task.FromResult(host.Probe.Count("start left") == 1), "the activity");

        Assert.Equal(OrchestrationRuntimeStatus.Running, (await host.Client.GetInstanceAsync(id))!.RuntimeStatus);
        host.Probe.Release("left");
        Assert.Equal("returned early", await host.ResultAsync<string>(id));
    }

    [Fact]
    public async Task CallActivity_WhenMoreThanTheLimit_TheRestWaits()
    {
        await using EngineHost host = EngineHost.Start(configure: o => o.MaxConcurrentActivities = 2);
        string[] ids = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => host.StartAsync(nameof(TaskFunctions.LeavesActivity))));
        await EngineHost.UntilAsync(() => Task.FromResult(host.Probe.Count("start left") == 2), "two activities");
        string other = await host.StartAsync(nameof(EventFunctions.WaitsOnce));
        await host.RaiseAsync(other, "go", "x");
        await host.EndAsync(other); // time enough for a third, had it been let in

        Assert.Equal(2, host.Probe.Count("start left"));
        host.Probe.Release("left");
        await Task.WhenAll(ids.Select(host.EndAsync));
        Assert.Equal(3, host.Probe.Count("end left"));
    }
}
