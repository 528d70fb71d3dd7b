using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Features;

/// <summary>The features, newest first, by status and by words of their title, description or repository.</summary>
public sealed class ListFeatures(IPhaseStore store, TimeProvider time)
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    [Function(nameof(ListFeatures))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "api/v1/planned-features")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        if (ReadFilter(request, out FeatureFilter? filter) is { } refusal)
        {
            return refusal;
        }

        Page<StoredFeature> page = await store.ListFeaturesAsync(filter!, cancellation);
        SlotLine line = await SlotLine.ReadForAsync(client, page.Items, cancellation);
        DateTimeOffset now = time.GetUtcNow();
        return Answers.Ok(new FeatureListResponse([.. page.Items.Select(f => FeatureResponse.Of(f, line, now))], page.Total, page.NextCursor));
    }

    private static ProblemResult? ReadFilter(HttpRequest request, out FeatureFilter? filter)
    {
        filter = null;
        string? cursor = QueryValues.Text(request, "cursor");
        ProblemResult? refusal = QueryValues.Words(request, "status", out HashSet<FeatureStatus> statuses)
            ?? QueryValues.Limit(request, DefaultLimit, MaxLimit, out int limit)
            ?? QueryValues.Unknown(request, "status", "q", "cursor", "limit")
            ?? (statuses.Count > 1 ? Problems.InvalidQuery("status", "status is one status.") : null)
            ?? (cursor is null || FeatureId.TryParse(cursor, out _) ? null : Problems.InvalidQuery("cursor", "cursor is the next_cursor of an earlier answer."));
        if (refusal is null)
        {
            _ = QueryValues.Limit(request, DefaultLimit, MaxLimit, out limit);
            filter = new FeatureFilter(statuses.Count == 0 ? null : statuses.Single(), QueryValues.Text(request, "q"), cursor, limit);
        }

        return refusal;
    }
}
