using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PhaseFlow.Core.Webhooks;

/// <summary>Signs and verifies deliveries as Standard Webhooks has it (version <c>v1</c>, symmetric).</summary>
/// <remarks>
/// <c>webhook-signature: v1,BASE64</c>, where BASE64 is the HMAC-SHA256 of <c>{webhook-id}.{webhook-timestamp}.{body}</c> over the raw bytes;
/// the timestamp is in whole seconds since 1970. The header may hold several signatures with spaces between them, and a receiver may know several secrets,
/// so that either side can rotate. See https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
/// </remarks>
public static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    public const int MaxIdLength = 256;

    /// <summary>How many signatures of one header are looked at; those behind are ignored, so that a header cannot cost more than it should.</summary>
    public const int MaxSignatures = 16;

    private const string Version = "v1,";

    // The base64 of 32 bytes.
    private const int EncodedLength = 44;

    // 9999-12-31, the last day that a DateTimeOffset holds, has 12 digits.
    private const int MaxTimestampLength = 12;

    /// <summary>How far the timestamp may be from now, either way, the limit included.</summary>
    public static TimeSpan Tolerance { get; } = TimeSpan.FromMinutes(5);

    /// <summary>The value of the signature header, <c>v1,BASE64</c>.</summary>
    /// <exception cref="ArgumentException">The id is not 1 to 256 printable ASCII characters, or the secret is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timestamp is before 1970.</exception>
    public static string Sign(string id, DateTimeOffset timestamp, ReadOnlySpan<byte> body, ReadOnlySpan<byte> secret)
    {
        ArgumentNullException.ThrowIfNull(id);
        long seconds = timestamp.ToUnixTimeSeconds();
        ArgumentOutOfRangeException.ThrowIfNegative(seconds, nameof(timestamp));
        if (!IsUsable(id))
        {
            throw new ArgumentException($"An id has 1 to {MaxIdLength} printable ASCII characters.", nameof(id));
        }

        if (secret.IsEmpty)
        {
            throw new ArgumentException("A secret is not empty.", nameof(secret));
        }

        return Version + Encode(id, seconds.ToString(CultureInfo.InvariantCulture), body, secret);
    }

    /// <summary>Judges a delivery by its three headers and its body. Hostile input gives a verdict, never an exception.</summary>
    /// <param name="id">The id header, or null.</param>
    /// <param name="timestamp">The timestamp header, or null.</param>
    /// <param name="signatures">The signature header, or null: signatures of other versions than v1 are passed over.</param>
    /// <param name="body">The body, byte for byte as it came.</param>
    /// <param name="secrets">Any of them may have signed; an empty one never has.</param>
    /// <param name="now">The receiver's clock.</param>
    public static SignatureVerdict Verify(
        string? id, string? timestamp, string? signatures, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> secrets, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        if (id is null || !IsUsable(id) || string.IsNullOrWhiteSpace(timestamp) || string.IsNullOrWhiteSpace(signatures))
        {
            return SignatureVerdict.MissingHeader;
        }

        if (timestamp.Length > MaxTimestampLength
            || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds))
        {
            return SignatureVerdict.MalformedTimestamp;
        }

        long age = now.ToUnixTimeSeconds() - seconds;
        if (age > (long)Tolerance.TotalSeconds)
        {
            return SignatureVerdict.TooOld;
        }

        if (-age > (long)Tolerance.TotalSeconds)
        {
            return SignatureVerdict.TooNew;
        }

        foreach (byte[] secret in secrets)
        {
            if (secret.Length > 0 && AnyMatches(signatures, Encode(id, timestamp, body, secret)))
            {
                return SignatureVerdict.Valid;
            }
        }

        return SignatureVerdict.NoMatch;
    }

    private static bool AnyMatches(string signatures, string expected)
    {
        Span<byte> expectedBytes = stackalloc byte[EncodedLength];
        Encoding.ASCII.GetBytes(expected, expectedBytes);
        Span<byte> givenBytes = stackalloc byte[EncodedLength];
        int examined = 0;
        bool matches = false;
        foreach (Range range in signatures.AsSpan().Split(' '))
        {
            ReadOnlySpan<char> given = signatures.AsSpan(range);
            if (given.IsEmpty)
            {
                continue;
            }

            if (++examined > MaxSignatures)
            {
                break;
            }

            // Compared as the bytes of the text: base64 has more than one spelling of the same bytes, and one signature must have one.
            if (given.StartsWith(Version, StringComparison.Ordinal)
                && Encoding.UTF8.TryGetBytes(given[Version.Length..], givenBytes, out int length)
                && length == EncodedLength)
            {
                matches |= CryptographicOperations.FixedTimeEquals(givenBytes, expectedBytes);
            }
        }

        return matches;
    }

    private static string Encode(string id, string timestamp, ReadOnlySpan<byte> body, ReadOnlySpan<byte> secret)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(Encoding.ASCII.GetBytes(id + "." + timestamp + "."));
        hmac.AppendData(body);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        hmac.GetHashAndReset(hash);
        return Convert.ToBase64String(hash);
    }

    private static bool IsUsable(string id) =>
        id.Length is > 0 and <= MaxIdLength && !id.AsSpan().ContainsAnyExceptInRange(' ', '~') && !string.IsNullOrWhiteSpace(id);
}
