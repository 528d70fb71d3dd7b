namespace PhaseFlow.Embedded.Cli;

/// <summary>How this program is started again from where it was started.</summary>
internal static class ProgramName
{
    /// <summary>The words before the arguments: the program, or <c>dotnet</c> and the library.</summary>
    public static string[] Words()
    {
        string program = Environment.ProcessPath ?? "phaseflow";
        string library = typeof(ProgramName).Assembly.Location;
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Shortest(program), Path.GetRelativePath(".", library)] : [Shortest(program)];
    }

    // Its name alone, where the shell finds it by that.
    private static string Shortest(string program)
    {
        string name = Path.GetFileName(program);
        string? found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        if (found is not null && (found == program || File.ResolveLinkTarget(found, returnFinalTarget: true)?.FullName == program))
        {
            return name;
        }

        string near = Path.GetRelativePath(".", program);
        return near.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? near : Path.Combine(".", near);
    }
}
