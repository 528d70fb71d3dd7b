using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Queue;

/// <summary>The queue over all features.</summary>
public sealed class ListQueue(IPhaseStore store, TimeProvider time)
{
    [Function(nameof(ListQueue))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/queue")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        (QueueQuery? query, ProblemResult? refusal) = QueueQuery.Read(request);
        return query is null
            ? refusal!
            : Answers.Ok(await query.PageAsync(client, await query.FeaturesAsync(store, cancellation), time.GetUtcNow(), cancellation));
    }
}

/// <summary>The queue of one feature, whatever its status.</summary>
public sealed class GetFeatureQueue(IPhaseStore store, TimeProvider time)
{
    [Function(nameof(GetFeatureQueue))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/queue/{featureId}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string featureId,
        CancellationToken cancellation)
    {
        (QueueQuery? query, ProblemResult? refusal) = QueueQuery.Read(request);
        if (query is null)
        {
            return refusal!;
        }

        StoredFeature? feature = FeatureId.TryParse(featureId, out int id) ? await store.GetFeatureAsync(id, cancellation) : null;
        return feature is null
            ? Problems.NotFound(FeatureId.Unknown(featureId))
            : Answers.Ok(await query.PageAsync(client, [feature], time.GetUtcNow(), cancellation));
    }
}
