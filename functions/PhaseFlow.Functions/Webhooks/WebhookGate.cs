using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Queue;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Webhooks;

/// <summary>What an agent says while it works, once its signature is known to be right.</summary>
/// <param name="Attempt">The attempt that it speaks for.</param>
/// <param name="Delivery">What came.</param>
/// <param name="IsItsAgent">Whether it names itself as the agent that the attempt was given to.</param>
public sealed record AgentCall(AttemptRecord Attempt, SignedDelivery Delivery, bool IsItsAgent);

/// <summary>Lets through what the agent of an attempt has signed, and nothing else. It changes nothing.</summary>
public sealed class WebhookGate(AttemptLookup attempts, WebhookSecrets secrets, TimeProvider time)
{
    public static ProblemResult NoSuchAttempt(string queueId) => Problems.NotFound($"{PhaseRef.Show(queueId)} has no such attempt.");

    /// <summary>Reads what an agent says while it works: <c>adw_id</c>, <c>attempt</c>, and what the route takes besides; or the refusal.</summary>
    /// <param name="request">The request.</param>
    /// <param name="queueId">The phase of its route.</param>
    /// <param name="more">Reads the other members of the body.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<(AgentCall? Call, ProblemResult? Refusal)> ReadAsync(
        HttpRequest request, string queueId, Action<JsonFields>? more, CancellationToken cancellation)
    {
        (SignedDelivery? delivery, ProblemResult? unsigned) = await SignedDelivery.ReadAsync(request, time.GetUtcNow(), cancellation);
        if (delivery is null)
        {
            return (null, unsigned);
        }

        (JsonElement json, ProblemResult? malformed) = delivery.ReadJson();
        if (malformed is not null)
        {
            return (null, malformed);
        }

        var fields = new JsonFields(json);
        string? adwId = fields.Text("adw_id", isRequired: true);
        int? number = fields.Int("attempt");
        more?.Invoke(fields);
        if (fields.Faults.Count > 0)
        {
            return (null, Problems.InvalidBody([.. fields.Faults.Select(ProblemError.Of)]));
        }

        (AttemptRecord? attempt, ProblemResult? refused) = await CheckAsync(delivery, queueId, number, adwId, cancellation);
        return attempt is null ? (null, refused) : (new AgentCall(attempt, delivery, attempt.AdwId == adwId), null);
    }

    /// <summary>The attempt that a delivery speaks for; or the refusal: 401 for its age or signature, 404 where there is no such attempt.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="queueId">The phase that it names.</param>
    /// <param name="attempt">The attempt that it names; null finds it by the agent, and else takes the newest.</param>
    /// <param name="adwId">The agent that it names.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<(AttemptRecord? Attempt, ProblemResult? Refusal)> CheckAsync(
        SignedDelivery delivery, string queueId, int? attempt, string? adwId, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        DateTimeOffset now = time.GetUtcNow();
        SignatureVerdict age = delivery.Judge([], now);
        if (age is SignatureVerdict.TooOld or SignatureVerdict.TooNew)
        {
            return (null, SignedDelivery.Refusal(age));
        }

        AttemptRecord? record = await attempts.FindAsync(queueId, attempt, adwId, cancellation);
        if (record is null)
        {
            return (null, NoSuchAttempt(queueId));
        }

        SignatureVerdict verdict = delivery.Judge(secrets.SecretsOf(queueId, record.Attempt), now);
        return verdict == SignatureVerdict.Valid ? (record, null) : (null, SignedDelivery.Refusal(verdict));
    }
}
