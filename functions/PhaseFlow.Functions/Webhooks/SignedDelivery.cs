using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Webhooks;

/// <summary>What came from an agent: the body byte for byte, and the headers that sign it.</summary>
/// <param name="Id">The <c>webhook-id</c>.</param>
/// <param name="Timestamp">The <c>webhook-timestamp</c>, a count of seconds.</param>
/// <param name="Signatures">The <c>webhook-signature</c>.</param>
/// <param name="Body">The bytes that are signed.</param>
public sealed record SignedDelivery(string Id, string Timestamp, string Signatures, byte[] Body)
{
    /// <summary>Reads a delivery; what lacks a proper header or is too large is refused before anything is looked up.</summary>
    public static async Task<(SignedDelivery? Delivery, ProblemResult? Refusal)> ReadAsync(
        HttpRequest request, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        byte[]? body = await RequestBody.ReadAsync(request, RequestBody.WebhookLimit, cancellation);
        if (body is null)
        {
            return (null, Problems.TooLarge(RequestBody.WebhookLimit));
        }

        var delivery = new SignedDelivery(
            Single(request.Headers[WebhookSignature.IdHeader]),
            Single(request.Headers[WebhookSignature.TimestampHeader]),
            string.Join(' ', request.Headers[WebhookSignature.SignatureHeader].AsEnumerable()),
            body);
        SignatureVerdict verdict = delivery.Judge([], now);
        return verdict switch
        {
            SignatureVerdict.MissingHeader or SignatureVerdict.MalformedTimestamp => (null, Refusal(verdict)),
            _ when !delivery.Signatures.Contains("v1,", StringComparison.Ordinal) => (null, Problems.InvalidSignature(
                $"{WebhookSignature.SignatureHeader} must be \"v1,\" and the base64 of an HMAC-SHA256.")),
            _ => (delivery, null),
        };
    }

    /// <summary>The body as JSON.</summary>
    public (JsonElement Json, ProblemResult? Refusal) ReadJson() => RequestBody.ToJson(Body);

    /// <summary>The body as text.</summary>
    public string Text() => Encoding.UTF8.GetString(Body);

    public SignatureVerdict Judge(IReadOnlyList<byte[]> secrets, DateTimeOffset now) =>
        WebhookSignature.Verify(Id, Timestamp, Signatures, Body, secrets, now);

    /// <summary>The answer to a delivery that is not valid.</summary>
    public static ProblemResult Refusal(SignatureVerdict verdict) => Problems.InvalidSignature(verdict switch
    {
        SignatureVerdict.MissingHeader => "webhook-id, webhook-timestamp or webhook-signature is missing or malformed.",
        SignatureVerdict.MalformedTimestamp => "webhook-timestamp is no count of seconds since 1970.",
        SignatureVerdict.TooOld => "webhook-timestamp is more than 5 minutes old.",
        SignatureVerdict.TooNew => "webhook-timestamp is more than 5 minutes in the future: compare the clocks.",
        _ => "No signature is that of this body under the secret of this attempt.",
    });

    // Two values of a header that must be one are none.
    private static string Single(StringValues values) => values.Count == 1 ? values[0] ?? "" : "";
}
