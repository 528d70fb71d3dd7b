namespace PhaseFlow.Functions.Sweeps;

/// <summary>Settings of the sweep: <c>PhaseFlow__Sweep__…</c>.</summary>
public sealed class SweepOptions
{
    public const string Section = "PhaseFlow:Sweep";

    /// <summary>When it runs: an NCRONTAB expression with seconds; the embedded host also takes a span such as <c>10s</c>. Default each minute.</summary>
    public string Interval { get; set; } = "0 * * * * *";

    /// <summary>How long something must have stood before it counts as found. Default 30 seconds.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(30);
}
