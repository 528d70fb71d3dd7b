using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Embedded.Engine.Client;

/// <summary>How clients talk to the entities of the engine in this process.</summary>
internal sealed class EngineEntityClient(EngineClient client, IEngineStorage storage, DataConverter converter) : DurableEntityClient("embedded")
{
    public override Task SignalEntityAsync(
        EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(operationName);
        return client.Call(
            new EngineMessage(MessageKind.Operation, id.ToString())
            {
                Name = operationName,
                Payload = converter.Serialize(input),
                Due = options?.SignalTime?.UtcDateTime ?? default,
                Reply = new ClientReply(),
            },
            cancellation);
    }

    public override async Task<EntityMetadata?> GetEntityAsync(EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default)
    {
        EntityRow? row = await storage.GetEntityAsync(id, cancellation);
        return row is null ? null : new EntityMetadata(id, includeState ? new SerializedData(row.State!, converter) : null)
        {
            LastModifiedTime = new DateTimeOffset(row.UpdatedAt),
        };
    }

    public override async Task<EntityMetadata<T>?> GetEntityAsync<T>(EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default)
    {
        EntityRow? row = await storage.GetEntityAsync(id, cancellation);
        return row is null ? null : includeState
            ? new EntityMetadata<T>(id, converter.Deserialize<T>(row.State)) { LastModifiedTime = new DateTimeOffset(row.UpdatedAt) }
            : new EntityMetadata<T>(id) { LastModifiedTime = new DateTimeOffset(row.UpdatedAt) };
    }
}
