namespace PhaseFlow.Core.Plans;

/// <summary>What a plan may ask for, and what a phase gets that does not ask.</summary>
public static class PhaseLimits
{
    public const int MaxPhases = 200;
    public const int MaxTitleLength = 256;

    /// <summary>UTF-16 characters of the content of one phase.</summary>
    public const int MaxContentLength = 256 * 1024;

    /// <summary>UTF-16 characters of the description of a feature.</summary>
    public const int MaxDescriptionLength = 256 * 1024;

    /// <summary>UTF-16 characters of a whole markdown plan: 1 MiB.</summary>
    public const int MaxMarkdownLength = 1024 * 1024;

    public const int MaxWorkflowTypeLength = 64;
    public const int MaxRepositoryLength = 140;
    public const int MaxExternalDocs = 100;
    public const int MaxExternalDocLength = 2048;
    public const int MinAttempts = 1;
    public const int MaxAttempts = 20;
    public const int MinPriority = 1;
    public const int MaxPriority = 99;

    /// <summary>10 is urgent, 90 is background.</summary>
    public const int DefaultPriority = 50;

    public const decimal MaxEstimatedHours = 10_000;

    /// <summary>The highest cap on what a feature may spend, in United States dollars.</summary>
    public const decimal MaxCapUsd = 1_000_000;

    /// <summary>Decimals of a cap.</summary>
    public const int CapDecimals = 4;

    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromHours(2);
    public static readonly TimeSpan DefaultRetryBackoff = TimeSpan.FromSeconds(30);

    /// <summary>The longest wait before another attempt: the backoff doubles up to here, and none that is longer is taken.</summary>
    public static readonly TimeSpan MaxRetryBackoff = TimeSpan.FromHours(1);

    public static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(30);
}
