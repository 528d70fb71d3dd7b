namespace PhaseFlow.Embedded.Engine;

/// <summary>What a message asks for. The numbers are stored.</summary>
internal enum MessageKind
{
    /// <summary>Start an instance: name, input, due time or 0.</summary>
    Start = 0,

    /// <summary>Raise an event: name, payload.</summary>
    Event = 1,

    /// <summary>Carry out an entity's operation: name, input, and who waits for it.</summary>
    Operation = 2,

    /// <summary>The result of an operation that an orchestration waits for.</summary>
    OperationCompleted = 3,

    /// <summary>The failure of an operation that an orchestration waits for.</summary>
    OperationFailed = 4,

    /// <summary>Run the generation that has just begun.</summary>
    Continue = 5,

    Terminate = 6,
    Suspend = 7,
    Resume = 8,
    Purge = 9,

    /// <summary>The result of the activity of row <see cref="EngineMessage.RowId"/>.</summary>
    ActivityCompleted = 10,
    ActivityFailed = 11,
    TimerFired = 12,

    /// <summary>A scheduled start is due.</summary>
    StartDue = 13,

    /// <summary>An operation that did not end at once has ended.</summary>
    OperationEnded = 14,

    /// <summary>An orchestrator has awaited something that is not durable.</summary>
    InvalidAwait = 15,
}

/// <summary>A message to an orchestration instance or an entity.</summary>
internal sealed class EngineMessage(MessageKind kind, string target)
{
    public MessageKind Kind { get; } = kind;

    /// <summary>The id of the instance or of the entity, <c>@name@key</c>.</summary>
    public string Target { get; } = target;

    public string Name { get; init; } = string.Empty;

    public string? Payload { get; init; }

    /// <summary>The instance that waits for the result of an operation.</summary>
    public string? Caller { get; init; }

    /// <summary>The generation that this concerns, of the caller or of the target; a message for another one is dropped.</summary>
    public long Generation { get; init; }

    public int TaskId { get; init; }

    /// <summary>When it is to take effect; the default is at once.</summary>
    public DateTime Due { get; init; }

    /// <summary>The row of the activity that this is the result of.</summary>
    public long RowId { get; init; }

    /// <summary>The row of the message itself, when it was not consumed in the batch that made it; else 0.</summary>
    public long StoredId { get; set; }

    /// <summary>The client call that waits for it. Such a message is stored only by its consequences.</summary>
    public ClientReply? Reply { get; init; }

    /// <summary>Tags of a new instance, as JSON.</summary>
    public string? Tags { get; init; }

    /// <summary>Statuses in which an instance of the id must not be replaced.</summary>
    public IReadOnlyList<string>? DedupeStatuses { get; init; }

    public bool IsConsumed { get; set; }

    /// <summary>Whether it would be lost in a crash if it were not stored. A client's call is not answered before it has left a trace.</summary>
    public bool MustBeStored =>
        Kind is MessageKind.Operation or MessageKind.TimerFired or MessageKind.StartDue || (Kind <= MessageKind.Continue && Reply is null);
}
