using System.Globalization;

namespace PhaseFlow.EndToEnd.Tests.Hosting;

/// <summary>A folder for one test: where the program is started, with its data folder in it.</summary>
internal sealed class DataFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("phaseflow-e2e-").FullName;

    public string Data => Path.Combine(Root, "data");

    public string Database => Path.Combine(Data, "phaseflow.db");

    /// <summary>A file that the repository ships in <c>samples/</c>.</summary>
    public static string Sample(string name) => Path.Combine(AppContext.BaseDirectory, "samples", name);

    /// <summary>The file in which the phases of the sample note that they were started.</summary>
    public string StartsOf(int featureId) => Path.Combine(Data, "work", string.Create(CultureInfo.InvariantCulture, $"feature-{featureId}"), "runs.log");

    public string Write(string name, string text)
    {
        string path = Path.Combine(Root, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // An agent that outlived a killed host may still write; the folder is a temporary one.
        }
    }
}
