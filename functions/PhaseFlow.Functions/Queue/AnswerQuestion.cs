using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace PhaseFlow.Functions.Queue;

/// <summary>Answers what the agent of a phase has asked.</summary>
public sealed class AnswerQuestion(Questions questions)
{
    [Function(nameof(AnswerQuestion))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/queue/{queueId}/answer")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string queueId,
        CancellationToken cancellation) =>
        questions.AnswerAsync(request, client, queueId, cancellation);
}
