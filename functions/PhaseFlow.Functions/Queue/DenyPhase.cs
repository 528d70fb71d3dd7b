using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Features;

namespace PhaseFlow.Functions.Queue;

/// <summary>Denies a phase that waits for approval: it fails.</summary>
public sealed class DenyPhase(FeatureCommands commands)
{
    [Function(nameof(DenyPhase))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/queue/{queueId}/deny")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string queueId,
        CancellationToken cancellation) =>
        commands.RunPhaseAsync(request, client, queueId, CommandKind.Deny, cancellation);
}
