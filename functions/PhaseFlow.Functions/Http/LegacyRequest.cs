using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Features;

namespace PhaseFlow.Functions.Http;

/// <summary>A request in its first shape: words, and perhaps phases that follow one another. It is stored as a feature and executed.</summary>
public sealed class LegacyRequest(FeatureSubmissions submissions)
{
    [Function(nameof(LegacyRequest))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/request")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        (JsonElement json, ProblemResult? refusal) = await RequestBody.ReadJsonAsync(request, isOptional: false, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        (FeaturePlan plan, ImmutableArray<PlanFault> faults) = ReadPlan(json);
        if (!faults.IsEmpty)
        {
            return Problems.InvalidPlan(faults);
        }

        (FeatureResponse? feature, ProblemResult? conflict) = await submissions.StoreAsync(
            client, new Submission(plan, Execute: true, ValidateOnly: false, Idempotency: null), cancellation);
        return feature is null ? conflict! : Answers.Ok(LegacyRequestResponse.Of(feature));
    }

    /// <summary>The request as a plan: a phase without <c>depends_on</c> follows the one before it; no phases at all are one of the whole text.</summary>
    public static (FeaturePlan Plan, ImmutableArray<PlanFault> Faults) ReadPlan(JsonElement json)
    {
        var fields = new JsonFields(json);
        string text = fields.Text("nl_input", isRequired: true) ?? "";
        var phases = ImmutableArray.CreateBuilder<PhasePlan>();
        foreach (JsonFields phase in fields.Objects("phases") ?? [])
        {
            phases.Add(new PhasePlan
            {
                Number = phase.Int("number", isRequired: true) ?? 0,
                Title = phase.Text("title") ?? "",
                Content = phase.Text("content") ?? "",
                ExternalDocs = phase.Texts("externalDocs"),
                DependsOn = phase.Has("depends_on") ? phase.Ints("depends_on") : phases.Count == 0 ? [] : [phases[^1].Number],
            });
        }

        string title = TitleOf(text);
        if (phases.Count == 0 && !fields.Has("phases"))
        {
            phases.Add(new PhasePlan { Number = 1, Title = title, Content = text });
        }

        var plan = new FeaturePlan { Title = title, Description = text, Phases = phases.ToImmutable() };
        return (plan, PlanJson.Join(fields.Faults, PlanValidator.Validate(plan).Select(InItsOwnWords)));
    }

    private static PlanFault InItsOwnWords(PlanFault fault) => fault with
    {
        Pointer = fault.Pointer switch
        {
            "/title" or "/description" => "/nl_input",
            { } pointer => pointer.Replace("/phase_number", "/number", StringComparison.Ordinal)
                .Replace("/external_docs", "/externalDocs", StringComparison.Ordinal),
            null => null,
        },
    };

    // The first line that says something.
    private static string TitleOf(string text)
    {
        string line = text.Split('\n').Select(l => l.Trim().TrimStart('#').Trim()).FirstOrDefault(l => l.Length > 0) ?? "";
        string title = new([.. line.Where(c => !char.IsControl(c))]);
        if (title.Length <= PhaseLimits.MaxTitleLength)
        {
            return title;
        }

        // A surrogate pair is not cut in two.
        int end = PhaseLimits.MaxTitleLength - 1;
        return title[..(char.IsHighSurrogate(title[end - 1]) ? end - 1 : end)] + "…";
    }
}

/// <summary>The answer to a request in the first shape. No parent issue is made; issues come when their phases start.</summary>
public sealed record LegacyRequestResponse(
    string RequestId, bool IsMultiPhase, int FeatureId, int? ParentIssueNumber, IReadOnlyList<LegacyChildIssue> ChildIssues)
{
    public static LegacyRequestResponse Of(FeatureResponse feature)
    {
        ArgumentNullException.ThrowIfNull(feature);
        return new LegacyRequestResponse(
            FormattableString.Invariant($"feature-{feature.Id}"),
            feature.TotalPhases > 1,
            feature.Id,
            null,
            [.. feature.Phases.Select(p => new LegacyChildIssue(p.PhaseNumber, p.IssueNumber, p.QueueId))]);
    }
}

/// <summary>A phase, named as the first shape did.</summary>
public sealed record LegacyChildIssue(int PhaseNumber, int? IssueNumber, string QueueId);
