using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Features;

/// <summary>One feature with its phases, their prompts and reasons, and every attempt.</summary>
public sealed class GetFeature(IPhaseStore store, FeatureCommands commands)
{
    [Function(nameof(GetFeature))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "api/v1/planned-features/{id}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id,
        CancellationToken cancellation)
    {
        if (QueryValues.Unknown(request) is { } refusal)
        {
            return refusal;
        }

        StoredFeature? feature = FeatureId.TryParse(id, out int featureId) ? await store.GetFeatureAsync(featureId, cancellation) : null;
        if (feature is null)
        {
            return Problems.NotFound(FeatureId.Unknown(id));
        }

        FeatureResponse response = await commands.ShowAsync(client, feature, cancellation);
        return Answers.Ok(response.InDetail(feature.Plan, await store.ListAttemptsAsync(featureId, cancellation)));
    }
}
