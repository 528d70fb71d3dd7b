namespace PhaseFlow.Core.Runs;

/// <summary>Whether what a person asks for fits the state of a run, decided before it is stored.</summary>
/// <remarks>
/// The run decides again when it applies the command, because others may have been faster: a refusal here is an early and clear answer, not the guard. Where the two
/// differ the run does more: it executes twice, and takes a cancel back that is still at work, because it may have been told when that looked done.
/// </remarks>
public static class FeatureActions
{
    /// <summary>Why the run would not obey, as one sentence for a person; null where it would.</summary>
    /// <param name="run">The run.</param>
    /// <param name="kind">What is asked.</param>
    /// <param name="phase">The phase, for the commands that are about one.</param>
    public static string? Refusal(FeatureRun run, CommandKind kind, int? phase = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        string feature = FormattableString.Invariant($"Feature {run.FeatureId}");
        return kind switch
        {
            CommandKind.Execute when run.Phases.Count == 0 => $"{feature} has no phases: generate or enqueue them first.",
            CommandKind.Execute => run.Status == FeatureStatus.Planned ? null : $"{feature} was executed already: it {Is(run)}.",
            CommandKind.Cancel when run.Cancelling => $"{feature} is being cancelled already.",
            CommandKind.Cancel => run.Status.IsFinished() ? $"{feature} {Is(run)}: there is nothing to cancel." : null,
            CommandKind.Suspend when run.Cancelling => $"{feature} is being cancelled.",
            CommandKind.Suspend => run.Status == FeatureStatus.InProgress ? null : $"{feature} {Is(run)}: only a feature in progress can be suspended.",
            CommandKind.Resume when run.Cancelling => $"{feature} is being cancelled.",
            CommandKind.Resume => run.Status == FeatureStatus.Suspended ? null : $"{feature} {Is(run)}: only a suspended feature can be resumed.",
            CommandKind.Retry when run.Cancelling => $"{feature} is being cancelled.",
            CommandKind.Retry => run.Phases.Values.Any(IsRetryable) ? null : $"{feature} has no failed or cancelled phase to retry.",
            CommandKind.AddPhase when run.Cancelling => $"{feature} is being cancelled.",
            CommandKind.AddPhase => run.Status.IsFinished() ? $"{feature} {Is(run)}: it takes no further phases." : null,
            CommandKind.Reconcile => null,
            _ => phase is { } number && run.Phases.TryGetValue(number, out PhaseState? state)
                ? PhaseRefusal(run, kind, state)
                : $"{feature} has no such phase.",
        };
    }

    private static string? PhaseRefusal(FeatureRun run, CommandKind kind, PhaseState phase)
    {
        string name = FormattableString.Invariant($"Phase {phase.Number} of feature {run.FeatureId}");
        return kind switch
        {
            CommandKind.CancelPhase when phase.Stopping == StopReason.Cancelled && !phase.CannotBeStopped => $"{name} is being cancelled already.",
            CommandKind.CancelPhase => phase.Status.IsOver() && !phase.CannotBeStopped
                ? $"{name} {Is(phase)}: there is nothing to cancel."
                : null,
            CommandKind.RetryPhase when run.Cancelling => $"{name} belongs to a feature that is being cancelled.",
            CommandKind.RetryPhase => IsRetryable(phase) ? null : $"{name} {Is(phase)}: only a failed or cancelled phase can be retried.",
            CommandKind.Approve or CommandKind.Deny => phase.Status == PhaseStatus.AwaitingApproval ? null : $"{name} {Is(phase)}: it waits for no approval.",
            CommandKind.Answer when phase.Stopping != StopReason.None => $"{name} {Is(phase)}, and its agent is being stopped.",
            CommandKind.Answer => phase.Status == PhaseStatus.AwaitingAnswer ? null : $"{name} {Is(phase)}: its agent waits for no answer.",
            CommandKind.Prioritize when phase.Status.HoldsSlot() => $"{name} {Is(phase)}: it has its slot, and waits in no line.",
            CommandKind.Prioritize => phase.Status.IsYetToStart() ? null : $"{name} {Is(phase)}: it waits in no line.",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a command about a phase."),
        };
    }

    private static bool IsRetryable(PhaseState phase) => phase.Status is PhaseStatus.Failed or PhaseStatus.Cancelled;

    private static string Is(FeatureRun run) => run.Status switch
    {
        FeatureStatus.Planned => "has not been executed",
        FeatureStatus.InProgress => "is in progress",
        FeatureStatus.Suspended => "is suspended",
        FeatureStatus.Completed => "is completed",
        FeatureStatus.Failed => "has failed",
        _ => "was cancelled",
    };

    private static string Is(PhaseState phase) => phase.Status switch
    {
        PhaseStatus.Queued => "is queued",
        PhaseStatus.Ready => "is ready",
        PhaseStatus.Running => "is running",
        PhaseStatus.Completed => "is completed",
        PhaseStatus.Failed => "has failed",
        PhaseStatus.Blocked => "is blocked",
        PhaseStatus.Cancelled => "was cancelled",
        PhaseStatus.AwaitingApproval => "waits for approval",
        _ => "waits for an answer",
    };
}
