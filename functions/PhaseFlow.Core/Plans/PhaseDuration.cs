using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PhaseFlow.Core.Plans;

/// <summary>Durations as people write them: a number with <c>s</c>, <c>m</c> or <c>h</c>, such as <c>30s</c>, <c>15m</c> or <c>1.5h</c>.</summary>
public static class PhaseDuration
{
    // Longer than any decimal that a TimeSpan can hold; keeps a hostile value from costing anything.
    private const int MaxLength = 32;

    /// <summary>Reads a duration; what is finer than a tick (100 ns) is rounded.</summary>
    /// <returns>False for a sign, a space, an exponent, another unit, or more than a <see cref="TimeSpan"/> holds.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text is null || text.Length is < 2 or > MaxLength)
        {
            return false;
        }

        long unit = text[^1] switch
        {
            's' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMinute,
            'h' => TimeSpan.TicksPerHour,
            _ => 0,
        };
        ReadOnlySpan<char> digits = text.AsSpan(0, text.Length - 1);
        if (unit == 0 || !char.IsAsciiDigit(digits[0]) || !char.IsAsciiDigit(digits[^1])
            || !decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            || number > (decimal)TimeSpan.MaxValue.Ticks / unit)
        {
            return false;
        }

        duration = new TimeSpan((long)Math.Min(Math.Round(number * unit), TimeSpan.MaxValue.Ticks));
        return true;
    }

    /// <summary>Prints a duration in the largest unit that needs no decimals, else in seconds; <see cref="TryParse"/> reads the same value back.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The duration is negative.</exception>
    public static string Format(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        long ticks = duration.Ticks;
        if (ticks > 0 && ticks % TimeSpan.TicksPerHour == 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerHour}h");
        }

        if (ticks > 0 && ticks % TimeSpan.TicksPerMinute == 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerMinute}m");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(decimal)ticks / TimeSpan.TicksPerSecond:0.#######}s");
    }
}
