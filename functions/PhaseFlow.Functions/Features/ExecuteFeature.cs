using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Features;

/// <summary>Starts a planned feature.</summary>
public sealed class ExecuteFeature(FeatureCommands commands)
{
    [Function(nameof(ExecuteFeature))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/planned-features/{id}/execute")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id,
        CancellationToken cancellation) =>
        commands.RunAsync(request, client, id, CommandKind.Execute, cancellation);
}
