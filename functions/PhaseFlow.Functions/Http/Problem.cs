using System.Text.Json.Serialization;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Functions.Http;

/// <summary>An error as RFC 9457 has it, <c>application/problem+json</c>.</summary>
/// <param name="Type">Stable: <c>urn:phaseflow:problem:…</c>, one of <see cref="ProblemTypes"/>.</param>
/// <param name="Title">The same for every problem of the type.</param>
/// <param name="Status">The status code.</param>
public sealed record Problem(string Type, string Title, int Status)
{
    public const string ContentType = "application/problem+json";

    /// <summary>What is wrong with this request, in sentences for a person.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detail { get; init; }

    /// <summary>The path that was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Instance { get; init; }

    /// <summary>Every fault of what was sent, each with its place.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ProblemError>? Errors { get; init; }
}

/// <summary>One fault of what was sent.</summary>
/// <param name="Code">Stable, kebab-case.</param>
/// <param name="Message">One sentence for a person.</param>
public sealed record ProblemError(string Code, string Message)
{
    /// <summary>JSON pointer into the body.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Pointer { get; init; }

    /// <summary>Line in the body, from 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Line { get; init; }

    /// <summary>Column in the line, from 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Column { get; init; }

    /// <summary>The name of the query parameter at fault.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Parameter { get; init; }

    public static ProblemError Of(PlanFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return new ProblemError(fault.Code, fault.Message) { Pointer = fault.Pointer, Line = fault.Line, Column = fault.Column };
    }
}

/// <summary>The <see cref="Problem.Type"/> of every problem. Clients depend on them: they may be added to, never renamed.</summary>
public static class ProblemTypes
{
    public const string AgentNotConfigured = Prefix + "agent-not-configured";
    public const string BodyTooLarge = Prefix + "body-too-large";
    public const string Conflict = Prefix + "conflict";
    public const string QuestionOpen = Prefix + "question-open";
    public const string CrossSite = Prefix + "cross-site";
    public const string CursorExpired = Prefix + "cursor-expired";
    public const string IdTaken = Prefix + "id-taken";
    public const string IdempotencyKeyReused = Prefix + "idempotency-key-reused";
    public const string Internal = Prefix + "internal-error";
    public const string InvalidBody = Prefix + "invalid-body";
    public const string InvalidPlan = Prefix + "invalid-plan";
    public const string InvalidQuery = Prefix + "invalid-query";
    public const string InvalidSignature = Prefix + "invalid-signature";
    public const string KeyRequired = Prefix + "key-required";
    public const string MalformedBody = Prefix + "malformed-body";
    public const string MethodNotAllowed = Prefix + "method-not-allowed";
    public const string NotFound = Prefix + "not-found";
    public const string NotReady = Prefix + "not-ready";
    public const string PlannerFailed = Prefix + "planner-failed";
    public const string UnknownHost = Prefix + "unknown-host";
    public const string UnsupportedMediaType = Prefix + "unsupported-media-type";

    private const string Prefix = "urn:phaseflow:problem:";
}
