using Microsoft.DurableTask.Entities;

namespace PhaseFlow.Embedded.Engine.Persistence;

/// <summary>The outcome of one round of the engine: the changes to store as one transaction, and what may happen only after that.</summary>
internal sealed class EngineBatch(long number)
{
    /// <summary>Counted from 1; batches are stored in this order.</summary>
    public long Number { get; } = number;

    /// <summary>Instances as they are now; null for one that was purged. Purges and <see cref="Dropped"/> come before anything else.</summary>
    public Dictionary<string, InstanceRow?> Instances { get; } = new(StringComparer.Ordinal);

    /// <summary>New inputs by instance.</summary>
    public Dictionary<string, string?> Inputs { get; } = new(StringComparer.Ordinal);

    /// <summary>Instances whose history so far is dropped: a new generation has begun, or they were purged.</summary>
    public HashSet<string> Dropped { get; } = new(StringComparer.Ordinal);

    public List<HistoryChunk> History { get; } = [];

    public RowChanges<ActivityRow> Activities { get; } = new();

    public RowChanges<TimerRow> Timers { get; } = new();

    public RowChanges<EngineMessage> Messages { get; } = new();

    public Dictionary<EntityInstanceId, EntityRow> Entities { get; } = [];

    /// <summary>Effect: activities to start.</summary>
    public List<ActivityRow> Start { get; } = [];

    /// <summary>Effect: client calls to answer.</summary>
    public List<ClientReply> Replies { get; } = [];

    /// <summary>Effect: instances whose status has changed, for those who wait for it.</summary>
    public HashSet<string> Changed { get; } = new(StringComparer.Ordinal);

    /// <summary>False when there is nothing to store.</summary>
    public bool HasChanges => Instances.Count > 0 || History.Count > 0 || Entities.Count > 0 || Dropped.Count > 0
        || Activities.Any || Timers.Any || Messages.Any;

    /// <summary>Whether an activity starts with it that writes before anything else: the batch is on disk with what that writes, or soon after.</summary>
    public bool IsFollowed { get; set; }

    public bool HasEffects => Start.Count > 0 || Replies.Count > 0 || Changed.Count > 0;
}
