namespace PhaseFlow.Embedded.Cli;

/// <summary>What the process says when it ends.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The feature failed or was cancelled; the last line says why.</summary>
    public const int FeatureFailed = 1;

    /// <summary>It could not start or go on: bad usage, a bad file, a port in use, a database that cannot be used.</summary>
    public const int CannotRun = 2;

    /// <summary>Ctrl+C, as shells count it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}
