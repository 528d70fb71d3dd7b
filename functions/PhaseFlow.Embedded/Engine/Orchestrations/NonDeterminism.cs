namespace PhaseFlow.Embedded.Engine.Orchestrations;

/// <summary>A replay does not ask for what the history says was asked for: the code has changed, or it depends on something else.</summary>
internal sealed class NonDeterminismException(string message) : Exception(message);

/// <summary>Says where the history and a replay part, in the words of the cloud host.</summary>
internal static class NonDeterminism
{
    private const string Ask = " Was a change made to the orchestrator code after this instance had already started running?";

    public static NonDeterminismException Missing(in HistoryEvent recorded) => new(
        $"Non-Deterministic workflow detected: A previous execution of this orchestration scheduled {What(recorded.Kind)} with sequence ID {recorded.TaskId}"
        + $"{(string.IsNullOrEmpty(recorded.Name) ? string.Empty : $" and name '{recorded.Name}'")}, but the current replay execution hasn't (yet?) scheduled this task.{Ask}");

    public static NonDeterminismException Different(in HistoryEvent recorded, OrchestrationAction action)
    {
        string name = string.IsNullOrEmpty(recorded.Name) ? string.Empty : $" named '{recorded.Name}'";
        string instead = action.Kind == recorded.Kind
            ? $"scheduled {What(action.Kind)} named '{action.Name}' with this sequence number."
            : $"produced a {Produced(action.Kind)} action with this sequence number.";
        return new NonDeterminismException(
            $"Non-Deterministic workflow detected: A previous execution of this orchestration scheduled {What(recorded.Kind)} with sequence number {recorded.TaskId}{name}, "
            + $"but the current orchestration replay instead {instead}{Ask}");
    }

    private static string What(HistoryKind kind) => kind switch
    {
        HistoryKind.ActivityScheduled => "an activity task",
        HistoryKind.TimerCreated => "a timer task",
        HistoryKind.EventSent => "an event",
        HistoryKind.OperationCalled => "an entity call",
        _ => "an entity signal",
    };

    private static string Produced(HistoryKind kind) => kind switch
    {
        HistoryKind.ActivityScheduled => "ScheduleTaskOrchestratorAction",
        HistoryKind.TimerCreated => "CreateTimerOrchestratorAction",
        _ => "SendEventOrchestratorAction",
    };
}
