using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace PhaseFlow.Embedded.Engine.Orchestrations;

/// <summary>A task that the orchestrator may be waiting for.</summary>
internal interface IOpenTask
{
    void Complete(string? payload);

    void Fail(TaskFailureDetails failure);
}

/// <summary>An activity's or an operation's result to come. Continuations run where the result is applied.</summary>
internal sealed class OpenTask<T>(DataConverter converter, Func<TaskFailureDetails, Exception> failed) : IOpenTask
{
    private readonly TaskCompletionSource<T> _source = new();

    public Task<T> Task => _source.Task;

    public void Complete(string? payload)
    {
        T? value;
        try
        {
            value = converter.Deserialize<T>(payload);
        }
        catch (Exception e)
        {
            _source.TrySetException(e);
            return;
        }

        _source.TrySetResult(value!);
    }

    public void Fail(TaskFailureDetails failure) => _source.TrySetException(failed(failure));

    /// <summary>Makes the exception that a failed activity is seen as.</summary>
    public static OpenTask<T> Activity(DataConverter converter, string name, int taskId) =>
        new(converter, failure => new TaskFailedException(name, taskId, failure));

    /// <summary>Makes the exception that a failed operation is seen as.</summary>
    public static OpenTask<T> Operation(DataConverter converter, EntityInstanceId id, string operation) =>
        new(converter, failure => new EntityOperationFailedException(id, operation, failure));
}

/// <summary>A timer to fire.</summary>
internal sealed class OpenTimer(OrchestrationAction action) : IOpenTask
{
    private readonly TaskCompletionSource _source = new();

    public Task Task => _source.Task;

    public OrchestrationAction Action => action;

    public CancellationTokenRegistration Registration { get; set; }

    public void Complete(string? payload)
    {
        Registration.Dispose();
        _source.TrySetResult();
    }

    public void Fail(TaskFailureDetails failure) => throw new InvalidOperationException("A timer does not fail.");

    public void Cancel(CancellationToken token) => _source.TrySetCanceled(token);
}
