using Microsoft.DurableTask.Entities;

namespace Microsoft.DurableTask.Client.Entities;

/// <summary>What is known of an entity from outside.</summary>
public class EntityMetadata<TState>
{
    private readonly TState? _state;

    public EntityMetadata(EntityInstanceId id)
    {
        Id = id;
    }

    public EntityMetadata(EntityInstanceId id, TState? state)
    {
        Id = id;
        IncludesState = state is not null;
        _state = state;
    }

    public EntityInstanceId Id { get; }

    public DateTimeOffset LastModifiedTime { get; init; }

    public bool IncludesState { get; }

    /// <summary>The state; throws when it was not asked for.</summary>
    public TState State => IncludesState
        ? _state!
        : throw new InvalidOperationException($"{nameof(State)} is only available when the entity was fetched with its state.");
}

/// <summary>What is known of an entity from outside, with its state as text.</summary>
public sealed class EntityMetadata : EntityMetadata<SerializedData>
{
    public EntityMetadata(EntityInstanceId id, SerializedData? state = null)
        : base(id, state)
    {
    }
}
