namespace PhaseFlow.Functions.Retention;

/// <summary>Settings of the retention: <c>PhaseFlow__Retention__…</c>.</summary>
public sealed class RetentionOptions
{
    public const string Section = "PhaseFlow:Retention";

    /// <summary>What is said of a value that cannot be used.</summary>
    public const string Refusal = "PhaseFlow__Retention__FinishedFeatures must be a span such as 30.00:00:00 (30 days), at most 36500 days, or 0 to keep everything.";

    /// <summary>A hundred years: more reaches before the first date there is.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    /// <summary>How long a feature is kept after it has ended, and a change in the feed after it was stored. Default 30 days; zero keeps everything.</summary>
    public TimeSpan FinishedFeatures { get; set; } = TimeSpan.FromDays(30);

    /// <summary>When it is looked for what is to go: an NCRONTAB expression with seconds; the embedded host also takes a span such as <c>10m</c>. Default each hour; in the embedded host each minute.</summary>
    public string Interval { get; set; } = "0 0 * * * *";
}
