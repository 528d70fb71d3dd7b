using Microsoft.DurableTask.Entities;

namespace PhaseFlow.Embedded.Engine.Orchestrations;

/// <summary>How the orchestrator of one execution talks to entities.</summary>
internal sealed class OrchestrationEntities(OrchestrationExecution execution) : TaskOrchestrationEntityFeature
{
    public override Task<TResult> CallEntityAsync<TResult>(
        EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null) =>
        execution.CallOperation<TResult>(id, operationName, input);

    public override Task CallEntityAsync(EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null) =>
        execution.CallOperation<object>(id, operationName, input);

    public override Task SignalEntityAsync(
        EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null)
    {
        DateTime due = options?.SignalTime?.UtcDateTime ?? default;
        execution.AddOperation(HistoryKind.OperationSignaled, id, operationName, input, due);
        return Task.CompletedTask;
    }
}
