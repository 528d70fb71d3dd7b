using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Features;

/// <summary>Cancels a feature: its agents are stopped, what waits never starts.</summary>
public sealed class CancelFeature(FeatureCommands commands)
{
    [Function(nameof(CancelFeature))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/planned-features/{id}/cancel")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id,
        CancellationToken cancellation) =>
        commands.RunAsync(request, client, id, CommandKind.Cancel, cancellation);
}
