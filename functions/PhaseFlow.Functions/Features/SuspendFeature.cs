using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Features;

/// <summary>Suspends a feature: nothing new starts, what runs goes on.</summary>
public sealed class SuspendFeature(FeatureCommands commands)
{
    [Function(nameof(SuspendFeature))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/planned-features/{id}/suspend")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id,
        CancellationToken cancellation) =>
        commands.RunAsync(request, client, id, CommandKind.Suspend, cancellation);
}
