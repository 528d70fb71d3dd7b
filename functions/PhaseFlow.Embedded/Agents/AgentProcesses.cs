using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using PhaseFlow.Functions.Agents;

namespace PhaseFlow.Embedded.Agents;

/// <summary>Looks at and signals the processes of agents, by pid and identity: a pid alone may have been given to another by now.</summary>
internal sealed class AgentProcesses(TimeProvider time)
{
    // The shim writes its pid at once after it has taken the start; only a machine that stops can keep it from that.
    private static readonly TimeSpan StartGrace = TimeSpan.FromSeconds(10);

    private readonly Lazy<string?> _shell = new(() => FindOnPath("sh"));
    private readonly Lazy<bool> _bash = new(() => FindOnPath("bash") is not null);
    private readonly Lazy<string?> _session = new(() => FindOnPath("setsid"));

    /// <summary>The <c>sh</c> to run agents with.</summary>
    /// <exception cref="AgentLaunchException">There is none.</exception>
    public string Shell => _shell.Value ?? throw new AgentLaunchException(
        OperatingSystem.IsWindows()
            ? "Local agents need sh on the PATH: install Git for Windows and add its usr\\bin folder."
            : "Local agents need sh on the PATH.");

    /// <summary>Whether there is a <c>bash</c> for the blocks that ask for one.</summary>
    public bool HasBash => _bash.Value;

    /// <summary>A command line that runs a script apart from the host's terminal and process group, where the system can do that.</summary>
    public ProcessStartInfo Detached(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(_session.Value ?? Shell) { WorkingDirectory = folder };
        if (_session.Value is not null)
        {
            start.ArgumentList.Add(Shell);
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    /// <summary>Takes the host's own settings, the master key among them, and what an outer agent was given out of an environment.</summary>
    public static void RemoveSettings(IDictionary<string, string?> environment)
    {
        foreach (string name in environment.Keys.ToArray())
        {
            if (name.StartsWith("PhaseFlow__", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("PhaseFlow:", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("PHASEFLOW_", StringComparison.Ordinal))
            {
                environment.Remove(name);
            }
        }
    }

    /// <summary>Whether the attempt's shim works, or is just about to.</summary>
    public async Task<bool> IsAliveAsync(AgentFolder folder, CancellationToken cancellation)
    {
        if (folder.Shim is not { } shim)
        {
            return folder.IsStarted && time.GetUtcNow() - folder.StartedAt() < StartGrace;
        }

        return await IsAliveAsync(folder, shim, cancellation);
    }

    /// <summary>Whether a process that was noted in the folder still is.</summary>
    public async Task<bool> IsAliveAsync(AgentFolder folder, NotedProcess noted, CancellationToken cancellation) =>
        noted.Pid > 0 && noted.Identity.Length > 0 && await IdentityAsync(folder, noted.Pid, cancellation) == noted.Identity;

    /// <summary>Sends a signal to a process and all of its group.</summary>
    public async Task SignalGroupAsync(AgentFolder folder, int pid, string signal, CancellationToken cancellation) =>
        await RunAsync(
            folder,
            cancellation,
            "-c",
            "kill -\"$0\" \"-$1\" 2>/dev/null || kill -\"$0\" \"$1\" 2>/dev/null",
            signal,
            pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// Kills whatever else the agent has started, also in sessions of its own: known by the prompt file in its environment, which no other agent has.
    /// Only where the system shows environments (Linux).
    /// </summary>
    public static void KillStrays(AgentFolder folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        byte[] mark = Encoding.UTF8.GetBytes($"{LocalProcessLauncher.PromptFile}={folder.PromptPath}\0");
        foreach (string entry in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                    && File.ReadAllBytes(Path.Combine(entry, "environ")).AsSpan().IndexOf(mark) >= 0)
                {
                    using var stray = Process.GetProcessById(pid);
                    stray.Kill();
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It has ended, or is another user's.
            }
        }
    }

    private async Task<string?> IdentityAsync(AgentFolder folder, int pid, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
        {
            return (await RunAsync(folder, cancellation, "run.sh", "identity", pid.ToString(CultureInfo.InvariantCulture))).Trim();
        }

        try
        {
            string stat = await File.ReadAllTextAsync($"/proc/{pid}/stat", cancellation);
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');

            // 1: the state, and a zombie is dead; 20: when it started, in ticks since the machine did.
            return fields[0] is "Z" or "X" ? null : $"{await BootIdAsync(cancellation)} {fields[19]}".Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static async Task<string> BootIdAsync(CancellationToken cancellation)
    {
        try
        {
            return (await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", cancellation)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private async Task<string> RunAsync(AgentFolder folder, CancellationToken cancellation, params string[] arguments)
    {
        var start = new ProcessStartInfo(Shell) { WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException("sh did not start.");
        string output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return output;
    }

    private static string? FindOnPath(string name)
    {
        string file = OperatingSystem.IsWindows() ? name + ".exe" : name;
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);
    }
}
