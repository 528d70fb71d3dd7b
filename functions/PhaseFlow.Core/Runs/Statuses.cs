namespace PhaseFlow.Core.Runs;

/// <summary>Where a phase stands.</summary>
public enum PhaseStatus
{
    /// <summary>Waits for its dependencies, for its next attempt, or for its feature to be resumed.</summary>
    Queued,

    /// <summary>Waits for a slot.</summary>
    Ready,

    /// <summary>Holds a slot: its agent is being launched, works, or is being stopped.</summary>
    Running,
    Completed,
    Failed,

    /// <summary>Something it depends on failed or was cancelled.</summary>
    Blocked,
    Cancelled,

    /// <summary>Waits for a person to approve it; holds no slot.</summary>
    AwaitingApproval,

    /// <summary>Its live agent waits for a person's answer; holds its slot.</summary>
    AwaitingAnswer,
}

/// <summary>Where a feature stands.</summary>
public enum FeatureStatus
{
    Planned,
    InProgress,

    /// <summary>Starts nothing new; what runs goes on and is reported.</summary>
    Suspended,
    Completed,
    Failed,
    Cancelled,
}

/// <summary>Why a running attempt is being stopped.</summary>
public enum StopReason
{
    None,
    TimedOut,
    Silent,
    Cancelled,

    /// <summary>The launcher was asked and did not answer: nobody knows whether the agent works.</summary>
    LaunchUnknown,

    /// <summary>
    /// It comes again when its agent is gone: it was taken out of the line for a slot and had one already, so that it may have been launched by a step that the platform
    /// has forgotten; or it was asked for again while it was being cancelled.
    /// </summary>
    Withdrawn,
}

/// <summary>Questions about a status that the rules ask in many places.</summary>
public static class Statuses
{
    /// <summary>Whether the phase holds a slot.</summary>
    public static bool HoldsSlot(this PhaseStatus status) => status is PhaseStatus.Running or PhaseStatus.AwaitingAnswer;

    /// <summary>Whether the phase waits for something before it can have a slot, or for the slot.</summary>
    public static bool IsYetToStart(this PhaseStatus status) =>
        status is PhaseStatus.Queued or PhaseStatus.Ready or PhaseStatus.Blocked or PhaseStatus.AwaitingApproval;

    /// <summary>Whether nothing more happens to the phase unless somebody asks.</summary>
    public static bool IsSettled(this PhaseStatus status) =>
        status is PhaseStatus.Completed or PhaseStatus.Failed or PhaseStatus.Cancelled or PhaseStatus.Blocked;

    /// <summary>Whether the phase has ended, unless somebody asks for it again.</summary>
    internal static bool IsOver(this PhaseStatus status) => status.IsSettled() && status != PhaseStatus.Blocked;

    /// <summary>Whether the feature's orchestration has ended.</summary>
    public static bool IsFinished(this FeatureStatus status) =>
        status is FeatureStatus.Completed or FeatureStatus.Failed or FeatureStatus.Cancelled;
}
