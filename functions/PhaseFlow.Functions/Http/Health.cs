using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Http;

/// <summary>Whether the process answers.</summary>
public sealed class GetLive
{
    [Function(nameof(GetLive))]
    public static IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/health/live")] HttpRequest request) =>
        Answers.Ok(new HealthResponse("live"));
}

/// <summary>Whether it can do its work: whether the store can be written to.</summary>
public sealed class GetReady(IPhaseStore store)
{
    [Function(nameof(GetReady))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/health/ready")] HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            await store.CheckAsync(cancellation);
            return Answers.Ok(new HealthResponse("ready"));
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // Why is the operator's business, and this route is open to all.
            return Problems.NotReady();
        }
    }
}

/// <summary>The answer of a health check that passes.</summary>
public sealed record HealthResponse(string Status);
