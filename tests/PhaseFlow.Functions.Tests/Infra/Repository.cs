using System.Text.RegularExpressions;

namespace PhaseFlow.Functions.Tests.Infra;

/// <summary>The files of the repository that no compiler of .NET sees.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path)).ReplaceLineEndings("\n");

    /// <summary>The sources of the app as it is on Azure.</summary>
    public static IEnumerable<string> AppSources() =>
        Directory.EnumerateFiles(Path.Combine(Root, "functions/PhaseFlow.Functions"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(File.ReadAllText);

    /// <summary>What stands between a line that begins so and the first line that ends it.</summary>
    public static string Block(string text, string begin, string end)
    {
        int from = text.IndexOf(begin, StringComparison.Ordinal);
        int to = from < 0 ? -1 : text.IndexOf(end, from, StringComparison.Ordinal);
        return to < 0 ? throw new InvalidOperationException($"There is no \"{begin}\" with \"{end}\" after it.") : text[from..to];
    }

    /// <summary>The first group of each match.</summary>
    public static string[] All(string text, string pattern) => [.. Regex.Matches(text, pattern, RegexOptions.Multiline).Select(m => m.Groups[1].Value)];

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PhaseFlow.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
