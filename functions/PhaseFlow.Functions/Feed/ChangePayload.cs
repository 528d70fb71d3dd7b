using System.Text.Json;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Feed;

/// <summary>What the change feed says, as JSON in the words of the HTTP contract.</summary>
public static class ChangePayload
{
    public const string FeatureChanged = "feature_changed";
    public const string PhaseChanged = "phase_changed";
    public const string ReportReceived = "report_received";
    public const string FeatureRemoved = "feature_removed";

    /// <summary>A feature's status.</summary>
    public static string Of(int featureId, FeatureStatus status) => JsonSerializer.Serialize(new { FeatureId = featureId, Status = status }, ApiJson.Options);

    /// <summary>A feature that is kept no longer.</summary>
    public static string OfRemoval(int featureId) => JsonSerializer.Serialize(new { FeatureId = featureId }, ApiJson.Options);

    /// <summary>Where a phase stands now.</summary>
    public static string Of(int featureId, PhaseState phase)
    {
        ArgumentNullException.ThrowIfNull(phase);
        return JsonSerializer.Serialize(
            new
            {
                QueueId = QueueId.Format(featureId, phase.Number),
                FeatureId = featureId,
                PhaseNumber = phase.Number,
                phase.Status,
                phase.Attempt,
                phase.Priority,
                AdwId = phase.StartedAt is null || phase.Attempt == 0 ? null : AdwId.Of(featureId, phase.Number, phase.Attempt),
                phase.Slot,
                phase.IssueNumber,
                phase.PrNumber,
                ErrorMessage = ErrorOf(phase),
                phase.Question,
                phase.ReadyAt,
                phase.StartedAt,
                phase.FinishedAt,
            },
            ApiJson.Options);
    }

    /// <summary>The error that holds now. A run keeps that of the last attempt while the next one waits and works; to a reader that would be an error of the new one.</summary>
    public static string? ErrorOf(PhaseState phase)
    {
        ArgumentNullException.ThrowIfNull(phase);
        bool holds = phase.Status is PhaseStatus.Failed or PhaseStatus.Cancelled || phase.Stopping != StopReason.None
            || phase is { Status: PhaseStatus.Queued, NotBefore: not null };
        return holds ? phase.Error : null;
    }

    /// <summary>A report that was stored, and what became of it.</summary>
    public static string OfReport(string queueId, int attempt, bool completed, string result) =>
        JsonSerializer.Serialize(new { QueueId = queueId, Attempt = attempt, Status = completed ? "completed" : "failed", Result = result }, ApiJson.Options);
}
