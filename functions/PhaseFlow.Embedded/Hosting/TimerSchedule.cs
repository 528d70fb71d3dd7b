using System.Globalization;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>When a timer function runs: each interval, or on the beat of the clock.</summary>
/// <remarks>
/// Read are <c>hh:mm:ss</c>, <c>30s</c>, <c>5m</c>, <c>1h</c>, and of six-field cron expressions those whose fields for hour, day, month and weekday are
/// <c>*</c>, whose second is <c>0</c>, <c>*</c> or <c>*/n</c>, and whose minute is <c>*</c> or <c>*/n</c>.
/// </remarks>
internal abstract record TimerSchedule
{
    private const int FieldCount = 6;
    private const int InAMinute = 60;

    /// <summary>The next moment after a given one (UTC).</summary>
    public abstract DateTimeOffset Next(DateTimeOffset after);

    /// <summary>Reads a schedule; null where it is none of the forms above.</summary>
    public static TimerSchedule? Parse(string text)
    {
        if (TimeSpan.TryParseExact(text, @"hh\:mm\:ss", CultureInfo.InvariantCulture, out TimeSpan interval) || PhaseDuration.TryParse(text, out interval))
        {
            return interval > TimeSpan.Zero ? new Every(interval) : null;
        }

        string[] fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length == FieldCount && fields[2..].All(f => f == "*") && StepOf(fields[1]) is { } minutes
            && (fields[0] == "0" ? InAMinute : StepOf(fields[0])) is { } seconds
            ? new OnTheBeat(seconds, minutes)
            : null;
    }

    private static int? StepOf(string field) =>
        field == "*" ? 1
        : field.StartsWith("*/", StringComparison.Ordinal)
            && int.TryParse(field.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int step) && step is > 0 and < InAMinute ? step
        : null;

    private sealed record Every(TimeSpan Interval) : TimerSchedule
    {
        public override DateTimeOffset Next(DateTimeOffset after) => after + Interval;
    }

    private sealed record OnTheBeat(int Seconds, int Minutes) : TimerSchedule
    {
        public override DateTimeOffset Next(DateTimeOffset after)
        {
            var next = new DateTimeOffset(after.UtcTicks - (after.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
            do
            {
                next = next.AddSeconds(1);
            }
            while (next.Second % Seconds != 0 || next.Minute % Minutes != 0);

            return next;
        }
    }
}
