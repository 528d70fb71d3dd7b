using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PhaseFlow.Core.Plans;

/// <summary>The name of the agent of one attempt: <c>adw-</c> and 8 hex digits.</summary>
public static class AdwId
{
    private const int HashBytes = 4;

    /// <summary>The first 8 hex digits of the SHA-256 of <c>{feature}:{phase}:{attempt}</c>: derived, so that a repeated launch finds the first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    public static string Of(int feature, int phase, int attempt)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(feature);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(phase);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(attempt);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{feature}:{phase}:{attempt}")));
        return "adw-" + Convert.ToHexStringLower(hash, 0, HashBytes);
    }
}
