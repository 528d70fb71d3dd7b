using Microsoft.AspNetCore.Http;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Functions.Http;

/// <summary>The problems that this API answers with.</summary>
public static class Problems
{
    public static ProblemResult NotFound(string detail) => Of(ProblemTypes.NotFound, "Not found", StatusCodes.Status404NotFound, detail);

    /// <summary>What followed a place in the feed is not kept any more.</summary>
    public static ProblemResult CursorExpired(long oldest) => Of(
        ProblemTypes.CursorExpired,
        "Cursor expired",
        StatusCodes.Status410Gone,
        FormattableString.Invariant($"The feed is kept from cursor {oldest} on, and changes between are gone: read the features and the queue again, and go on from 'latest'."));

    /// <summary>A place in the feed that it has not reached: the caller has read another feed.</summary>
    public static ProblemResult CursorUnknown(long newest) => Of(
        ProblemTypes.CursorExpired,
        "Cursor expired",
        StatusCodes.Status410Gone,
        FormattableString.Invariant($"The feed ends at cursor {newest}, so the one given is of another: read the features and the queue again, and go on from 'latest'."));

    /// <summary>What was asked does not fit the state.</summary>
    public static ProblemResult Conflict(string detail) => Of(ProblemTypes.Conflict, "Not in this state", StatusCodes.Status409Conflict, detail);

    /// <summary>An agent asks one thing at a time. Its attempt goes on.</summary>
    public static ProblemResult QuestionOpen(string detail) => Of(ProblemTypes.QuestionOpen, "Another question is open", StatusCodes.Status409Conflict, detail);

    public static ProblemResult Conflict(string type, string title, string detail, IReadOnlyList<ProblemError>? errors = null) =>
        Of(type, title, StatusCodes.Status409Conflict, detail, errors);

    public static ProblemResult TooLarge(int limit) => Of(
        ProblemTypes.BodyTooLarge,
        "Body too large",
        StatusCodes.Status413PayloadTooLarge,
        $"The body may have at most {limit} bytes.");

    public static ProblemResult UnsupportedMediaType(string detail) => Of(
        ProblemTypes.UnsupportedMediaType, "Unsupported media type", StatusCodes.Status415UnsupportedMediaType, detail);

    /// <summary>The body cannot be read at all: it is not JSON, or not UTF-8.</summary>
    public static ProblemResult Malformed(ProblemError error) => Of(
        ProblemTypes.MalformedBody, "Malformed body", StatusCodes.Status400BadRequest, error.Message, [error]);

    /// <summary>The body is JSON and does not say what it must.</summary>
    public static ProblemResult InvalidBody(IReadOnlyList<ProblemError> errors) => Of(
        ProblemTypes.InvalidBody, "Invalid body", StatusCodes.Status400BadRequest, Sum(errors), errors);

    public static ProblemResult InvalidPlan(IEnumerable<PlanFault> faults)
    {
        ProblemError[] errors = [.. faults.Select(ProblemError.Of)];
        return Of(ProblemTypes.InvalidPlan, "Invalid plan", StatusCodes.Status422UnprocessableEntity, Sum(errors), errors);
    }

    public static ProblemResult InvalidQuery(string parameter, string message) => Of(
        ProblemTypes.InvalidQuery,
        "Invalid query",
        StatusCodes.Status400BadRequest,
        message,
        [new ProblemError("invalid-parameter", message) { Parameter = parameter }]);

    public static ProblemResult InvalidSignature(string detail) => Of(
        ProblemTypes.InvalidSignature, "Invalid signature", StatusCodes.Status401Unauthorized, detail);

    public static ProblemResult PlannerFailed(string detail) => Of(
        ProblemTypes.PlannerFailed, "The planner made no phases", StatusCodes.Status502BadGateway, detail);

    public static ProblemResult NotReady(string detail) => Of(ProblemTypes.NotReady, "Not ready", StatusCodes.Status503ServiceUnavailable, detail);

    /// <summary>Something failed that should not: the log says what, the answer does not.</summary>
    public static ProblemResult Internal() => Of(
        ProblemTypes.Internal, "Internal error", StatusCodes.Status500InternalServerError, "The request failed; the log says why.");

    public static ProblemResult Of(string type, string title, int status, string? detail, IReadOnlyList<ProblemError>? errors = null) =>
        new(new Problem(type, title, status) { Detail = detail, Errors = errors });

    private static string Sum(IReadOnlyList<ProblemError> errors) => errors.Count == 1
        ? errors[0].Message
        : FormattableString.Invariant($"There are {errors.Count} faults; the first: {errors[0].Message}");
}

/// <summary>Writes a problem as the answer.</summary>
public sealed class ProblemResult(Problem problem) : IResult, IStatusCodeHttpResult, IValueHttpResult<Problem>
{
    /// <summary>The problem, its instance not yet set.</summary>
    public Problem Value => problem;

    int? IStatusCodeHttpResult.StatusCode => problem.Status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        byte[] body = ApiJson.Body(problem with { Instance = httpContext.Request.Path.Value });
        httpContext.Response.StatusCode = problem.Status;
        httpContext.Response.ContentType = Problem.ContentType;
        httpContext.Response.ContentLength = body.Length;
        httpContext.Response.Headers.CacheControl = "no-store";
        return httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }
}
