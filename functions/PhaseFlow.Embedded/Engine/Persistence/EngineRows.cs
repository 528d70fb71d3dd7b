using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using PhaseFlow.Embedded.Engine.Orchestrations;

namespace PhaseFlow.Embedded.Engine.Persistence;

/// <summary>An orchestration instance as stored.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">The name of its orchestrator.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Generation">The number of its current generation, unique over all instances.</param>
/// <param name="NextSeq">How many events the history of this generation has.</param>
/// <param name="CreatedAt">When the generation was created.</param>
/// <param name="UpdatedAt">When anything last changed.</param>
/// <param name="Output">Output as JSON, or the error of a failed one, or why a suspended one is.</param>
/// <param name="CustomStatus">Custom status as JSON.</param>
/// <param name="Tags">Tags as JSON.</param>
internal sealed record InstanceRow(
    string Id,
    string Name,
    OrchestrationRuntimeStatus Status,
    long Generation,
    int NextSeq,
    DateTime CreatedAt,
    DateTime UpdatedAt,
    string? Output,
    string? CustomStatus,
    string? Tags)
{
    /// <summary>The input as JSON; null also when it was not asked for.</summary>
    public string? Input { get; init; }
}

/// <summary>The events that one batch adds to an instance's history, from sequence number <paramref name="Seq"/> on.</summary>
internal sealed record HistoryChunk(string Instance, long Generation, int Seq, IReadOnlyList<HistoryEvent> Events);

/// <summary>An activity that has been scheduled and whose result has not been recorded.</summary>
internal sealed record ActivityRow(long Id, string Instance, long Generation, int TaskId, string Name, string? Input);

/// <summary>What a stored timer does when it is due.</summary>
internal enum TimerKind
{
    /// <summary>Fires a timer of an orchestration.</summary>
    Orchestration = 0,

    /// <summary>Starts an instance that was scheduled for later.</summary>
    Start = 1,

    /// <summary>Delivers a signal that was sent with a time.</summary>
    Signal = 2,
}

/// <summary>A timer that has not fired.</summary>
internal sealed record TimerRow(
    long Id, DateTime Due, TimerKind Kind, string Target, long Generation, int TaskId, string? Name = null, string? Payload = null);

/// <summary>The state of an entity as JSON; null when it has none any more.</summary>
internal sealed record EntityRow(EntityInstanceId Id, string? State, DateTime UpdatedAt);
