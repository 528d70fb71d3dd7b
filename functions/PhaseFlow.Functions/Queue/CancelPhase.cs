using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Features;

namespace PhaseFlow.Functions.Queue;

/// <summary>Cancels one phase.</summary>
public sealed class CancelPhase(FeatureCommands commands)
{
    [Function(nameof(CancelPhase))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "api/v1/queue/{queueId}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string queueId,
        CancellationToken cancellation) =>
        commands.RunPhaseAsync(request, client, queueId, CommandKind.CancelPhase, cancellation);
}
