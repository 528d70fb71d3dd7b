using System.Globalization;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>What one round of one system with so many features showed.</summary>
internal sealed record PeerFigures
{
    private const double Kibibyte = 1024;

    private static readonly (string Head, Func<PeerFigures, double?> Value, string Format)[] Columns =
    [
        ("p50 ms", f => f.P50, "0.0"),
        ("p95 ms", f => f.P95, "0.0"),
        ("p99 ms", f => f.P99, "0.0"),
        ("phases/s", f => f.PhasesPerSecond, "0"),
        ("transactions/phase", f => f.Transactions, "0.00"),
        ("flushes/phase", f => f.Flushes, "0.00"),
        ("KiB written/phase", f => f.WrittenBytes / Kibibyte, "0.0"),
        ("CPU-s/1,000 phases", f => f.CpuSecondsPer1000, "0.00"),
        ("driver's CPU-s", f => f.DriverCpuSecondsPer1000, "0.00"),
        ("peak RSS MiB", f => f.PeakBytes / (Kibibyte * Kibibyte), "0"),
    ];

    public required double P50 { get; init; }

    public required double P95 { get; init; }

    public required double P99 { get; init; }

    public required double PhasesPerSecond { get; init; }

    public required double? Transactions { get; init; }

    public required double? Flushes { get; init; }

    public required double? WrittenBytes { get; init; }

    public required double CpuSecondsPer1000 { get; init; }

    public required double DriverCpuSecondsPer1000 { get; init; }

    public required double PeakBytes { get; init; }

    public static string Head =>
        $"| features | system | {string.Join(" | ", Columns.Select(c => c.Head))} |\n| ---: | --- | {string.Join(" | ", Columns.Select(_ => "---:"))} |";

    /// <summary>A row of the table: of each figure the median of the rounds, and the lowest and highest.</summary>
    public static string Row(int features, string system, IReadOnlyList<PeerFigures> rounds) =>
        $"| {features} | {system} | {string.Join(" | ", Columns.Select(c => Range([.. rounds.Select(c.Value)], c.Format)))} |";

    /// <summary>One round in a line.</summary>
    public override string ToString() => string.Join(", ", Columns.Select(c => $"{c.Head} {Range([c.Value(this)], c.Format)}"));

    private static string Range(double?[] values, string format)
    {
        double[] all = [.. values.OfType<double>().Order()];
        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        return all.Length < values.Length ? "–"
            : all.Length == 1 ? Text(all[0])
            : $"{Text(Median(all))} ({Text(all[0])}–{Text(all[^1])})";
    }

    private static double Median(double[] sorted) =>
        sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
}
