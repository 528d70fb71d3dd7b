using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Queue;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Webhooks;

/// <summary>Lets through what the agent of an attempt has signed, and nothing else. It changes nothing.</summary>
public sealed class WebhookGate(AttemptLookup attempts, WebhookSecrets secrets, TimeProvider time)
{
    public static ProblemResult NoSuchAttempt(string queueId) => Problems.NotFound($"{PhaseRef.Show(queueId)} has no such attempt.");

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
