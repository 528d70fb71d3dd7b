using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Panel;

/// <summary>The browser of this machine, which the journeys drive: no test downloads one.</summary>
internal static class Chromium
{
    public const string Variable = "PHASEFLOW_CHROMIUM";

    private static readonly string[] Names =
        ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge", "msedge"];

    private static readonly string[] Places =
    [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        @"C:\Program Files\Google\Chrome\Application\chrome.exe",
        @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];

    /// <summary>Where it is; null where there is none.</summary>
    public static string? Path { get; } = Find();

    /// <summary>Why a journey cannot be made here; null where it can.</summary>
    public static string? Missing => Path is not null
        ? null
        : $"No Chromium was found. Install one (on Debian: apt-get install chromium), or name its program in {Variable}.";

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return named;
        }

        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string suffix = OperatingSystem.IsWindows() ? ".exe" : "";
        return Names.SelectMany(name => folders.Select(folder => System.IO.Path.Combine(folder, name + suffix))).Concat(Places).FirstOrDefault(File.Exists);
    }
}

/// <summary>A journey through the panel in a real browser; skipped, with what to do about it, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class JourneyAttribute : FactAttribute
{
    public JourneyAttribute() => Skip = Chromium.Missing!;
}

/// <summary>A journey that is made several ways.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class JourneysAttribute : TheoryAttribute
{
    public JourneysAttribute() => Skip = Chromium.Missing!;
}
