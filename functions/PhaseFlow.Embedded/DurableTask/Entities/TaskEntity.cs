using PhaseFlow.Embedded.Engine.Entities;

namespace Microsoft.DurableTask.Entities;

/// <summary>An entity whose operations are its public methods, found by name without regard to casing.</summary>
/// <remarks>The operation <c>delete</c> deletes the entity unless it is declared.</remarks>
public abstract class TaskEntity<TState> : ITaskEntity
{
    /// <summary>The state during an operation. Null at its end deletes the entity.</summary>
    protected TState State { get; set; } = default!;

    protected TaskEntityContext Context { get; private set; } = null!;

    public async ValueTask<object?> RunAsync(TaskEntityOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        Context = operation.Context;
        State = operation.State.HasState && operation.State.GetState(typeof(TState)) is TState state ? state : InitializeState(operation);
        if (!EntityOperations.Of(GetType()).TryGet(operation.Name, out EntityOperations.Operation? method))
        {
            if (!string.Equals(operation.Name, "delete", StringComparison.OrdinalIgnoreCase))
            {
                throw new NotSupportedException($"No suitable method found for entity operation '{operation}'.");
            }

            operation.State.SetState(null);
            return null;
        }

        ValueTask<object?> running = method.Invoke(this, operation);
        object? result = running.IsCompletedSuccessfully ? running.Result : await running;
        operation.State.SetState(State);
        return result;
    }

    /// <summary>Makes the state of an entity that has none: by its parameterless constructor unless overridden.</summary>
    protected virtual TState InitializeState(TaskEntityOperation entityOperation) => Activator.CreateInstance<TState>();
}
