using PhaseFlow.Core.Plans;

namespace PhaseFlow.Functions.Features;

/// <summary>A plan as it was read, every default filled in, in the shape in which it can be submitted.</summary>
public sealed record PlanResponse(
    int? Id, string Title, string Description, string? Repository, int Priority, decimal? MaxCostUsd, IReadOnlyList<PlannedPhase> Phases)
{
    public static PlanResponse Of(FeaturePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new PlanResponse(
            plan.Id, plan.Title, plan.Description, plan.Repository, plan.Priority, plan.MaxCostUsd, [.. plan.Phases.Select(PlannedPhase.Of)]);
    }
}

/// <summary>One phase of a plan; durations are a number with <c>s</c>, <c>m</c> or <c>h</c>.</summary>
public sealed record PlannedPhase(
    int PhaseNumber,
    string Title,
    string Content,
    IReadOnlyList<int> DependsOn,
    string WorkflowType,
    IReadOnlyList<string> ExternalDocs,
    decimal? EstimatedHours,
    string Timeout,
    string? HeartbeatTimeout,
    int MaxAttempts,
    string RetryBackoff,
    ApprovalMode Approval)
{
    public static PlannedPhase Of(PhasePlan phase)
    {
        ArgumentNullException.ThrowIfNull(phase);
        return new PlannedPhase(
            phase.Number,
            phase.Title,
            phase.Content,
            phase.DependsOn,
            phase.WorkflowType,
            phase.ExternalDocs,
            phase.EstimatedHours,
            PhaseDuration.Format(phase.Timeout),
            phase.HeartbeatTimeout is { } silence ? PhaseDuration.Format(silence) : null,
            phase.MaxAttempts,
            PhaseDuration.Format(phase.RetryBackoff),
            phase.Approval);
    }
}
