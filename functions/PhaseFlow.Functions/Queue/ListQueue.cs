using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Queue;

/// <summary>The queue over all features.</summary>
public sealed class ListQueue(IPhaseStore store, TimeProvider time)
{
    [Function(nameof(ListQueue))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "api/v1/queue")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        (QueueQuery? query, ProblemResult? refusal) = QueueQuery.Read(request);
        return query is null
            ? refusal!
            : Answers.Ok(await query.PageAsync(client, await query.FeaturesAsync(store, cancellation), time.GetUtcNow(), cancellation));
    }
}

/// <summary>The queue of one feature, whatever its status; or, by a <c>queue_id</c>, the row of one phase.</summary>
public sealed class GetFeatureQueue(IPhaseStore store, TimeProvider time)
{
    [Function(nameof(GetFeatureQueue))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "api/v1/queue/{featureId}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string featureId,
        CancellationToken cancellation)
    {
        (QueueQuery? query, ProblemResult? refusal) = QueueQuery.Read(request);
        if (query is null)
        {
            return refusal!;
        }

        bool isPhase = QueueId.TryParse(featureId, out int id, out int phase);
        StoredFeature? feature = isPhase || FeatureId.TryParse(featureId, out id) ? await store.GetFeatureAsync(id, cancellation) : null;
        if (feature is null || (isPhase && feature.Plan.Phases.All(p => p.Number != phase)))
        {
            return Problems.NotFound(isPhase ? PhaseRef.Unknown(featureId) : FeatureId.Unknown(featureId));
        }

        SlotLine line = await SlotLine.ReadForAsync(client, [feature], cancellation);
        return Answers.Ok(query.Page(QueueRow.Of(feature, line, time.GetUtcNow()).Where(row => !isPhase || row.PhaseNumber == phase)));
    }
}
