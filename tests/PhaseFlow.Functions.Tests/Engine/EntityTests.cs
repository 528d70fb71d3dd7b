using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>The cases <c>entities.*</c> of the observed behaviour, without critical sections.</summary>
public sealed class EntityTests
{
    private static readonly EntityInstanceId K = new(nameof(Counter), "k");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallEntity_WhenCalledInTurn_KeepsItsStateWhateverTheCasingOfItsName(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);

        Assert.Equal("2,5,@counter@k", await host.ResultOfAsync<string>(nameof(EntityFunctions.CallsCounter), "k"));
        Assert.Equal("7,10,@counter@k", await host.ResultOfAsync<string>(nameof(EntityFunctions.CallsCounter), "k"));
        Assert.Equal("2,5,@counter@K", await host.ResultOfAsync<string>(nameof(EntityFunctions.CallsCounter), "K"));
        Assert.Equal(10, await StateAsync(host, "k"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SignalEntity_WhenFollowedByACall_AppliesInOrder(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);

        Assert.Equal(Enumerable.Range(0, 20), await host.ResultOfAsync<int[]>(nameof(EntityFunctions.SignalsTwenty)));
    }

    [Fact]
    public async Task SignalEntity_WhenSentByAClient_AppliesInOrder()
    {
        await using EngineHost host = EngineHost.Start();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => host.Client.Entities.SignalEntityAsync(K, nameof(Counter.Add), i)));

        CounterState state = (await host.Client.Entities.GetEntityAsync<CounterState>(K))!.State;

        Assert.Equal(Enumerable.Range(0, 20), state.Added);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Operation_WhenItThrows_ItsChangesAndSignalsAreUndone(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);

        List<string>? ends = await host.ResultOfAsync<List<string>>(
            nameof(EntityFunctions.MakesCalls), new[] { "counter/Add/1", "counter/Boom/100", "counter/Get" });

