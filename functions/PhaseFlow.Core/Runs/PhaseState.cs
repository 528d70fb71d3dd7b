using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Core.Runs;

/// <summary>What an agent says that its attempt has used.</summary>
/// <param name="InputTokens">Tokens read.</param>
/// <param name="OutputTokens">Tokens written.</param>
/// <param name="CostUsd">United States dollars.</param>
public sealed record AgentUsage(long InputTokens, long OutputTokens, decimal CostUsd)
{
    /// <summary>The sum of two usages; null counts as nothing.</summary>
    public static AgentUsage? Sum(AgentUsage? a, AgentUsage? b) => (a, b) switch
    {
        (null, _) => b,
        (_, null) => a,
        _ => new AgentUsage(a.InputTokens + b.InputTokens, a.OutputTokens + b.OutputTokens, a.CostUsd + b.CostUsd),
    };
}

/// <summary>What bounds a phase while it runs: the part of its plan that the rules need. It is frozen when the run loads it.</summary>
public sealed record PhaseRule
{
    public ImmutableArray<int> DependsOn { get; init; } = [];

    public string WorkflowType { get; init; } = WorkflowTypes.External;

    public TimeSpan Timeout { get; init; } = PhaseLimits.DefaultTimeout;

    public TimeSpan? HeartbeatTimeout { get; init; }

    public int MaxAttempts { get; init; } = 1;

    /// <summary>The wait before the second attempt; it doubles with each further one, up to an hour.</summary>
    public TimeSpan RetryBackoff { get; init; } = PhaseLimits.DefaultRetryBackoff;

    public bool ApprovalRequired { get; init; }

    public static PhaseRule Of(PhasePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new PhaseRule
        {
            DependsOn = plan.DependsOn,
            WorkflowType = plan.WorkflowType,
            Timeout = plan.Timeout,
            HeartbeatTimeout = plan.HeartbeatTimeout,
            MaxAttempts = plan.MaxAttempts,
            RetryBackoff = plan.RetryBackoff,
            ApprovalRequired = plan.Approval == ApprovalMode.Required,
        };
    }
}

/// <summary>What has been asked for on behalf of a phase and not been answered. Known to a live run only, never stored: a run that is loaded asks again.</summary>
[Flags]
public enum InFlight
{
    None = 0,

    /// <summary>A place in the line for a slot; of a phase that is not <see cref="PhaseStatus.Ready"/> any more, the way out of the line.</summary>
    Slot = 1,
    Launch = 2,
    Stop = 4,
    Probe = 8,

    /// <summary>The agent was told to stop: its grace runs.</summary>
    Told = 16,

    /// <summary>It was asked for a sign of life and gave none: where the next question finds none either, it is stopped.</summary>
    Suspected = 32,
}

/// <summary>One phase of a run: the durable row of the queue.</summary>
public sealed record PhaseState
{
    public required int Number { get; init; }

    public required PhaseRule Rule { get; init; }

    public PhaseStatus Status { get; init; }

    /// <summary>The attempt that waits for a slot, runs, or ended last; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>The last attempt that is started without anybody asking.</summary>
    public int AttemptBudget { get; init; }

    public bool Approved { get; init; }

    /// <summary>The priority that somebody gave it; null for its feature's.</summary>
    public int? Priority { get; init; }

    /// <summary>Whether a person let the phase go on although its feature has spent what it may; it holds for every further attempt.</summary>
    public bool MayPassCap { get; init; }

    /// <summary>The slot held, from 1.</summary>
    public int? Slot { get; init; }

    public DateTimeOffset? ReadyAt { get; init; }

    /// <summary>When the slot was granted.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the launcher confirmed the launch of the attempt.</summary>
    public DateTimeOffset? LaunchedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The backoff before the next attempt ends then; while the attempt has its slot, what its launch waits for may be had then.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>
    /// What the launch of the attempt waits for until <see cref="NotBefore"/>, or why its agent could not be told to stop, as the end of a sentence; null
    /// where neither is so.
    /// </summary>
    public string? DelayedBy { get; init; }

    /// <summary>The attempt must have reported by then.</summary>
    public DateTimeOffset? DeadlineAt { get; init; }

    /// <summary>The agent must have given a sign of life by then.</summary>
    public DateTimeOffset? HeartbeatDueAt { get; init; }

    /// <summary>Why the attempt is being stopped, or <see cref="StopReason.None"/>.</summary>
    public StopReason Stopping { get; init; }

    /// <summary>A later attempt whose agent is being stopped, because only a forgotten step can have launched it; null where there is none.</summary>
    public int? Clearing { get; init; }

    /// <summary>Until then the stop may be confirmed. After it the slot of an agent that was told is taken back without; one that was not is told again.</summary>
    public DateTimeOffset? GraceUntil { get; init; }

    /// <summary>Why the phase, or its last attempt, failed.</summary>
    public string? Error { get; init; }

    /// <summary>What the agent of this attempt has asked last; null where it has not.</summary>
    public PhaseQuestion? Question { get; init; }

    /// <summary>What this attempt has asked before that, the newest first; null where it has not.</summary>
    public EarlierQuestion? EarlierQuestions { get; init; }

    /// <summary>How many questions its attempts have asked.</summary>
    public int QuestionsAsked { get; init; }

    public int? IssueNumber { get; init; }

    public int? PrNumber { get; init; }

    public string? Summary { get; init; }

    /// <summary>The sum over all attempts.</summary>
    public AgentUsage? Usage { get; init; }

    /// <summary>Whether the agent should stop and could not be told.</summary>
    [JsonIgnore]
    public bool CannotBeStopped => (Stopping != StopReason.None || Clearing is not null) && DelayedBy is not null;

    [JsonIgnore]
    public InFlight Pending { get; init; }

    /// <summary>Whether it has left the line for a slot, and the limiter has not said yet that it had none.</summary>
    [JsonIgnore]
    internal bool IsLeaving => Pending.HasFlag(InFlight.Slot) && Status != PhaseStatus.Ready;

    /// <summary>Whether it must stay as it is, because a slot that it may have, or an agent that it may have launched, is not accounted for.</summary>
    [JsonIgnore]
    internal bool IsHeldUp => IsLeaving || Clearing is not null;

    /// <summary>Whether the row says the same as another; what is in flight does not count.</summary>
    public bool SaysTheSameAs(PhaseState other) => ReferenceEquals(this, other) || this == (other with { Pending = Pending });
}
