using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Queue;

/// <summary>Adds a phase to a planned or running feature.</summary>
public sealed class EnqueuePhase(PhaseAdditions additions)
{
    [Function(nameof(EnqueuePhase))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/queue/enqueue")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        (JsonElement json, ProblemResult? refusal) = await RequestBody.ReadJsonAsync(request, isOptional: false, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        var fields = new JsonFields(json);
        PhasePlan phase = PlanJson.ReadPhase(fields, "feature_id");
        int? featureId = fields.Int("feature_id", isRequired: true);
        (QueueRow? row, ProblemResult? conflict) = await additions.AddAsync(client, featureId, phase, fields.Faults, cancellation);
        return row is null ? conflict! : Answers.Accepted(row);
    }
}

/// <summary>Adds phases to features that exist.</summary>
public sealed class PhaseAdditions(IPhaseStore store, FeatureCommands commands, AgentConfiguration agents, TimeProvider time)
{
    // Each loss of the race means that somebody else has added a phase.
    private const int Tries = 10;

    /// <summary>The row of the phase as it will be, or why it was not added.</summary>
    /// <param name="client">Raises the command.</param>
    /// <param name="featureId">The feature; null where it could not be read.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="read">What was found wrong when it was read.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<(QueueRow? Row, ProblemResult? Refusal)> AddAsync(
        DurableTaskClient client, int? featureId, PhasePlan phase, IReadOnlyList<PlanFault> read, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(phase);
        for (int i = 0; i < Tries; i++)
        {
            StoredFeature? feature = featureId is { } id ? await commands.LoadAsync(id, cancellation) : null;
            ImmutableArray<PlanFault> faults = PlanJson.Join(
                read, feature is null ? PlanValidator.ValidatePhase(phase) : FaultsOfAdding(phase, feature.Plan));
            if (!faults.IsEmpty)
            {
                return (null, Problems.InvalidPlan(faults));
            }

            if (feature is null)
            {
                return (null, Problems.NotFound(FeatureId.Unknown(FormattableString.Invariant($"{featureId}"))));
            }

            if (FeatureActions.Refusal(feature.Run, CommandKind.AddPhase) is { } reason)
            {
                return (null, Problems.Conflict(reason));
            }

            if (feature.Run.Status != FeatureStatus.Planned && agents.Refusal([(phase.Number, phase.WorkflowType)]) is { } missing)
            {
                return (null, missing);
            }

            InboxEntry? entry = await store.AddPhaseAsync(
                feature.Run.FeatureId, phase, feature.Plan.Phases.Length, time.GetUtcNow(), cancellation);
            if (entry is not null)
            {
                (StoredFeature? after, bool isObeyed) = await commands.DeliverAsync(client, entry, cancellation);
                if (after is null)
                {
                    return (null, Problems.NotFound(FeatureId.Unknown(FormattableString.Invariant($"{featureId}"))));
                }

                return isObeyed && (await commands.ShowAsync(client, after, cancellation)).Phases.SingleOrDefault(p => p.PhaseNumber == phase.Number) is { } row
                    ? (row, null)
                    : (null, FeatureCommands.Overtaken(after.Run, CommandKind.AddPhase));
            }
        }

        return (null, Problems.Conflict($"Others are adding phases to feature {featureId}: try again."));
    }

    /// <summary>What is wrong with a plan once it has the phase, with pointers into the phase.</summary>
    public static IEnumerable<PlanFault> FaultsOfAdding(PhasePlan phase, FeaturePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        string at = FormattableString.Invariant($"/phases/{plan.Phases.Length}");
        return PlanValidator.Validate(plan with { Phases = plan.Phases.Add(phase) })
            .Select(f => f.Pointer?.StartsWith(at, StringComparison.Ordinal) == true ? f with { Pointer = f.Pointer[at.Length..] } : f);
    }
}