        Assert.Equal(
            ["1", $"Operation 'Boom' of entity '@counter@k' failed: no more entity|{typeof(OutOfStockException).FullName}|System.TimeoutException", "1"], ends!);
        Assert.Null(await host.Client.Entities.GetEntityAsync(new EntityInstanceId(nameof(Counter), "other")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Operation_WhenItThrowsAfterChangingTheStateInPlace_TheStateIsAsBefore(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);

        await host.ResultOfAsync<List<string>>(
            nameof(EntityFunctions.MakesCalls), new[] { "basket/Put/x", "basket/PutAndThrow/lost", "basket/Put/y" });

        var basket = await host.Client.Entities.GetEntityAsync<List<string>>(new EntityInstanceId(nameof(Basket), "k"));
        Assert.Equal(["init by Put", "x", "y"], basket!.State);
    }

    [Fact]
    public async Task Operation_WhenSignalledAndItThrows_TheOthersApply()
    {
        await using EngineHost host = EngineHost.Start();
        await host.Client.Entities.SignalEntityAsync(K, nameof(Counter.Add), 1);
        await host.Client.Entities.SignalEntityAsync(K, nameof(Counter.Boom), 100);
        await host.Client.Entities.SignalEntityAsync(K, nameof(Counter.Add), 1);

        Assert.Equal(2, await StateAsync(host, "k"));
    }

    [Fact]
    public async Task Operation_WhenItsFailureIsNotCaught_FailsTheInstanceAndTheEntityDoesNotComeToBe()
    {
        await using EngineHost host = EngineHost.Start();

        OrchestrationMetadata end = await host.RunAsync(nameof(EntityFunctions.DoesNotCatchEntity));

        Assert.Equal(
            "Microsoft.DurableTask.Entities.EntityOperationFailedException: Operation 'Boom' of entity '@counter@k' failed: no more entity", end.SerializedOutput);
        Assert.Null(await host.Client.Entities.GetEntityAsync(K));
    }

    [Fact]
    public async Task Operation_WhenItCannotBeDispatched_FailsWithTheReason()
    {
        await using EngineHost host = EngineHost.Start();

        List<string>? ends = await host.ResultOfAsync<List<string>>(
            nameof(EntityFunctions.MakesCalls), new[] { "counter/Nope/1", "counter/Add/abc", "counter/Add", "nosuch/Add/1", "word/Get" });

        Assert.Collection(
            ends!,
            e => Assert.Equal("Operation 'Nope' of entity '@counter@k' failed: No suitable method found for entity operation 'counter/Nope'.|System.NotSupportedException|-", e),
            e => Assert.Contains("|System.Text.Json.JsonException|System.InvalidOperationException", e, StringComparison.Ordinal),
            e => Assert.Contains("Error dispatching counter/Add to 'Int32 Add(Int32)'.\nThere was an error binding parameter 'Int32 n'.", e, StringComparison.Ordinal),
            e => Assert.Contains("|EntityFunctionNotFound|", e, StringComparison.Ordinal),
            e => Assert.Contains("|System.MissingMethodException|", e, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task State_WhenNullOrDeleted_IsInitializedAgain(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        var id = new EntityInstanceId(nameof(Basket), "k");

        await host.RunAsync(nameof(EntityFunctions.MakesCalls), new[] { "basket/Get", "basket/Put/x" });
        Assert.Equal(["init by Get", "x"], (await host.Client.Entities.GetEntityAsync<List<string>>(id))!.State);
        await host.RunAsync(nameof(EntityFunctions.MakesCalls), new[] { "basket/Drop" });
        Assert.Null(await host.Client.Entities.GetEntityAsync(id));
        await host.RunAsync(nameof(EntityFunctions.MakesCalls), new[] { "basket/Put/y" });
        Assert.Equal(["init by Put", "y"], (await host.Client.Entities.GetEntityAsync<List<string>>(id))!.State);
        await host.RunAsync(nameof(EntityFunctions.MakesCalls), new[] { "basket/delete" });
        Assert.Null(await host.Client.Entities.GetEntityAsync(id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Operation_WhenItSignalsOrSchedules_TheOthersGetIt(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);

        await host.RunAsync(nameof(EntityFunctions.MakesCalls), new[] { "counter/Forward/5", "counter/Begin/from-entity" });
        await host.RaiseAsync("from-entity", "go", "x");

        Assert.Equal(5, await StateAsync(host, "other"));
        Assert.Equal("got x", await host.ResultAsync<string>("from-entity"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Operation_WhenItAwaits_TheNextWaitsForIt(bool replay)
    {
        await using EngineHost host = EngineHost.Start(replay);
        string[] ids = await Task.WhenAll(
            host.StartAsync(nameof(EntityFunctions.AddsSlowly)), host.StartAsync(nameof(EntityFunctions.AddsSlowly)));
        await EngineHost.UntilAsync(() => Task.FromResult(host.Probe.Count("adding") > 0), "the first operation");
        Assert.Equal(1, host.Probe.Count("adding"));
        host.Probe.Release("add");
        await Task.WhenAll(ids.Select(host.EndAsync));

        Assert.Equal(30, await StateAsync(host, "k"));
    }

    [Fact]
    public async Task SignalEntity_WhenSentWithATime_AppliesThen()
    {
        await using EngineHost host = EngineHost.Start();
        await host.Client.Entities.SignalEntityAsync(K, nameof(Counter.Add), 5, host.Time.GetUtcNow().AddSeconds(10));
        await host.Client.Entities.SignalEntityAsync(K, nameof(Counter.Add), 1);
        Assert.Equal(1, await StateAsync(host, "k"));
        host.Time.Advance(TimeSpan.FromSeconds(10));

        await EngineHost.UntilAsync(async () => await StateAsync(host, "k") == 6, "the signal");
    }

    [Fact]
    public async Task GetEntity_WhenAsked_GivesStateAndTimeOnlyOfThoseThatExist()
    {
        await using EngineHost host = EngineHost.Start();
        await host.Client.Entities.SignalEntityAsync(K, nameof(Counter.Add), 5);

        EntityMetadata<CounterState> entity = (await host.Client.Entities.GetEntityAsync<CounterState>(K))!;
        EntityMetadata withoutState = (await host.Client.Entities.GetEntityAsync(K, includeState: false))!;

        Assert.Equal((K, 5, host.Time.GetUtcNow()), (entity.Id, entity.State.Value, entity.LastModifiedTime));
        Assert.False(withoutState.IncludesState);
        Assert.Throws<InvalidOperationException>(() => withoutState.State);
        Assert.Null(await host.Client.Entities.GetEntityAsync(new EntityInstanceId(nameof(Counter), "none")));
    }

    private static async Task<int?> StateAsync(EngineHost host, string key) =>
        (await host.Client.Entities.GetEntityAsync<CounterState>(new EntityInstanceId(nameof(Counter), key)))?.State.Value;
}
