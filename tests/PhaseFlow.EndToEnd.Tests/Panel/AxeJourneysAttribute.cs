using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Panel;

/// <summary>Journeys on which axe looks at the page; skipped where npm has not brought it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AxeJourneysAttribute : TheoryAttribute
{
    private static readonly string? Script = Find();

    public AxeJourneysAttribute() => Skip = (Chromium.Missing ?? (Script is null ? "axe-core is not there: run npm install in functions/panel." : null))!;

    public static string Source => File.ReadAllText(Script!);

    private static string? Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PhaseFlow.sln")))
        {
            folder = folder.Parent;
        }

        string? script = folder is null ? null : Path.Combine(folder.FullName, "functions", "panel", "node_modules", "axe-core", "axe.min.js");
        return File.Exists(script) ? script : null;
    }
}

/// <summary>The journey that makes pictures; it is made only where a folder is named for them.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PictureJourneyAttribute : FactAttribute
{
    private const string Variable = "PHASEFLOW_PICTURES";

    public PictureJourneyAttribute() => Skip = (Chromium.Missing ?? (Folder is null ? $"{Variable} names no folder." : null))!;

    public static string? Folder => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? folder : null;
}
