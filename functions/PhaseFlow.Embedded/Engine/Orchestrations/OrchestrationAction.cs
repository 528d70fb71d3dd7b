using Microsoft.DurableTask.Entities;

namespace PhaseFlow.Embedded.Engine.Orchestrations;

/// <summary>Something that an orchestrator has asked for, under the next sequence number.</summary>
internal sealed class OrchestrationAction(HistoryKind kind, int taskId, string name)
{
    /// <summary>The event that records it: an activity or timer scheduled, an event sent, an operation called or signalled.</summary>
    public HistoryKind Kind { get; } = kind;

    public int TaskId { get; } = taskId;

    /// <summary>What a replay must ask for again: the name of the activity, of the event, or <c>@entity@key/operation</c>.</summary>
    public string Name { get; } = name;

    /// <summary>Input or payload as JSON.</summary>
    public string? Payload { get; init; }

    /// <summary>When a timer or a signal is due.</summary>
    public DateTime Due { get; init; }

    /// <summary>The instance that an event goes to.</summary>
    public string? Target { get; init; }

    public EntityInstanceId Entity { get; init; }

    public string? Operation { get; init; }

    /// <summary>A timer that was cancelled in the episode that made it is recorded, and never armed.</summary>
    public bool Cancelled { get; set; }
}
