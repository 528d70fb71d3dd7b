using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Queue;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Http;

/// <summary>The queue in its first shape. There are no parent issues any more: where it says one, it means the feature.</summary>
public sealed class LegacyQueue(IPhaseStore store, PhaseAdditions additions, FeatureCommands commands)
{
    [Function("LegacyListQueue")]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "api/queue")] HttpRequest request, CancellationToken cancellation)
    {
        var phases = new List<LegacyPhase>();
        foreach (StoredFeature open in await store.ListOpenFeaturesAsync(cancellation))
        {
            // A list leaves the prompts out, and this shape has them.
            StoredFeature? feature = await store.GetFeatureAsync(open.Run.FeatureId, cancellation);
            phases.AddRange(LegacyPhase.Of(feature ?? open));
        }

        return Answers.Ok(new LegacyQueueResponse(phases, phases.Count));
    }

    [Function("LegacyGetQueue")]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "api/queue/{parentIssue}")] HttpRequest request,
        string parentIssue,
        CancellationToken cancellation)
    {
        StoredFeature? feature = FeatureId.TryParse(parentIssue, out int id) ? await store.GetFeatureAsync(id, cancellation) : null;
        if (feature is null)
        {
            return Problems.NotFound(FeatureId.Unknown(parentIssue));
        }

        LegacyPhase[] phases = [.. LegacyPhase.Of(feature)];
        return Answers.Ok(new LegacyQueueResponse(phases, phases.Length));
    }

    [Function("LegacyEnqueuePhase")]
    public async Task<IResult> EnqueueAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/queue/enqueue")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        (JsonElement json, ProblemResult? refusal) = await RequestBody.ReadJsonAsync(request, isOptional: false, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        var fields = new JsonFields(json);
        int? feature = fields.Int("parent_issue", isRequired: true);
        JsonFields? data = fields.Object("phase_data");
        var phase = new PhasePlan
        {
            Number = fields.Int("phase_number", isRequired: true) ?? 0,
            Title = data?.Text("title") ?? "",
            Content = data?.Text("content") ?? "",
            ExternalDocs = data?.Texts("externalDocs") ?? [],
            DependsOn = fields.Int("depends_on_phase") is { } before ? [before] : [],
        };
        (QueueRow? row, ProblemResult? conflict) = await additions.AddAsync(client, feature, phase, fields.Faults, cancellation);
        return row is null ? conflict! : Answers.Ok(new LegacyEnqueueResponse(true, row.QueueId));
    }

    [Function("LegacyCancelPhase")]
    public async Task<IResult> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "api/queue/{queueId}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string queueId,
        CancellationToken cancellation)
    {
        IResult result = await commands.RunPhaseAsync(request, client, queueId, CommandKind.CancelPhase, cancellation);
        return result is ProblemResult ? result : Answers.Ok(new LegacyCancelResponse(true, $"Phase {queueId} is removed from the queue."));
    }
}

/// <summary>A row of the first queue.</summary>
public sealed record LegacyPhase(
    string QueueId,
    int ParentIssue,
    int PhaseNumber,
    int? IssueNumber,
    string Status,
    int? DependsOnPhase,
    LegacyPhaseData PhaseData,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string? ErrorMessage)
{
    /// <summary>The rows of a feature, by phase number. Of several dependencies this shape can tell the last only.</summary>
    public static IEnumerable<LegacyPhase> Of(StoredFeature feature)
    {
        ArgumentNullException.ThrowIfNull(feature);
        var contents = feature.Plan.Phases.ToDictionary(p => p.Number, p => p.Content);
        return QueueRow.Of(feature, Slots.SlotLine.Empty, feature.UpdatedAt).Select(row => new LegacyPhase(
            row.QueueId,
            row.FeatureId,
            row.PhaseNumber,
            row.IssueNumber,
            StatusOf(row.Status),
            row.DependsOn.IsEmpty ? null : row.DependsOn.Max(),
            new LegacyPhaseData(row.Title, contents[row.PhaseNumber], row.ExternalDocs),
            row.CreatedAt,
            row.UpdatedAt,
            row.ErrorMessage));
    }

    // The first clients know six words.
    private static string StatusOf(PhaseStatus status) => ApiJson.Word(status switch
    {
        PhaseStatus.AwaitingApproval => PhaseStatus.Queued,
        PhaseStatus.AwaitingAnswer => PhaseStatus.Running,
        PhaseStatus.Cancelled => PhaseStatus.Failed,
        _ => status,
    });
}

/// <summary>The plan of a phase in the first shape.</summary>
public sealed record LegacyPhaseData(string Title, string Content, [property: JsonPropertyName("externalDocs")] ImmutableArray<string> ExternalDocs);

/// <summary>The first queue.</summary>
public sealed record LegacyQueueResponse(IReadOnlyList<LegacyPhase> Phases, int Total);

/// <summary>A phase was added.</summary>
public sealed record LegacyEnqueueResponse(bool Success, string QueueId);

/// <summary>A phase was cancelled.</summary>
public sealed record LegacyCancelResponse(bool Success, string Message);
