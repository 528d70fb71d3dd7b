using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Http;

/// <summary>Whether the process answers.</summary>
public sealed class GetLive
{
    [Function(nameof(GetLive))]
    public static IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/health/live")] HttpRequest request) =>
        Answers.Ok(new HealthResponse("live"));
}

/// <summary>Whether it can do its work: whether the store takes a write, and the limiter can be read.</summary>
public sealed class GetReady(IPhaseStore store, TimeProvider time)
{
    /// <summary>How long each may take.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Function(nameof(GetReady))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/health/ready")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        Task<bool> written = IsWellAsync(store.CheckAsync, cancellation);
        Task<bool> read = IsWellAsync(token => SlotLine.ReadLedgerAsync(client, token), cancellation);

        // Why is the operator's business, and this route is open to all.
        return !await written ? Problems.NotReady("The store cannot be written to.")
            : !await read ? Problems.NotReady("The limiter cannot be read.")
            : Answers.Ok(new HealthResponse("ready"));
    }

    private async Task<bool> IsWellAsync(Func<CancellationToken, Task> check, CancellationToken cancellation)
    {
        try
        {
            await check(cancellation).WaitAsync(Patience, time, cancellation);
            return true;
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>The answer of a health check that passes.</summary>
public sealed record HealthResponse(string Status);
