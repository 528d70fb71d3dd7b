using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Features;

/// <summary>Stores a feature, as JSON or as markdown, and executes it where the query says so; or only says how it reads it.</summary>
public sealed class SubmitFeature(FeatureSubmissions submissions)
{
    [Function(nameof(SubmitFeature))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/planned-features")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        (Submission? submission, ProblemResult? refusal) = await Submission.ReadAsync(request, submissions.RunsShellBlocks, cancellation);
        if (submission is null)
        {
            return refusal!;
        }

        if (submission.ValidateOnly)
        {
            return submissions.Refusal(submission) ?? Answers.Ok(PlanResponse.Of(submissions.WithDefaults(submission.Plan)));
        }

        (FeatureResponse? feature, ProblemResult? conflict) = await submissions.StoreAsync(client, submission, cancellation);
        return feature is null ? conflict!
            : submission.Execute ? Answers.Accepted(FeatureId.Path(feature.Id), feature)
            : Answers.Created(FeatureId.Path(feature.Id), feature);
    }
}

/// <summary>Stores what is submitted, whatever the shape it came in.</summary>
public sealed class FeatureSubmissions(
    IPhaseStore store, FeatureCommands commands, AgentConfiguration agents, IOptions<SpendOptions> spend, TimeProvider time)
{
    /// <summary>Whether the scripts of phases may run here.</summary>
    public bool RunsShellBlocks => agents.LauncherOf(WorkflowTypes.Shell) is not null;

    /// <summary>The plan with what the settings say where it does not. It is stored so: a later change of the settings does not touch it.</summary>
    public FeaturePlan WithDefaults(FeaturePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan with { MaxCostUsd = plan.MaxCostUsd ?? spend.Value.MaxCostUsd };
    }

    /// <summary>Why what is submitted cannot be executed here, where it asks for that; null where it can.</summary>
    public ProblemResult? Refusal(Submission submission)
    {
        ArgumentNullException.ThrowIfNull(submission);
        if (!submission.Execute)
        {
            return null;
        }

        Dictionary<int, string>? pointers = submission.WorkflowPlaces is null
            ? submission.Plan.Phases.Select((p, i) => (p.Number, Pointer: FormattableString.Invariant($"/phases/{i}/workflow_type"))).ToDictionary(p => p.Number, p => p.Pointer)
            : null;
        return agents.Refusal(submission.Plan.Phases.Select(p => (p.Number, p.WorkflowType)), submission.WorkflowPlaces, pointers);
    }

    /// <summary>The feature as stored, and executed where it should be; or the conflict that kept it from being stored.</summary>
    public async Task<(FeatureResponse? Feature, ProblemResult? Conflict)> StoreAsync(
        DurableTaskClient client, Submission submission, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(submission);
        if (Refusal(submission) is { } missing)
        {
            return (null, missing);
        }

        FeatureCreation creation = await store.CreateFeatureAsync(WithDefaults(submission.Plan), submission.Idempotency, time.GetUtcNow(), cancellation);
        return creation.Result switch
        {
            CreationResult.IdTaken => (null, Problems.Conflict(
                ProblemTypes.IdTaken, "Id taken", $"There is a feature {submission.Plan.Id} already, or there was one: an id is never used again.")),
            CreationResult.KeyReused => (null, Problems.Conflict(
                ProblemTypes.IdempotencyKeyReused,
                "Idempotency key reused",
                $"The {Submission.IdempotencyHeader} was used before with another request.")),
            _ => await ShowAsync(client, creation.FeatureId, submission.Execute, cancellation) is { } shown
                ? (shown, null)
                : (null, Problems.NotFound(FeatureId.Unknown(FormattableString.Invariant($"{creation.FeatureId}")))),
        };
    }

    private async Task<FeatureResponse?> ShowAsync(DurableTaskClient client, int featureId, bool execute, CancellationToken cancellation)
    {
        if (execute)
        {
            return await commands.ExecuteAsync(client, featureId, cancellation);
        }

        StoredFeature? feature = await commands.LoadAsync(featureId, cancellation);
        return feature is null ? null : await commands.ShowAsync(client, feature, cancellation);
    }
}
