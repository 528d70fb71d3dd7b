using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Features;

namespace PhaseFlow.Functions.Queue;

/// <summary>Gives one phase another priority: it moves in the line, ahead of what is less urgent.</summary>
public sealed class PrioritizePhase(FeatureCommands commands)
{
    [Function(nameof(PrioritizePhase))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "patch", Route = "api/v1/queue/{queueId}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string queueId,
        CancellationToken cancellation) =>
        commands.RunPhaseAsync(request, client, queueId, CommandKind.Prioritize, cancellation);
}
