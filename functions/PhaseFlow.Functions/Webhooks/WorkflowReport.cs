using System.Text.Json;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Webhooks;

/// <summary>The body of a report, as far as PhaseFlow reads it; the rest is kept as evidence.</summary>
public sealed record WorkflowReport
{
    // What one attempt can use at most; sums over all attempts stay far from the limits of their types.
    private const long MaxTokens = 1_000_000_000_000_000;
    private const decimal MaxCost = 1_000_000_000;

    public required string QueueId { get; init; }

    public int? Attempt { get; init; }

    public required bool Completed { get; init; }

    public required string AdwId { get; init; }

    public string? ErrorMessage { get; init; }

    public int? PrNumber { get; init; }

    public string? Summary { get; init; }

    public AgentUsage? Usage { get; init; }

    /// <summary>Reads a report, or says everything that is wrong with it.</summary>
    public static (WorkflowReport? Report, ProblemResult? Refusal) Read(JsonElement json)
    {
        var fields = new JsonFields(json);
        string? queueId = fields.Text("queue_id", isRequired: true);
        string? status = fields.Text("status", isRequired: true);
        string? adwId = fields.Text("adw_id", isRequired: true);
        int? attempt = fields.Int("attempt");
        int? prNumber = fields.Int("pr_number");
        Check(fields, "status", status is null or "completed" or "failed", "status must be \"completed\" or \"failed\".");
        Check(fields, "attempt", attempt is null or > 0, "attempt is counted from 1.");
        Check(fields, "pr_number", prNumber is null or > 0, "pr_number is a positive number.");
        CheckSubject(fields, queueId);
        var report = new WorkflowReport
        {
            QueueId = queueId ?? "",
            Attempt = attempt,
            Completed = status == "completed",
            AdwId = adwId ?? "",
            ErrorMessage = fields.Text("error_message"),
            PrNumber = prNumber,
            Summary = fields.Text("summary"),
            Usage = fields.Object("usage") is { } usage ? ReadUsage(usage) : null,
        };
        return fields.Faults.Count == 0 ? (report, null) : (null, Problems.InvalidBody([.. fields.Faults.Select(ProblemError.Of)]));
    }

    /// <summary>The report as a run understands it.</summary>
    public AgentReport ToMessage(int phase, int attempt) => new(0, phase, attempt, Completed)
    {
        Error = ErrorMessage,
        PrNumber = PrNumber,
        Summary = Summary,
        Usage = Usage,
    };

    // The queue id says it all; feature and phase number may be left out and must not say otherwise.
    private static void CheckSubject(JsonFields fields, string? queueId)
    {
        int? featureId = fields.Int("feature_id");
        int? phaseNumber = fields.Int("phase_number");
        if (Core.Plans.QueueId.TryParse(queueId, out int feature, out int phase))
        {
            Check(fields, "feature_id", featureId is null || featureId == feature, "feature_id is not the feature of queue_id.");
            Check(fields, "phase_number", phaseNumber is null || phaseNumber == phase, "phase_number is not the phase of queue_id.");
        }
    }

    private static AgentUsage ReadUsage(JsonFields usage)
    {
        long input = usage.Long("input_tokens") ?? 0;
        long output = usage.Long("output_tokens") ?? 0;
        decimal cost = usage.Number("cost_usd") ?? 0;
        Check(usage, "input_tokens", input is >= 0 and <= MaxTokens, $"input_tokens is from 0 to {MaxTokens}.");
        Check(usage, "output_tokens", output is >= 0 and <= MaxTokens, $"output_tokens is from 0 to {MaxTokens}.");
        Check(usage, "cost_usd", cost is >= 0 and <= MaxCost, $"cost_usd is from 0 to {MaxCost}.");
        return new AgentUsage(input, output, cost);
    }

    private static void Check(JsonFields fields, string name, bool isRight, string message)
    {
        if (!isRight)
        {
            fields.Refuse(name, "invalid-value", message);
        }
    }
}
