using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Queue;

/// <summary>The captured output of an attempt, from a byte offset on: as text with the place to go on in a header, or as JSON where that is asked for.</summary>
public sealed class GetOutput(AttemptLookup attempts, AgentConfiguration agents)
{
    public const string NextOffsetHeader = "PhaseFlow-Next-Offset";
    public const string CompleteHeader = "PhaseFlow-Complete";

    private const int DefaultLimit = 64 * 1024;
    private const int MaxLimit = 1024 * 1024;

    [Function(nameof(GetOutput))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "api/v1/queue/{queueId}/output")] HttpRequest request,
        string queueId,
        CancellationToken cancellation)
    {
        int limit = DefaultLimit;
        long number = 0;
        ProblemResult? refusal = QueryValues.Number(request, "offset", 0, long.MaxValue, out long offset)
            ?? QueryValues.Limit(request, DefaultLimit, MaxLimit, out limit)
            ?? QueryValues.Unknown(request, "offset", "limit", "attempt")
            ?? QueryValues.Number(request, "attempt", 0, int.MaxValue, out number);
        if (refusal is not null)
        {
            return refusal;
        }

        AttemptRecord? attempt = await attempts.FindAsync(queueId, number == 0 ? null : (int)number, null, cancellation);
        if (attempt is null)
        {
            return Problems.NotFound(number == 0 ? $"No attempt of {PhaseRef.Show(queueId)} was started." : $"There is no attempt {number} of {PhaseRef.Show(queueId)}.");
        }

        var agent = new AgentRef(attempt.FeatureId, attempt.PhaseNumber, attempt.Attempt, attempt.AdwId);
        AgentOutput output = await agents.ReadOutputAsync(agent, offset, limit, cancellation)
            ?? new AgentOutput("", offset, offset, attempt.Status == AttemptStatus.Closed, IsTruncated: false);
        return request.Headers.Accept.ToString().Contains("application/json", StringComparison.OrdinalIgnoreCase)
            ? Answers.Ok(new OutputResponse(queueId, agent.Attempt, agent.AdwId, output.Text, output.Offset, output.NextOffset, output.IsComplete, output.IsTruncated))
            : new OutputText(output);
    }

    private sealed class OutputText(AgentOutput output) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            HttpResponse response = httpContext.Response;
            response.ContentType = "text/plain; charset=utf-8";
            response.Headers.CacheControl = "no-store";
            response.Headers[NextOffsetHeader] = output.NextOffset.ToString(CultureInfo.InvariantCulture);
            response.Headers[CompleteHeader] = output.IsComplete ? "true" : "false";
            return response.WriteAsync(output.Text, httpContext.RequestAborted);
        }
    }
}

/// <summary>A part of an attempt's output; offsets are in bytes.</summary>
public sealed record OutputResponse(
    string QueueId, int Attempt, string AdwId, string Text, long Offset, long NextOffset, bool Complete, bool Truncated);
