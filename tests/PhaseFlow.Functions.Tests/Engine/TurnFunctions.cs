using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>What an orchestrator, an entity and an activity see of the context of whoever made the engine run them.</summary>
public static class TurnFunctions
{
    /// <summary>Flows with whoever sets it, and with what that starts.</summary>
    public static AsyncLocal<string?> Flowing { get; } = new();

    [Function(nameof(Looks))]
    public static string Looks([ActivityTrigger] string? input) => Seen();

    [Function(nameof(LooksFirst))]
    public static string LooksFirst([ActivityTrigger] string? input) => Seen();

    [Function(nameof(LooksAround))]
    public static async Task<List<string>> LooksAround([OrchestrationTrigger] TaskOrchestrationContext context) =>
    [
        Seen(),
        await context.CallActivityAsync<string>(nameof(Looks)),
        await context.CallActivityAsync<string>(nameof(LooksFirst)),
        await context.Entities.CallEntityAsync<string>(new EntityInstanceId(nameof(Onlooker), "one"), nameof(Onlooker.Look)),
    ];

    [Function(nameof(Onlooker))]
    public static Task OnlookerEntity([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<Onlooker>();

    internal static string Seen() => $"{Flowing.Value} {SynchronizationContext.Current is LooksOn}";

    /// <summary>A context to run code in that whoever brings something has and the engine must not take over.</summary>
    internal sealed class LooksOn : SynchronizationContext;
}

/// <summary>An entity that tells what it sees.</summary>
public sealed class Onlooker : TaskEntity<int>
{
    public string Look()
    {
        State++;
        return TurnFunctions.Seen();
    }
}
