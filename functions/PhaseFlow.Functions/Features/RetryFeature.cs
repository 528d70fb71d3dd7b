using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Features;

/// <summary>Arms the failed and cancelled phases of a feature again, and what they blocked; completed ones are kept.</summary>
public sealed class RetryFeature(FeatureCommands commands)
{
    [Function(nameof(RetryFeature))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/planned-features/{id}/retry")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id,
        CancellationToken cancellation) =>
        commands.RunAsync(request, client, id, CommandKind.Retry, cancellation);
}
