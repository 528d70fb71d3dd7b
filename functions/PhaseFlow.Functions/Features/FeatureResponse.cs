using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Queue;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Features;

/// <summary>A feature as the HTTP contract shows it.</summary>
public sealed record FeatureResponse
{
    public required int Id { get; init; }

    public required string Title { get; init; }

    public required string Description { get; init; }

    public required string? Repository { get; init; }

    public required int Priority { get; init; }

    /// <summary>Once it has spent this, nothing more of it starts without an approval; null for no cap.</summary>
    public required decimal? MaxCostUsd { get; init; }

    public required FeatureStatus Status { get; init; }

    /// <summary>Whether it was cancelled and waits for its agents to end.</summary>
    public required bool Cancelling { get; init; }

    public required int TotalPhases { get; init; }

    public required int PhasesCompleted { get; init; }

    /// <summary>Completed phases of all, 0 to 100.</summary>
    public required int Progress { get; init; }

    /// <summary>The sum over all attempts of all phases; null where no agent told any.</summary>
    public required AgentUsage? Usage { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Its rows of the queue, by phase number.</summary>
    public required ImmutableArray<QueueRow> Phases { get; init; }

    /// <summary>Every attempt, by phase and attempt; only where one feature is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<AttemptResponse>? Attempts { get; init; }

    /// <summary>Maps a feature as stored.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="line">Who waits for a slot at which place.</param>
    /// <param name="now">The moment (UTC).</param>
    public static FeatureResponse Of(StoredFeature feature, SlotLine line, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(feature);
        ImmutableArray<QueueRow> rows = QueueRow.Of(feature, line, now);
        int completed = rows.Count(r => r.Status == PhaseStatus.Completed);
        return new FeatureResponse
        {
            Id = feature.Run.FeatureId,
            Title = feature.Plan.Title,
            Description = feature.Plan.Description,
            Repository = feature.Plan.Repository,
            Priority = feature.Plan.Priority,
            MaxCostUsd = feature.Plan.MaxCostUsd,
            Status = feature.Run.Status,
            Cancelling = feature.Run.Cancelling,
            TotalPhases = rows.Length,
            PhasesCompleted = completed,
            Progress = rows.IsEmpty ? 0 : 100 * completed / rows.Length,
            Usage = rows.Aggregate((AgentUsage?)null, (sum, row) => AgentUsage.Sum(sum, row.Usage)),
            CreatedAt = feature.CreatedAt,
            UpdatedAt = feature.UpdatedAt,
            Phases = rows,
        };
    }

    /// <summary>This feature with what a reader of it alone wants: the prompts, and every attempt.</summary>
    public FeatureResponse InDetail(FeaturePlan plan, IEnumerable<AttemptRecord> attempts)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var contents = plan.Phases.ToDictionary(p => p.Number, p => p.Content);
        return this with
        {
            Phases = [.. Phases.Select(row => row with { Content = contents.GetValueOrDefault(row.PhaseNumber) })],
            Attempts = [.. attempts.OrderBy(a => a.PhaseNumber).ThenBy(a => a.Attempt).Select(AttemptResponse.Of)],
        };
    }
}

/// <summary>A page of features.</summary>
public sealed record FeatureListResponse(IReadOnlyList<FeatureResponse> Features, int Total, string? NextCursor);

/// <summary>One try at a phase.</summary>
public sealed record AttemptResponse(
    string QueueId,
    int PhaseNumber,
    int Attempt,
    string AdwId,
    string WorkflowType,
    AttemptStatus Status,
    DateTimeOffset LaunchedAt,
    DateTimeOffset? HeartbeatAt,
    DateTimeOffset? ReportedAt,
    bool? Completed,
    string? ErrorMessage,
    AgentUsage? Usage)
{
    public static AttemptResponse Of(AttemptRecord attempt)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        return new AttemptResponse(
            attempt.QueueId,
            attempt.PhaseNumber,
            attempt.Attempt,
            attempt.AdwId,
            attempt.WorkflowType,
            attempt.Status,
            attempt.LaunchedAt,
            attempt.HeartbeatAt,
            attempt.ReportedAt,
            attempt.Completed,
            attempt.Error,
            attempt.Usage);
    }
}
