using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Features;

/// <summary>What a client submits: a valid plan, and how to store it.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Execute">Whether it is to be executed at once.</param>
/// <param name="ValidateOnly">Whether it is only to be read, and nothing stored.</param>
/// <param name="Idempotency">Makes a repeat answer like the first; null where the client gave no key.</param>
public sealed record Submission(FeaturePlan Plan, bool Execute, bool ValidateOnly, IdempotencyKey? Idempotency)
{
    /// <summary>Where each phase names its workflow; null where it was not submitted as markdown.</summary>
    public IReadOnlyDictionary<int, PlanPlace>? WorkflowPlaces { get; init; }

    public const string IdempotencyHeader = "Idempotency-Key";

    /// <summary>The workflow type of markdown phases that name none; with <c>shell</c>, one without a shell block is a fault.</summary>
    public const string DefaultWorkflowParameter = "default_workflow";

    private const int MaxKeyLength = 255;

    /// <summary>Reads a request, as JSON or as markdown by its content type, or says why it is refused.</summary>
    /// <param name="request">The request.</param>
    /// <param name="runsShellBlocks">Whether markdown phases that name no workflow and have a shell block run it, where the request does not say.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<(Submission? Submission, ProblemResult? Refusal)> ReadAsync(
        HttpRequest request, bool runsShellBlocks, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        string? key = request.Headers.TryGetValue(IdempotencyHeader, out Microsoft.Extensions.Primitives.StringValues keys) ? keys.ToString() : null;
        if (key is not null && (key.Length is 0 or > MaxKeyLength || key.AsSpan().ContainsAnyExceptInRange(' ', '~')))
        {
            return (null, Problems.InvalidBody([new ProblemError("invalid-idempotency-key", $"{IdempotencyHeader} has 1 to {MaxKeyLength} printable ASCII characters.")]));
        }

        bool validateOnly = false;
        if ((QueryValues.Flag(request, "execute", out bool execute)
            ?? QueryValues.Flag(request, "validate", out validateOnly)
            ?? QueryValues.Unknown(request, "execute", "validate", DefaultWorkflowParameter)) is { } badQuery)
        {
            return (null, badQuery);
        }

        if (MediaKindOf(request.ContentType) is not { } kind)
        {
            return (null, Problems.UnsupportedMediaType(
                "A feature is JSON or markdown, in UTF-8: send Content-Type: application/json or Content-Type: text/markdown."));
        }

        byte[]? body = await RequestBody.ReadAsync(request, RequestBody.Limit, cancellation);
        if (body is null)
        {
            return (null, Problems.TooLarge(RequestBody.Limit));
        }

        string? defaultWorkflow = request.Query[DefaultWorkflowParameter].FirstOrDefault();
        (FeaturePlan? plan, ProblemResult? refusal, IReadOnlyDictionary<int, PlanPlace>? places) =
            kind == MediaKind.Json ? ReadJson(body) : ReadMarkdown(body, defaultWorkflow, runsShellBlocks);
        if (plan is null)
        {
            return (null, refusal);
        }

        return execute && plan.Phases.IsEmpty
            ? (null, Problems.InvalidPlan([new PlanFault(PlanFaultCodes.NoPhases, "A feature without phases cannot be executed.") { Pointer = "/phases" }]))
            : (new Submission(plan, execute, validateOnly, key is null ? null : new IdempotencyKey(key, Digest(kind, execute, defaultWorkflow, body)))
            {
                WorkflowPlaces = places,
            }, null);
    }

    private static (FeaturePlan? Plan, ProblemResult? Refusal, IReadOnlyDictionary<int, PlanPlace>? Places) ReadJson(byte[] body)
    {
        (System.Text.Json.JsonElement json, ProblemResult? refusal) = RequestBody.ToJson(body);
        if (refusal is not null)
        {
            return (null, refusal, null);
        }

        (FeaturePlan plan, ImmutableArray<PlanFault> faults) = PlanJson.ReadFeature(json);
        return faults.IsEmpty ? (plan, null, null) : (null, Problems.InvalidPlan(faults), null);
    }

    private static (FeaturePlan? Plan, ProblemResult? Refusal, IReadOnlyDictionary<int, PlanPlace>? Places) ReadMarkdown(
        byte[] body, string? defaultWorkflow, bool runsShellBlocks)
    {
        (string? text, ProblemResult? refusal) = RequestBody.ToText(body);
        if (text is null)
        {
            return (null, refusal, null);
        }

        MarkdownResult result = FeatureMarkdown.Parse(text, string.IsNullOrEmpty(defaultWorkflow) ? null : defaultWorkflow, runsShellBlocks);
        return result.IsValid ? (result.Plan, null, result.WorkflowPlaces) : (null, Problems.InvalidPlan(result.Faults), null);
    }

    // The same bytes under the same key mean the same only if they were to be read and treated the same way.
    private static string Digest(MediaKind kind, bool execute, string? defaultWorkflow, byte[] body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([(byte)kind, execute ? (byte)1 : (byte)0]);
        hash.AppendData(Encoding.UTF8.GetBytes($"{defaultWorkflow}\n"));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static MediaKind? MediaKindOf(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
            || (type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        return type.MediaType.Value?.ToLowerInvariant() switch
        {
            "application/json" => MediaKind.Json,
            "text/markdown" or "text/x-markdown" => MediaKind.Markdown,
            _ => null,
        };
    }

    private enum MediaKind : byte
    {
        Json,
        Markdown,
    }
}
