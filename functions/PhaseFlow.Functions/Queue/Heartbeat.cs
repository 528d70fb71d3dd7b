using System.Text.Json;
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
        (SignedDelivery? delivery, ProblemResult? unsigned) = await SignedDelivery.ReadAsync(request, time.GetUtcNow(), cancellation);
        if (delivery is null)
        {
            return unsigned!;
        }

        (JsonElement json, ProblemResult? malformed) = delivery.ReadJson();
        if (malformed is not null)
        {
            return malformed;
        }

        var fields = new JsonFields(json);
        string? adwId = fields.Text("adw_id", isRequired: true);
        int? number = fields.Int("attempt");
        if (fields.Faults.Count > 0)
        {
            return Problems.InvalidBody([.. fields.Faults.Select(ProblemError.Of)]);
        }

        (AttemptRecord? attempt, ProblemResult? refused) = await gate.CheckAsync(delivery, queueId, number, adwId, cancellation);
        if (attempt is null)
        {
            return refused!;
        }

        return attempt.AdwId == adwId && await store.HeartbeatAsync(queueId, attempt.Attempt, time.GetUtcNow(), cancellation)
            ? Answers.Ok(new HeartbeatAnswer(DeadlineExtended: true))
            : Problems.Conflict($"Attempt {attempt.Attempt} of {queueId} is over, or was not given to this agent: stop.");
    }
}

/// <summary>The answer to a sign of life.</summary>
public sealed record HeartbeatAnswer(bool DeadlineExtended);
