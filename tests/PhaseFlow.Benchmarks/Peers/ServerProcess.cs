using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>A process that the benchmark has started, and ends by its id.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int LinesKept = 40;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly string _name;
    private readonly string _stopSignal;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource<string> _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string? _announcement;
    private readonly Task _ended;
    private bool _isDisposed;

    private ServerProcess(string name, Process process, string? announcement, string stopSignal)
    {
        _name = name;
        _process = process;
        _announcement = announcement;
        _stopSignal = stopSignal;
        process.OutputDataReceived += (_, line) => Receive(line.Data);
        process.ErrorDataReceived += (_, line) => Receive(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ended = process.WaitForExitAsync();
    }

    public int Id => _process.Id;

    /// <summary>Done when it has ended.</summary>
    public Task Ended => _ended;

    /// <summary>Starts a server. Its standard input stays open until it is ended.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="environment">More variables.</param>
    /// <param name="announcement">What the line begins with that says where it listens.</param>
    /// <param name="stopSignal">What ends it.</param>
    public static ServerProcess Start(
        string name, string[] command, string folder, IReadOnlyDictionary<string, string> environment, string? announcement = null, string stopSignal = "TERM")
    {
        ProcessStartInfo start = Info(command, folder);
        start.RedirectStandardInput = true;
        foreach (string inherited in start.Environment.Keys.Where(k => k.StartsWith("PhaseFlow", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        foreach ((string variable, string value) in environment)
        {
            start.Environment[variable] = value;
        }

        return new ServerProcess(name, StartOrExplain(start), announcement, stopSignal);
    }

    /// <summary>Runs a command to its end, and gives what it said.</summary>
    /// <exception cref="PeerException">It is not there, or failed.</exception>
    public static async Task<string> RunAsync(string[] command, string? folder = null)
    {
        using Process process = StartOrExplain(Info(command, folder ?? Environment.CurrentDirectory));
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new PeerException($"{string.Join(' ', command)} failed:\n{output}{await errors}");
    }

    /// <summary>What stands behind the announcement, once it is said.</summary>
    public async Task<string> AnnouncedAsync()
    {
        if (await Task.WhenAny(_announced.Task, _ended).WaitAsync(Patience) == _ended)
        {
            throw new PeerException($"{_name} ended before it listened:\n{Transcript()}");
        }

        return await _announced.Task;
    }

    /// <summary>Throws where it has ended by itself.</summary>
    public void RequireAlive()
    {
        if (_process.HasExited)
        {
            throw new PeerException($"{_name} ended by itself:\n{Transcript()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            await RunAsync(["kill", $"-{_stopSignal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            using var patience = new CancellationTokenSource(StopPatience);
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }

    public string Transcript() => string.Join('\n', _lines);

    private static ProcessStartInfo Info(string[] command, string folder) => new(command[0], command[1..])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = folder,
    };

    private static Process StartOrExplain(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception fault)
        {
            throw new PeerException($"{start.FileName} cannot be started: {fault.Message}");
        }
    }

    private void Receive(string? line)
    {
        if (line is null)
        {
            return;
        }

        _lines.Enqueue(line);
        while (_lines.Count > LinesKept)
        {
            _lines.TryDequeue(out _);
        }

        if (_announcement is not null && line.StartsWith(_announcement, StringComparison.Ordinal))
        {
            _announced.TrySetResult(line[_announcement.Length..]);
        }
    }
}

/// <summary>A peer cannot be run, or a check failed; the message is for a person.</summary>
internal sealed class PeerException(string message) : Exception(message);
