using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PhaseFlow.Core.Plans;

/// <summary>The name of one phase of one feature, over all features: <c>queue-{feature}-{phase}</c>.</summary>
public static class QueueId
{
    private const string Prefix = "queue-";

    // "queue-" and two of 2147483647.
    private const int MaxLength = 27;

    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    public static string Format(int feature, int phase)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(feature);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(phase);
        return string.Create(CultureInfo.InvariantCulture, $"{Prefix}{feature}-{phase}");
    }

    /// <summary>Reads what <see cref="Format"/> prints, and nothing else: a phase has one name, so that a name can be a key.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out int feature, out int phase)
    {
        feature = 0;
        phase = 0;
        if (text is null || text.Length > MaxLength || !text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> numbers = text.AsSpan(Prefix.Length);
        int dash = numbers.IndexOf('-');
        if (dash < 0 || !TryParseCanonical(numbers[..dash], out int first) || !TryParseCanonical(numbers[(dash + 1)..], out int second))
        {
            return false;
        }

        feature = first;
        phase = second;
        return true;
    }

    private static bool TryParseCanonical(ReadOnlySpan<char> digits, out int number)
    {
        number = 0;
        return !digits.IsEmpty
            && digits[0] != '0'
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
