using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PhaseFlow.Core.Webhooks;

/// <summary>The secret that the agent of one attempt signs its report with: derived, so that none is stored and no agent can speak for another.</summary>
public static class AttemptSecret
{
    /// <summary>Bytes that a master key has at least.</summary>
    public const int MinMasterKeyLength = 32;

    private const string Prefix = "whsec_";

    // Standard Webhooks: 24 to 64 bytes.
    private const int MinLength = 24;
    private const int MaxLength = 64;
    private const int MaxTextLength = 128;

    /// <summary>HMAC-SHA256 under the master key of the UTF-8 of <c>{queue_id}:{attempt}</c>.</summary>
    /// <exception cref="ArgumentException">The master key is shorter than <see cref="MinMasterKeyLength"/>, or the queue id is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The attempt is not positive.</exception>
    public static byte[] Derive(ReadOnlySpan<byte> masterKey, string queueId, int attempt)
    {
        ArgumentException.ThrowIfNullOrEmpty(queueId);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(attempt);
        if (masterKey.Length < MinMasterKeyLength)
        {
            throw new ArgumentException($"A master key has at least {MinMasterKeyLength} bytes.", nameof(masterKey));
        }

        return HMACSHA256.HashData(masterKey, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{queueId}:{attempt}")));
    }

    /// <summary>The secret as Standard Webhooks hands it out: <c>whsec_</c> and base64.</summary>
    public static string ToText(ReadOnlySpan<byte> secret) => Prefix + Convert.ToBase64String(secret);

    /// <summary>Reads what <see cref="ToText"/> prints, of 24 to 64 bytes.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out byte[]? secret)
    {
        secret = null;
        if (text is null || text.Length > MaxTextLength || !text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[MaxTextLength];
        if (!Convert.TryFromBase64Chars(text.AsSpan(Prefix.Length), bytes, out int length) || length is < MinLength or > MaxLength)
        {
            return false;
        }

        secret = bytes[..length].ToArray();
        return true;
    }
}
