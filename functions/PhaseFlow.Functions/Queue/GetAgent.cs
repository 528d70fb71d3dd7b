using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Telemetry;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Queue;

/// <summary>
/// What the agent of the live attempt needs to report, its secret with it: for the operator who starts agents by other means.
/// </summary>
public sealed class GetAgent(IPhaseStore store, AttemptLookup attempts, IIssueTracker issues, WebhookSecrets secrets, IPublicAddress address)
{
    [Function(nameof(GetAgent))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "api/v1/queue/{queueId}/agent")] HttpRequest request,
        string queueId,
        CancellationToken cancellation)
    {
        if (QueryValues.Unknown(request) is { } refusal)
        {
            return refusal;
        }

        StoredFeature? feature = QueueId.TryParse(queueId, out int featureId, out int phase) ? await store.GetFeatureAsync(featureId, cancellation) : null;
        if (feature is null || feature.Plan.Phases.All(p => p.Number != phase))
        {
            return Problems.NotFound(PhaseRef.Unknown(queueId));
        }

        if (await attempts.FindAsync(queueId, null, null, cancellation) is not { Status: AttemptStatus.Live, ReportedAt: null } attempt)
        {
            return Problems.Conflict($"No attempt of {queueId} is live.");
        }

        int? number = feature.Run.Phases.GetValueOrDefault(phase)?.IssueNumber;
        return Answers.Ok(new Dictionary<string, string>
        {
            ["PHASEFLOW_URL"] = address.Url,
            ["PHASEFLOW_QUEUE_ID"] = queueId,
            ["PHASEFLOW_FEATURE_ID"] = featureId.ToString(CultureInfo.InvariantCulture),
            ["PHASEFLOW_PHASE_NUMBER"] = phase.ToString(CultureInfo.InvariantCulture),
            ["PHASEFLOW_ATTEMPT"] = attempt.Attempt.ToString(CultureInfo.InvariantCulture),
            ["PHASEFLOW_ADW_ID"] = attempt.AdwId,
            ["PHASEFLOW_WEBHOOK_SECRET"] = secrets.SecretText(queueId, attempt.Attempt),
            ["PHASEFLOW_PROMPT_FILE"] = "",
            [TelemetryNames.ParentVariable] = secrets.Traces.Parent(featureId, phase, attempt.Attempt),
            ["PHASEFLOW_ISSUE_NUMBER"] = number?.ToString(CultureInfo.InvariantCulture) ?? "",
            ["PHASEFLOW_ISSUE_URL"] = number is { } issue ? issues.UrlOf(feature.Plan.Repository, issue) : "",
        });
    }
}
