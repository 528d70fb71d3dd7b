using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Queue;

/// <summary>A question of an agent to a person, signed like its report. The same delivery again asks whether there is an answer; each time is a sign of life.</summary>
public sealed class AskQuestion(WebhookGate gate, Questions questions)
{
    [Function(nameof(AskQuestion))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/queue/{queueId}/ask")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string queueId,
        CancellationToken cancellation)
    {
        string? question = null;
        (AgentCall? call, ProblemResult? refusal) = await gate.ReadAsync(request, queueId, ReadQuestion, cancellation);
        return call is null ? refusal!
            : call.IsItsAgent ? await questions.AskAsync(client, call.Attempt, call.Delivery.Id, question!, cancellation)
            : Problems.Conflict($"Attempt {call.Attempt.Attempt} of {queueId} was not given to this agent: stop.");

        void ReadQuestion(JsonFields fields)
        {
            question = fields.Text("question", isRequired: true);
            if (question is not null && QuestionAnswer.Fault(question) is { } bad)
            {
                fields.Refuse("question", bad.Code, bad.Message);
            }
        }
    }
}
