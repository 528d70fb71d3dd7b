using Microsoft.DurableTask.Entities;

namespace PhaseFlow.Embedded.Engine.Entities;

/// <summary>An entity in memory: its state and the operations that have come for it.</summary>
internal sealed class EntityInstance(EntityInstanceId id, EntityState state) : HotItem
{
    public EntityInstanceId Id { get; } = id;

    public EntityState State { get; } = state;

    /// <summary>The state as last handed to a batch: a state that is the same is not written again.</summary>
    public string? StoredState { get; set; }

    public Queue<EngineMessage> Inbox { get; } = new();

    /// <summary>The operation at work that did not end at once; no other begins until it has.</summary>
    public EntityOperationRun? Running { get; set; }

    public override bool IsBusy => IsQueued || Running is not null || Inbox.Count > 0;
}
