using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace PhaseFlow.Functions.Sweeps;

/// <summary>Counts what sweeps find, by kind: instrument <c>phaseflow.sweep.finds</c> of the meter <c>PhaseFlow</c>.</summary>
public sealed class SweepMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _finds = meters.Create("PhaseFlow").CreateCounter<long>(
        "phaseflow.sweep.finds", description: "What the sweep had to mend; anything but zero is a fault.");

    public void Found(string kind) => _finds.Add(1, new KeyValuePair<string, object?>("kind", kind));
}

/// <summary>Events 1250 to 1299: the sweep.</summary>
internal static partial class SweepLog
{
    [LoggerMessage(1250, LogLevel.Warning, "The sweep found {Kind}: {What}.")]
    public static partial void SweepFound(this ILogger log, string kind, string what);

    // The alerts of infra/alerts.bicep read this line.
    [LoggerMessage(1251, LogLevel.Information, "Slots: {Held} of {Capacity} held, {Waiting} waiting, the longest for {Seconds} s.")]
    public static partial void SlotsStand(this ILogger log, int held, int capacity, int waiting, long seconds);
}
