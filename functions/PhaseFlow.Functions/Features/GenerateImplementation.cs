using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Features;

/// <summary>Gives phases to a planned feature that has none, made of its description.</summary>
public sealed class GenerateImplementation(IPhaseStore store, IFeaturePlanner planner, FeatureCommands commands, TimeProvider time)
{
    [Function(nameof(GenerateImplementation))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/planned-features/{id}/generate-implementation")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id,
        CancellationToken cancellation)
    {
        StoredFeature? feature = FeatureId.TryParse(id, out int featureId) ? await store.GetFeatureAsync(featureId, cancellation) : null;
        if (feature is null)
        {
            return Problems.NotFound(FeatureId.Unknown(id));
        }

        if (Refusal(feature) is { } reason)
        {
            return Problems.Conflict(reason);
        }

        ImmutableArray<PhasePlan> phases;
        try
        {
            phases = await planner.PlanAsync(feature.Plan, cancellation);
        }
        catch (FeaturePlannerException failure)
        {
            return Problems.PlannerFailed(failure.Message);
        }

        ImmutableArray<PlanFault> faults = PlanValidator.Validate(feature.Plan with { Phases = phases });
        if (!faults.IsEmpty)
        {
            return Problems.PlannerFailed($"The planner made an invalid plan: {faults[0].Message}");
        }

        return await store.SetPhasesAsync(featureId, phases, time.GetUtcNow(), cancellation)
            ? Answers.Ok(await commands.ShowAsync(client, (await store.GetFeatureAsync(featureId, cancellation))!, cancellation))
            : Problems.Conflict($"Feature {featureId} got phases from somebody else.");
    }

    /// <summary>Why a feature gets no generated phases; null where it does.</summary>
    public static string? Refusal(StoredFeature feature)
    {
        ArgumentNullException.ThrowIfNull(feature);
        return !feature.Plan.Phases.IsEmpty ? $"Feature {feature.Run.FeatureId} has phases already."
            : feature.Run.Status != FeatureStatus.Planned ? $"Feature {feature.Run.FeatureId} is no longer planned."
            : null;
    }
}
