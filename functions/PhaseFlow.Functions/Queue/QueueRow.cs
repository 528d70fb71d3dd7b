using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Queue;

/// <summary>A phase as the HTTP contract shows it: a row of the queue.</summary>
public sealed record QueueRow
{
    public required string QueueId { get; init; }

    public required int FeatureId { get; init; }

    public required string FeatureTitle { get; init; }

    public required int PhaseNumber { get; init; }

    public required string Title { get; init; }

    public required string WorkflowType { get; init; }

    public required PhaseStatus Status { get; init; }

    /// <summary>Its place in the line for a slot over all features, from 1; null where it waits for none.</summary>
    public required int? Position { get; init; }

    /// <summary>Whether the limiter has given it a slot and its run does not show it yet: it has left the line by its head.</summary>
    internal bool IsGranted { get; init; }

    /// <summary>Why it does not run, as one sentence; null where it runs or is over.</summary>
    public required string? WaitReason { get; init; }

    /// <summary>The attempt that waits for a slot, runs, or ended last; 0 before the first.</summary>
    public required int Attempt { get; init; }

    /// <summary>The last attempt that is started without anybody asking: each retry by a person allows the planned number again.</summary>
    public required int MaxAttempts { get; init; }

    public required string? AdwId { get; init; }

    public required int? Slot { get; init; }

    public required int? IssueNumber { get; init; }

    public required int? PrNumber { get; init; }

    /// <summary>Why it failed, was cancelled, is being stopped or waits to be tried again; null where it does not, whatever became of an earlier attempt.</summary>
    public required string? ErrorMessage { get; init; }

    public required string? Summary { get; init; }

    /// <summary>What the agent of this attempt has asked last, and the answer once there is one.</summary>
    public required PhaseQuestion? Question { get; init; }

    public required AgentUsage? Usage { get; init; }

    public required int Priority { get; init; }

    public required ImmutableArray<int> DependsOn { get; init; }

    public required ImmutableArray<string> ExternalDocs { get; init; }

    public required decimal? EstimatedHours { get; init; }

    public required ApprovalMode Approval { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public required DateTimeOffset? ReadyAt { get; init; }

    public required DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When the attempt must have reported.</summary>
    public required DateTimeOffset? TimeoutAt { get; init; }

    /// <summary>The prompt; only where one feature is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Content { get; init; }

    /// <summary>The rows of a feature, by phase number. A phase that its run does not know yet is queued.</summary>
    public static ImmutableArray<QueueRow> Of(StoredFeature feature, SlotLine line, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(feature);
        ArgumentNullException.ThrowIfNull(line);
        return [.. feature.Plan.Phases.OrderBy(p => p.Number).Select(p => Of(feature, p, line, now))];
    }

    private static QueueRow Of(StoredFeature feature, PhasePlan plan, SlotLine line, DateTimeOffset now)
    {
        FeatureRun run = feature.Run;
        PhaseState phase = run.Phases.GetValueOrDefault(plan.Number) ?? new PhaseState { Number = plan.Number, Rule = PhaseRule.Of(plan) };
        string queueId = Core.Plans.QueueId.Format(run.FeatureId, plan.Number);
        int? position = phase.Status == PhaseStatus.Ready ? line.PositionOf(queueId, phase.Attempt) : null;
        bool isGranted = phase.Status == PhaseStatus.Ready && line.IsGranted(queueId, phase.Attempt);
        return new QueueRow
        {
            QueueId = queueId,
            FeatureId = run.FeatureId,
            FeatureTitle = feature.Plan.Title,
            PhaseNumber = plan.Number,
            Title = plan.Title,
            WorkflowType = plan.WorkflowType,
            Status = phase.Status,
            Position = position,
            IsGranted = isGranted,
            WaitReason = isGranted ? "starts now" : Core.Runs.WaitReason.For(run, phase, position, now),
            Attempt = phase.Attempt,
            MaxAttempts = Math.Max(plan.MaxAttempts, phase.AttemptBudget),
            AdwId = phase.StartedAt is null || phase.Attempt == 0 ? null : Core.Plans.AdwId.Of(run.FeatureId, plan.Number, phase.Attempt),
            Slot = phase.Slot,
            IssueNumber = phase.IssueNumber,
            PrNumber = phase.PrNumber,
            ErrorMessage = ChangePayload.ErrorOf(phase),
            Summary = phase.Summary,
            Question = phase.Question,
            Usage = phase.Usage,
            Priority = phase.Priority ?? feature.Plan.Priority,
            DependsOn = plan.DependsOn,
            ExternalDocs = plan.ExternalDocs,
            EstimatedHours = plan.EstimatedHours,
            Approval = plan.Approval,
            CreatedAt = feature.CreatedAt,
            UpdatedAt = feature.PhaseUpdatedAt.GetValueOrDefault(plan.Number, feature.UpdatedAt),
            ReadyAt = phase.ReadyAt,
            StartedAt = phase.StartedAt,
            FinishedAt = phase.FinishedAt,
            TimeoutAt = phase.DeadlineAt,
        };
    }
}

/// <summary>A page of the queue.</summary>
public sealed record QueueResponse(IReadOnlyList<QueueRow> Phases, int Total)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NextCursor { get; init; }
}
