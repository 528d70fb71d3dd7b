using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Features;

/// <summary>Resumes a suspended feature.</summary>
public sealed class ResumeFeature(FeatureCommands commands)
{
    [Function(nameof(ResumeFeature))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/planned-features/{id}/resume")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string id,
        CancellationToken cancellation) =>
        commands.RunAsync(request, client, id, CommandKind.Resume, cancellation);
}
