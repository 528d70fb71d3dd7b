using System.Globalization;
using System.Text.Json;
using PhaseFlow.Embedded.Storage;

namespace PhaseFlow.Embedded.Cli.Runs;

/// <summary>What is remembered of the last run of a file.</summary>
/// <remarks>
/// It is on disk before the feature is submitted, with the text: whenever the process is killed, the same text under the same key finds the feature that was
/// stored, or stores it now, and never a second one.
/// </remarks>
/// <param name="Generation">Counts the runs of the file, from 1.</param>
/// <param name="Digest">Of the text that the run was started with.</param>
/// <param name="Text">That text.</param>
/// <param name="FeatureId">The feature, once it is known to be stored.</param>
internal sealed record RunRecord(int Generation, string Digest, string Text, int? FeatureId)
{
    /// <summary>The <c>Idempotency-Key</c> of the submission.</summary>
    public string KeyFor(PlanFile file) => string.Create(CultureInfo.InvariantCulture, $"run-{file.Hash}-{Generation}");

    /// <summary>The record of a file's last run; null where there is none that can be read.</summary>
    public static RunRecord? Read(string dataFolder, PlanFile file)
    {
        try
        {
            return JsonSerializer.Deserialize<RunRecord>(File.ReadAllBytes(FileFor(dataFolder, file)));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the record so that a crash leaves the old one or the new one, whole.</summary>
    public void Write(string dataFolder, PlanFile file)
    {
        string path = FileFor(dataFolder, file);
        string temporary = path + ".tmp";
        PrivateFolder.Create(Path.GetDirectoryName(path)!);
        using (FileStream stream = File.Create(temporary))
        {
            JsonSerializer.Serialize(stream, this);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static string FileFor(string dataFolder, PlanFile file) => Path.Combine(dataFolder, "runs", file.Hash + ".json");
}
