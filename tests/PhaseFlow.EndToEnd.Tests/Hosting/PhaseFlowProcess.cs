using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace PhaseFlow.EndToEnd.Tests.Hosting;

/// <summary>The real program, in a process and a folder of its own.</summary>
internal sealed class PhaseFlowProcess : IAsyncDisposable
{
    public const string Listening = "PhaseFlow listening on ";

    // Evidence that something hangs, not a measure of speed.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _awaited = new();
    private readonly Task _exit;

    private PhaseFlowProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Receive(line.Data);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
            {
                _errors.Enqueue(line.Data);
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _exit = EndAsync();
    }

    public int Id => _process.Id;

    public IReadOnlyList<string> Output => [.. _output];

    public IReadOnlyList<string> Errors => [.. _errors];

    public static PhaseFlowProcess Start(DataFolder folder, params string[] arguments) => Start(folder, new Dictionary<string, string>(), arguments);

    /// <summary>Starts the program on a data folder, with settings as environment variables.</summary>
    public static PhaseFlowProcess Start(DataFolder folder, Dictionary<string, string> settings, params string[] arguments) =>
        StartBy([], folder, settings, arguments);

    /// <summary>As <see cref="Start(DataFolder, Dictionary{string, string}, string[])"/>, by a command that ends in executing its arguments.</summary>
    public static PhaseFlowProcess StartBy(string[] prefix, DataFolder folder, Dictionary<string, string> settings, params string[] arguments)
    {
        // What starts the tests in the background may have SIGINT ignored, which every process below inherits.
        string[] signals = InterruptIsIgnored() ? ["env", "--default-signal=INT"] : [];
        string[] command = [.. prefix, .. signals, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet"];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder.Root,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "PhaseFlow.Embedded.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.ArgumentList.Add("--data");
        start.ArgumentList.Add(folder.Data);
        foreach (string inherited in start.Environment.Keys.Where(k => k.StartsWith("PhaseFlow", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return new PhaseFlowProcess(process);
    }

    /// <summary>Runs the program to its end.</summary>
    public static Task<PhaseFlowExit> RunAsync(DataFolder folder, params string[] arguments) => RunAsync(folder, [], arguments);

    public static async Task<PhaseFlowExit> RunAsync(DataFolder folder, Dictionary<string, string> settings, params string[] arguments)
    {
        await using PhaseFlowProcess process = Start(folder, settings, arguments);
        return await process.ExitAsync();
    }

    /// <summary>The address, once the program listens.</summary>
    public async Task<string> UrlAsync()
    {
        await Task.WhenAny(_url.Task, _exit).WaitAsync(Patience);
        if (!_url.Task.IsCompleted)
        {
            throw new InvalidOperationException($"It ended without listening:\n{Transcript()}");
        }

        return await _url.Task;
    }

    /// <summary>Waits until a line of the output holds a text.</summary>
    public async Task LineAsync(string text)
    {
        Task seen = _awaited.GetOrAdd(text, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        if (_output.Any(line => line.Contains(text, StringComparison.Ordinal)))
        {
            return;
        }

        await Task.WhenAny(seen, _exit).WaitAsync(Patience);
        if (!seen.IsCompleted)
        {
            throw new InvalidOperationException($"It ended without saying '{text}':\n{Transcript()}");
        }
    }

    public async Task<PhaseFlowExit> ExitAsync()
    {
        await _exit.WaitAsync(Patience);
        return new PhaseFlowExit(_process.ExitCode, Output, Errors);
    }

    /// <summary>Ctrl+C.</summary>
    public async Task InterruptAsync()
    {
        using Process kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary><c>kill -9</c>, of this process alone.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: false);
        await _exit.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_exit.IsCompleted)
        {
            _process.Kill(entireProcessTree: false);
            await _exit;
        }

        _process.Dispose();
    }

    private async Task EndAsync() => await _process.WaitForExitAsync();

    private void Receive(string? line)
    {
        if (line is null)
        {
            return;
        }

        _output.Enqueue(line);
        if (line.StartsWith(Listening, StringComparison.Ordinal))
        {
            _url.TrySetResult(line[Listening.Length..]);
        }

        foreach ((string text, TaskCompletionSource seen) in _awaited)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                seen.TrySetResult();
            }
        }
    }

    private static bool InterruptIsIgnored()
    {
        const string Status = "/proc/self/status";
        const int Interrupt = 2;
        string? ignored = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)) : null;
        return ignored is not null
            && (ulong.Parse(ignored.Split('\t')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (Interrupt - 1))) != 0;
    }

    private string Transcript() => string.Join('\n', Output.Concat(Errors));
}

/// <summary>How the program ended.</summary>
internal sealed record PhaseFlowExit(int Code, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    public override string ToString() => $"exit code {Code}\n{string.Join('\n', Output)}\n--- errors\n{string.Join('\n', Errors)}";
}
