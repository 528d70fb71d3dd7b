namespace PhaseFlow.Functions.Tests;

/// <summary>A folder of its own for a test, gone with it.</summary>
internal sealed class TempFolder : IDisposable
{
    public TempFolder() => Path = Directory.CreateTempSubdirectory("phaseflow-").FullName;

    public string Path { get; }

    public string Database => System.IO.Path.Combine(Path, "phaseflow.db");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
