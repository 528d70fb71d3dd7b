using System.Collections.Immutable;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace PhaseFlow.Functions.Tests.Engine;

public sealed record CounterState(int Value, ImmutableList<int> Added)
{
    public static CounterState Zero { get; } = new(0, []);
}

/// <summary>An entity with an immutable state.</summary>
public sealed class Counter(Probe probe) : TaskEntity<CounterState>
{
    public int Add(int n)
    {
        State = new CounterState(State.Value + n, State.Added.Add(n));
        return State.Value;
    }

    public int Get() => State.Value;

    public int[] History() => [.. State.Added];

    public void Boom(int n)
    {
        Add(n);
        Context.SignalEntity(new EntityInstanceId(nameof(Counter), "other"), nameof(Add), n);
        throw new OutOfStockException("no more entity", new TimeoutException("too slow"));
    }

    public void Forward(int n) => Context.SignalEntity(new EntityInstanceId("COUNTER", "other"), "ADD", n);

    public string Begin(string id) => Context.ScheduleNewOrchestration(
        nameof(EventFunctions.WaitsOnce), new StartOrchestrationOptions(id));

    public async Task<int> AddSlowly(int n)
    {
        int before = State.Value;
        probe.Increment("adding");
        await probe.PassAsync("add");
        State = new CounterState(before + n, State.Added.Add(n));
        return State.Value;
    }

    public string Who() => Context.Id.ToString();

    protected override CounterState InitializeState(TaskEntityOperation entityOperation) => CounterState.Zero;
}

/// <summary>An entity whose state is changed in place.</summary>
public sealed class Basket : TaskEntity<List<string>>
{
    public List<string> Get() => State;

    public void Put(string item) => State.Add(item);

    public void PutAndThrow(string item)
    {
        State.Add(item);
        throw new OutOfStockException(item);
    }

    public void Drop() => State = null!;

    protected override List<string> InitializeState(TaskEntityOperation entityOperation) => [$"init by {entityOperation.Name}"];
}

/// <summary>An entity whose state cannot be made without being told how.</summary>
public sealed class Word : TaskEntity<string>
{
    public string Get() => State;
}

/// <summary>The entities of the conformance cases, and the orchestrators that talk to them.</summary>
public static class EntityFunctions
{
    [Function(nameof(Counter))]
    public static Task CounterEntity([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<Counter>();

    [Function("BasketFunction")]
    public static Task BasketEntity([EntityTrigger(EntityName = nameof(Basket))] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync(new Basket());

    [Function(nameof(Word))]
    public static Task WordEntity([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<Word>();

    [Function(nameof(CallsCounter))]
    public static async Task<string> CallsCounter([OrchestrationTrigger] TaskOrchestrationContext context, string key)
    {
        var id = new EntityInstanceId("COUNTER", key);
        int first = await context.Entities.CallEntityAsync<int>(id, nameof(Counter.Add), 2);
        await context.Entities.CallEntityAsync(id, "aDD", 3);
        return $"{first},{await context.Entities.CallEntityAsync<int>(id, nameof(Counter.Get))},{await context.Entities.CallEntityAsync<string>(id, "Who")}";
    }

    [Function(nameof(SignalsTwenty))]
    public static async Task<int[]> SignalsTwenty([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var id = new EntityInstanceId(nameof(Counter), "c");
        for (int i = 0; i < 20; i++)
        {
            await context.Entities.SignalEntityAsync(id, nameof(Counter.Add), i);
        }

        return await context.Entities.CallEntityAsync<int[]>(id, nameof(Counter.History));
    }

    /// <summary>Makes calls, given as <c>entity/operation/input</c>, and tells how each ended.</summary>
    [Function(nameof(MakesCalls))]
    public static async Task<List<string>> MakesCalls([OrchestrationTrigger] TaskOrchestrationContext context, List<string> calls)
    {
        var ends = new List<string>();
        foreach (string call in calls)
        {
            string[] parts = call.Split('/');
            object? input = parts.Length < 3 ? null : int.TryParse(parts[2], out int n) ? n : parts[2];
            try
            {
                object? result = await context.Entities.CallEntityAsync<object?>(new EntityInstanceId(parts[0], "k"), parts[1], input);
                ends.Add(result?.ToString() ?? "null");
            }
            catch (EntityOperationFailedException e)
            {
                ends.Add($"{e.Message}|{e.FailureDetails.ErrorType}|{e.FailureDetails.InnerFailure?.ErrorType ?? "-"}");
            }
        }

        return ends;
    }

    [Function(nameof(DoesNotCatchEntity))]
    public static Task DoesNotCatchEntity([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.Entities.CallEntityAsync(new EntityInstanceId(nameof(Counter), "k"), nameof(Counter.Boom), 100);

    [Function(nameof(AddsSlowly))]
    public static async Task AddsSlowly([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        for (int i = 0; i < 15; i++)
        {
            await context.Entities.CallEntityAsync<int>(new EntityInstanceId(nameof(Counter), "k"), nameof(Counter.AddSlowly), 1);
        }
    }
}
