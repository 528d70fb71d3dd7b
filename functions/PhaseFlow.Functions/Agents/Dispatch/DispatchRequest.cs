using PhaseFlow.Core.Plans;

namespace PhaseFlow.Functions.Agents.Dispatch;

/// <summary>The body of a launch: all that an agent needs to work and to report.</summary>
public sealed record DispatchRequest
{
    /// <summary>Names the attempt's agent, and makes a repeat of the request harmless.</summary>
    public required string AdwId { get; init; }

    public required string QueueId { get; init; }

    public required int FeatureId { get; init; }

    public required string FeatureTitle { get; init; }

    /// <summary><c>owner/name</c>, or null.</summary>
    public required string? Repository { get; init; }

    public required int PhaseNumber { get; init; }

    public required string PhaseTitle { get; init; }

    public required int TotalPhases { get; init; }

    public required int Attempt { get; init; }

    public required string WorkflowType { get; init; }

    /// <summary>What the agent reads, as local agents do.</summary>
    public required string Prompt { get; init; }

    public required int? IssueNumber { get; init; }

    public required string? IssueUrl { get; init; }

    /// <summary>Seconds until the attempt must have reported.</summary>
    public required double TimeoutSeconds { get; init; }

    /// <summary>The longest silence in seconds; null where none is expected to speak before its report.</summary>
    public required double? HeartbeatTimeoutSeconds { get; init; }

    /// <summary>Where the attempt's report is posted to.</summary>
    public required string ReportUrl { get; init; }

    /// <summary>Where its heartbeats are posted to.</summary>
    public required string HeartbeatUrl { get; init; }

    public required string AskUrl { get; init; }

    /// <summary>What report and heartbeats are signed with: it speaks for this attempt alone.</summary>
    public required string WebhookSecret { get; init; }

    public static DispatchRequest Of(AgentLaunch launch, string publicUrl, string webhookSecret)
    {
        ArgumentNullException.ThrowIfNull(launch);
        string queueId = Core.Plans.QueueId.Format(launch.FeatureId, launch.Phase.Number);
        return new DispatchRequest
        {
            AdwId = launch.AdwId,
            QueueId = queueId,
            FeatureId = launch.FeatureId,
            FeatureTitle = launch.FeatureTitle,
            Repository = launch.Repository,
            PhaseNumber = launch.Phase.Number,
            PhaseTitle = launch.Phase.Title,
            TotalPhases = launch.TotalPhases,
            Attempt = launch.Attempt,
            WorkflowType = launch.Phase.WorkflowType,
            Prompt = AgentPrompt.Of(launch.FeatureTitle, launch.Phase, launch.TotalPhases),
            IssueNumber = launch.IssueNumber,
            IssueUrl = launch.IssueUrl,
            TimeoutSeconds = launch.Phase.Timeout.TotalSeconds,
            HeartbeatTimeoutSeconds = launch.Phase.HeartbeatTimeout?.TotalSeconds,
            ReportUrl = $"{publicUrl}/workflow-complete",
            HeartbeatUrl = $"{publicUrl}/api/v1/queue/{queueId}/heartbeat",
            AskUrl = $"{publicUrl}/api/v1/queue/{queueId}/ask",
            WebhookSecret = webhookSecret,
        };
    }
}

/// <summary>The body of a stop.</summary>
public sealed record DispatchStop(string AdwId, string QueueId, int FeatureId, int PhaseNumber, int Attempt, string WorkflowType);
