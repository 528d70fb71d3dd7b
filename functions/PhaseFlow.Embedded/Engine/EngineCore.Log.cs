using Microsoft.Extensions.Logging;

namespace PhaseFlow.Embedded.Engine;

/// <content>What the core logs.</content>
internal sealed partial class EngineCore
{
    [LoggerMessage(1600, LogLevel.Error, "The instance {InstanceId} of {Name} has failed.")]
    private static partial void LogFailed(ILogger log, string instanceId, string name, Exception error);

    [LoggerMessage(1601, LogLevel.Error, "A step of the instance {InstanceId} of {Name} was rejected, and the instance has failed: {Reason}")]
    private static partial void LogRejected(ILogger log, string instanceId, string name, string reason);

    [LoggerMessage(1602, LogLevel.Warning, "The operation {Operation} of the entity {EntityId} has failed; its changes are undone.")]
    private static partial void LogOperationFailed(ILogger log, string operation, string entityId, Exception error);
}
