namespace PhaseFlow.Embedded.Engine.Orchestrations;

/// <summary>What has happened to an instance. The numbers are stored.</summary>
internal enum HistoryKind
{
    /// <summary>An episode begins: its time is the orchestrator's clock until the next.</summary>
    EpisodeStarted = 0,
    ExecutionStarted = 1,
    ActivityScheduled = 2,
    ActivityCompleted = 3,
    ActivityFailed = 4,
    TimerCreated = 5,
    TimerFired = 6,
    EventRaised = 7,
    EventSent = 8,
    OperationCalled = 9,
    OperationSignaled = 10,
    OperationCompleted = 11,
    OperationFailed = 12,
    Suspended = 13,
    Resumed = 14,
    Terminated = 15,
    Completed = 16,
    Failed = 17,
}

/// <summary>One entry of an instance's history.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="TaskId">The sequence number of the action that it belongs to, where it does.</param>
/// <param name="Name">The name of the activity, event or operation.</param>
/// <param name="Payload">Result, failure or payload as JSON; the reason or the error of an instance as text.</param>
/// <param name="Time">The time of an episode, or when a timer is due.</param>
internal readonly record struct HistoryEvent(HistoryKind Kind, int TaskId = 0, string? Name = null, string? Payload = null, DateTime Time = default);
