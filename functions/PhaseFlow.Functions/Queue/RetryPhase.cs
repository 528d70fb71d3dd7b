using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Features;

namespace PhaseFlow.Functions.Queue;

/// <summary>Arms a failed or cancelled phase again.</summary>
public sealed class RetryPhase(FeatureCommands commands)
{
    [Function(nameof(RetryPhase))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/queue/{queueId}/retry")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string queueId,
        CancellationToken cancellation) =>
        commands.RunPhaseAsync(request, client, queueId, CommandKind.RetryPhase, cancellation);
}
