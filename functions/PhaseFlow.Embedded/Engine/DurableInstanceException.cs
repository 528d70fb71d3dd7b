using Microsoft.DurableTask.Client;

namespace PhaseFlow.Embedded.Engine;

/// <summary>A client call cannot be carried out in the state that the instance is in. The messages are those of the cloud host.</summary>
internal sealed class DurableInstanceException : Exception
{
    private DurableInstanceException(string message)
        : base(message)
    {
    }

    public static DurableInstanceException Unknown(string id) =>
        new($"Status(StatusCode=\"NotFound\", Detail=\"No instance with ID '{id}' was found. (Parameter 'instanceId')\")");

    public static DurableInstanceException NotRunning() =>
        new("Status(StatusCode=\"FailedPrecondition\", Detail=\"The orchestration instance with the provided instance id is not running.\")");

    public static DurableInstanceException WrongState(string verb, string id, OrchestrationRuntimeStatus status) => new(
        $"Status(StatusCode=\"FailedPrecondition\", Detail=\"InvalidOperationException: Cannot {verb} the orchestration instance {id} because instance is in the {status} state.\")");

    public static DurableInstanceException AlreadyExists(string id) => new($"An Orchestration instance with the ID {id} already exists.");
}
