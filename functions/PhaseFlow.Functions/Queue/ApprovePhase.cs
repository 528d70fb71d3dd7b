using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Features;

namespace PhaseFlow.Functions.Queue;

/// <summary>Approves a phase that waits for it.</summary>
public sealed class ApprovePhase(FeatureCommands commands)
{
    [Function(nameof(ApprovePhase))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/queue/{queueId}/approve")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string queueId,
        CancellationToken cancellation) =>
        commands.RunPhaseAsync(request, client, queueId, CommandKind.Approve, cancellation);
}
