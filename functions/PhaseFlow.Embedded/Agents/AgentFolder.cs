using System.Globalization;
using System.Text;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Embedded.Storage;

namespace PhaseFlow.Embedded.Agents;

/// <summary>Where attempts and their features work.</summary>
internal sealed class AgentFolders(string dataFolder)
{
    private readonly string _root = Path.GetFullPath(dataFolder);

    public AgentFolder Of(string adwId) => Path.GetFileName(adwId) == adwId && adwId.Length > 0
        ? new AgentFolder(Path.Combine(_root, "agents", adwId))
        : throw new ArgumentException("An adw_id names one folder.", nameof(adwId));

    /// <summary>The folder that all phases of a feature work in.</summary>
    public string WorkOf(int featureId) => Path.Combine(_root, "work", string.Create(CultureInfo.InvariantCulture, $"feature-{featureId}"));
}

/// <summary>A process as the shim noted it.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Identity">What only this process has had under the pid.</param>
internal sealed record NotedProcess(int Pid, string Identity);

/// <summary>The folder of one attempt: all that is known of its agent, on disk, so that it outlives the host.</summary>
internal sealed class AgentFolder(string path)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public string Path { get; } = path;

    public string OutputPath => this["output.log"];

    /// <summary>What an agent said beyond what <see cref="OutputPath"/> takes, in this order; where <see cref="IsTruncated"/>, only the end of it.</summary>
    public string[] OutputTailPaths => [this["output.before"], this["output.tail"]];

    public string PromptPath => this["prompt.md"];

    public string ReportPath => this["report.json"];

    /// <summary>False where it was never made, or somebody has deleted it under the agent.</summary>
    public bool Exists => Directory.Exists(Path);

    public bool IsStarted => File.Exists(this["started"]);

    public bool HasExited => File.Exists(this["exit"]);

    public bool IsStopped => File.Exists(this["stopped"]);

    public bool IsReported => File.Exists(this["reported"]);

    public bool IsTruncated => File.Exists(this["truncated"]);

    /// <summary>Null where it did not start, or was cut off at that very moment.</summary>
    public NotedProcess? Shim => Read("started");

    /// <summary>The first process of the command's group.</summary>
    public NotedProcess? Group => Read("group");

    private string this[string name] => System.IO.Path.Combine(Path, name);

    public void Create()
    {
        CrashPoints.Pass("folder");
        PrivateFolder.Create(Path);
        CrashPoints.Pass("folder made");
    }

    /// <summary>Removes the folder and all that is in it; nothing where it is gone.</summary>
    public void Delete()
    {
        CrashPoints.Pass("delete");
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It was never made, or an earlier try has removed it.
        }

        CrashPoints.Pass("deleted");
    }

    /// <summary>Writes a file so that it is there whole or not at all.</summary>
    public void Write(string name, string text)
    {
        string temporary = this[$"{name}.{System.IO.Path.GetRandomFileName()}"];
        CrashPoints.Pass("write", name);
        File.WriteAllText(temporary, text, Utf8);
        CrashPoints.Pass("move", name);
        File.Move(temporary, this[name], overwrite: true);
        CrashPoints.Pass("written", name);
    }

    /// <summary>From here on the agent's end is nobody's news.</summary>
    public void MarkStopped() => Write("stopped", "");

    public void MarkReported(string answer)
    {
        if (Exists)
        {
            Write("reported", answer + "\n");
        }
    }

    /// <summary>Takes the one start that the attempt has, so that no shim can. False where it is taken.</summary>
    public bool TryClaim()
    {
        try
        {
            CrashPoints.Pass("claim");
            using var file = new FileStream(this["started"], FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            CrashPoints.Pass("claim taken");
            file.Write("0\n\n"u8);
            CrashPoints.Pass("claimed");
            return true;
        }
        catch (IOException) when (IsStarted)
        {
            return false;
        }
    }

    /// <summary>The exit code, or null where the file is damaged.</summary>
    public int? ReadExitCode() =>
        int.TryParse(File.ReadAllText(this["exit"]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int code) ? code : null;

    /// <summary>When the attempt was started (UTC).</summary>
    public DateTimeOffset StartedAt() => File.GetLastWriteTimeUtc(this["started"]);

    /// <summary>When the agent last wrote something, or was started; null before that.</summary>
    public DateTimeOffset? LastSign()
    {
        DateTimeOffset? last = null;
        foreach (string name in new[] { "started", "output.log", "output.before", "output.tail" })
        {
            if (File.Exists(this[name]) && (last is null || File.GetLastWriteTimeUtc(this[name]) > last))
            {
                last = File.GetLastWriteTimeUtc(this[name]);
            }
        }

        return last;
    }

    private NotedProcess? Read(string name)
    {
        try
        {
            string[] lines = File.ReadAllLines(this[name]);
            return lines.Length >= 2 && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                ? new NotedProcess(pid, lines[1].Trim())
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
