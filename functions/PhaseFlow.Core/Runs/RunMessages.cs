namespace PhaseFlow.Core.Runs;

/// <summary>Anything that happens to a run.</summary>
public abstract record RunMessage;

/// <summary>The run was read from the store: what it waits for is asked for again.</summary>
/// <param name="StartsOver">Whether it was read because the platform had forgotten a step: what it has of the limiter is not known either.</param>
public sealed record Loaded(bool StartsOver = false) : RunMessage;

/// <summary>The limiter gave a slot to an attempt.</summary>
public sealed record SlotGranted(int Phase, int Attempt, int Slot) : RunMessage;

/// <summary>The limiter has taken an attempt out of the line: it never had a slot.</summary>
public sealed record LeftTheLine(int Phase, int Attempt) : RunMessage;

/// <summary>The limiter does not have the slot of which it told the attempt: the platform has forgotten the step that gave it. The attempt was not launched.</summary>
public sealed record SlotLost(int Phase, int Attempt) : RunMessage;

/// <summary>The launcher has the attempt.</summary>
public sealed record Launched(int Phase, int Attempt, int? IssueNumber) : RunMessage;

/// <summary>The attempt could not be launched.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Error">Why.</param>
/// <param name="MayHaveStarted">Whether its agent may work all the same: the launcher was asked and no answer came.</param>
public sealed record LaunchFailed(int Phase, int Attempt, string Error, bool MayHaveStarted = false) : RunMessage
{
    /// <summary>The issue that was created for it, where there is one.</summary>
    public int? IssueNumber { get; init; }
}

/// <summary>What the launch needs cannot be had before a moment, such as an issue where issues are rationed: the attempt waits for it with its slot.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Until">When to ask again (UTC).</param>
/// <param name="Reason">What it waits for, as the end of a sentence for a person.</param>
/// <param name="IssueNumber">The issue, where there is one by now.</param>
public sealed record LaunchDelayed(int Phase, int Attempt, DateTimeOffset Until, string Reason, int? IssueNumber = null) : RunMessage;

/// <summary>The launcher has tried to stop the attempt's agent.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Confirmed">Whether the agent is known to be gone.</param>
/// <param name="Untold">Why the agent could not even be told, as the end of a sentence; null where it was, or where there is nobody to tell.</param>
public sealed record AgentStopped(int Phase, int Attempt, bool Confirmed, string? Untold = null) : RunMessage;

/// <summary>What is known of a silent agent.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="LastSign">Its last sign of life, if any.</param>
public sealed record AgentProbed(int Phase, int Attempt, DateTimeOffset? LastSign) : RunMessage;

/// <summary>A moment that the run waits for may have come.</summary>
public sealed record TimePassed : RunMessage;

/// <summary>Something that was accepted over HTTP and stored before it came here. It may come more than once and in any order.</summary>
/// <param name="Seq">Its number in the inbox of the feature, from 1; 0 for a word that is not stored and may be lost.</param>
public abstract record InboxMessage(long Seq) : RunMessage;

/// <summary>The outcome of an attempt, as its agent reported it.</summary>
public sealed record AgentReport(long Seq, int Phase, int Attempt, bool Completed) : InboxMessage(Seq)
{
    public string? Error { get; init; }

    public int? PrNumber { get; init; }

    public string? Summary { get; init; }

    public AgentUsage? Usage { get; init; }
}

/// <summary>What a person can ask of a run, and an agent that asks a person.</summary>
public enum CommandKind
{
    Execute,
    Cancel,
    Suspend,
    Resume,

    /// <summary>Arms what failed or was cancelled again, and what that blocked.</summary>
    Retry,
    CancelPhase,
    RetryPhase,
    Approve,
    Deny,
    AddPhase,

    /// <summary>The sweep suspects that a request for a slot was lost: what waits asks again.</summary>
    Reconcile,

    /// <summary>Gives a phase another priority than its feature's.</summary>
    Prioritize,

    /// <summary>The agent of an attempt asks a person.</summary>
    Ask,

    /// <summary>A person answers what an agent has asked.</summary>
    Answer,
}

/// <summary>What was asked of a run.</summary>
public sealed record FeatureCommand(long Seq, CommandKind Kind) : InboxMessage(Seq)
{
    /// <summary>The phase, where the command is about one.</summary>
    public int? Phase { get; init; }

    public string? Reason { get; init; }

    /// <summary>What bounds an added phase.</summary>
    public PhaseRule? Rule { get; init; }

    /// <summary>The priority that a phase is given.</summary>
    public int? Priority { get; init; }

    /// <summary>The attempt that asks, or whose question is answered.</summary>
    public int? Attempt { get; init; }

    /// <summary>The number of the question that is answered.</summary>
    public int? Question { get; init; }

    /// <summary>The question, or the answer.</summary>
    public string? Text { get; init; }

    /// <summary>The id of the delivery that asks.</summary>
    public string? Delivery { get; init; }
}
