using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>How one embedded host is started.</summary>
internal sealed record HostSettings
{
    /// <summary>Where everything is kept: the database, the master key, the agents' folders.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The address to listen on. Anything but the loopback needs <c>PhaseFlow__Key</c>.</summary>
    public string Bind { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 takes a free one; null is <see cref="HttpHostOptions.DefaultPort"/>.</summary>
    public int? Port { get; init; }

    /// <summary>Whether phases of the workflow type <c>shell</c> may run their own shell block.</summary>
    public bool AllowShell { get; init; }

    /// <summary>Whether every step replays its instance from the history: slower, with the same results.</summary>
    public bool ReplayAlways { get; init; }

    /// <summary>A JSON file with settings; environment variables win over it.</summary>
    public string? SettingsFile { get; init; }

    public LogLevel LogLevel { get; init; } = LogLevel.Warning;

    /// <summary>Settings that win over file and environment, with colons: <c>PhaseFlow:Slots:Capacity</c>.</summary>
    public IReadOnlyDictionary<string, string?> Overrides { get; init; } = new Dictionary<string, string?>();

    /// <summary>Registers more services, after those of the host.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; init; }
}
