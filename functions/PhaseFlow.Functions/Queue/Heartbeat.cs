using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Queue;

/// <summary>A sign of life of an agent, signed like its report: it extends the deadline for the next one.</summary>
public sealed class Heartbeat(IPhaseStore store, WebhookGate gate, TimeProvider time)
{
    [Function(nameof(Heartbeat))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/queue/{queueId}/heartbeat")] HttpRequest request,
        string queueId,
        CancellationToken cancellation)
    {
        (AgentCall? call, ProblemResult? refusal) = await gate.ReadAsync(request, queueId, more: null, cancellation);
        if (call is null)
        {
            return refusal!;
        }

        int attempt = call.Attempt.Attempt;
        return call.IsItsAgent && await store.HeartbeatAsync(queueId, attempt, time.GetUtcNow(), cancellation)
            ? Answers.Ok(new HeartbeatAnswer(DeadlineExtended: true))
            : Problems.Conflict($"Attempt {attempt} of {queueId} is over, or was not given to this agent: stop.");
    }
}

/// <summary>The answer to a sign of life.</summary>
public sealed record HeartbeatAnswer(bool DeadlineExtended);
