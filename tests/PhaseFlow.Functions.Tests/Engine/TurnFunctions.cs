using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>What an orchestrator, an entity and an activity see of the context of whoever made the engine run them.</summary>
public sealed class TurnFunctions(Probe probe)
{
    /// <summary>Flows with whoever sets it, and with what that starts.</summary>
    public static AsyncLocal<string?> Flowing { get; } = new();

    /// <summary>An activity that begins on the thread that makes the batch.</summary>
    [Function(nameof(LooksFirst))]
    public static string LooksFirst([ActivityTrigger] string? input) => Seen();

    [Function(nameof(LooksAround))]
    public static async Task<List<string>> LooksAround([OrchestrationTrigger] TaskOrchestrationContext context) =>
        [Seen(), await context.CallActivityAsync<string>(nameof(LooksFirst))];

    [Function(nameof(Onlooker))]
    public static Task OnlookerEntity([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<Onlooker>();

    /// <summary>Never ends the first time; later it tells that it has begun, and holds its thread at a gate.</summary>
    [Function(nameof(HoldsItsThread))]
    public string HoldsItsThread([ActivityTrigger] string? input, CancellationToken cancellation)
    {
        if (probe.Increment("held") == 1)
        {
            probe.Release("begun");
            cancellation.WaitHandle.WaitOne();
            cancellation.ThrowIfCancellationRequested();
        }

        probe.Release("begun again");
        probe.PassAsync("hold").Wait(EngineHost.Patience, CancellationToken.None);
        return "done";
    }

    [Function(nameof(CallsHold))]
    public static Task<string> CallsHold([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync<string>(nameof(HoldsItsThread));

    internal static string Seen() => $"{Flowing.Value} {SynchronizationContext.Current is LooksOn}";

    /// <summary>A context to run code in that whoever brings something has and the engine must not take over.</summary>
    internal sealed class LooksOn : SynchronizationContext;
}

/// <summary>An entity that keeps what it sees.</summary>
public sealed class Onlooker : TaskEntity<string>
{
    public void Look() => State = TurnFunctions.Seen();

    protected override string InitializeState(TaskEntityOperation entityOperation) => "";
}
