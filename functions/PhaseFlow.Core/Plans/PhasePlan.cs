using System.Collections.Immutable;

namespace PhaseFlow.Core.Plans;

/// <summary>One phase as planned.</summary>
/// <remarks>A value: two plans with the same elements in their lists are equal.</remarks>
public sealed record PhasePlan
{
    public required int Number { get; init; }

    public required string Title { get; init; }

    /// <summary>The prompt that the agent gets.</summary>
    public string Content { get; init; } = "";

    /// <summary>Numbers of the phases that must be completed before this one.</summary>
    public ImmutableArray<int> DependsOn { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Chooses the launcher of the agent.</summary>
    public string WorkflowType { get; init; } = WorkflowTypes.External;

    /// <summary>Paths or addresses of documents that the agent should read.</summary>
    public ImmutableArray<string> ExternalDocs { get; init => field = value.IsDefault ? [] : value; } = [];

    public decimal? EstimatedHours { get; init; }

    /// <summary>From launch to terminal report, for each attempt.</summary>
    public TimeSpan Timeout { get; init; } = PhaseLimits.DefaultTimeout;

    /// <summary>The longest silence of a live agent; null where none is expected to speak before its report.</summary>
    public TimeSpan? HeartbeatTimeout { get; init; }

    public int MaxAttempts { get; init; } = PhaseLimits.MinAttempts;

    /// <summary>The wait before the second attempt; zero retries at once.</summary>
    public TimeSpan RetryBackoff { get; init; } = PhaseLimits.DefaultRetryBackoff;

    public ApprovalMode Approval { get; init; }

    // Written out because an ImmutableArray compares by reference.
    public bool Equals(PhasePlan? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Number == other.Number
            && Title == other.Title
            && Content == other.Content
            && DependsOn.AsSpan().SequenceEqual(other.DependsOn.AsSpan())
            && WorkflowType == other.WorkflowType
            && ExternalDocs.AsSpan().SequenceEqual(other.ExternalDocs.AsSpan())
            && EstimatedHours == other.EstimatedHours
            && Timeout == other.Timeout
            && HeartbeatTimeout == other.HeartbeatTimeout
            && MaxAttempts == other.MaxAttempts
            && RetryBackoff == other.RetryBackoff
            && Approval == other.Approval);

    public override int GetHashCode() => HashCode.Combine(Number, Title, Content, DependsOn.Length, WorkflowType, Timeout, MaxAttempts);
}
