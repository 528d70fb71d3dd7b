using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace PhaseFlow.Benchmarks.Growth;

/// <summary>A launch as the process said it.</summary>
internal readonly record struct Launch(int FeatureId, int Phase, int Attempt, string AdwId, long Timestamp);

/// <summary>A <see cref="GrowthHost"/> from outside: its launches, its memory, its end.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    // Evidence that it hangs, not a measure of speed.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly ConcurrentDictionary<int, Channel<Launch>> _launches = new();
    private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<long> _heaps = Channel.CreateUnbounded<long>();
    private readonly Task _reading;

    private HostProcess(Process process)
    {
        _process = process;
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>When the process was started.</summary>
    public long StartedAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>Called for each launch, before anybody else hears of it.</summary>
    public Action<Launch> Launched { get; set; } = static _ => { };

    /// <summary>Called for each agent that is told to stop.</summary>
    public Action<Launch> Stopped { get; set; } = static _ => { };

    public Action<string> Fault { get; set; } = static _ => { };

    /// <summary>Starts it on a data folder, with settings as <c>name=value</c>.</summary>
    public static HostProcess Start(string folder, params string[] settings)
    {
        // This program once more, also where it was started as `dotnet PhaseFlow.Benchmarks.dll`.
        string own = Environment.ProcessPath!;
        string[] program = Path.GetFileNameWithoutExtension(own) == "dotnet" ? [typeof(HostProcess).Assembly.Location] : [];
        var start = new ProcessStartInfo(own, [.. program, GrowthHost.Command, folder, .. settings])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new HostProcess(Process.Start(start)!);
    }

    /// <summary>Where it listens, once it does.</summary>
    public Task<string> UrlAsync() => _url.Task.WaitAsync(Patience);

    /// <summary>The launches of one feature.</summary>
    public ChannelReader<Launch> Of(int featureId) => Feature(featureId).Reader;

    /// <summary>Forgets a feature that has ended.</summary>
    public void Forget(int featureId) => _launches.TryRemove(featureId, out _);

    /// <summary>Resident memory, in MB.</summary>
    public double Rss()
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
    }

    /// <summary>Seconds that it has kept a core busy: what it costs, whatever else the machine does.</summary>
    public double Work()
    {
        _process.Refresh();
        return _process.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>What is left of the managed heap after a full collection, in MB.</summary>
    public async Task<double> HeapAsync()
    {
        await _process.StandardInput.WriteLineAsync("heap");
        await _process.StandardInput.FlushAsync();
        return await _heaps.Reader.ReadAsync().AsTask().WaitAsync(Patience) / (1024.0 * 1024);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await _process.StandardInput.WriteLineAsync("stop");
            await _process.StandardInput.FlushAsync();
            await _process.WaitForExitAsync().WaitAsync(Patience);
        }

        await _reading;
        _process.Dispose();
    }

    private void Read()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            long now = Stopwatch.GetTimestamp();
            string[] parts = line.Split(' ');
            switch (parts[0])
            {
                case "U":
                    _url.TrySetResult(parts[1]);
                    break;
                case "H":
                    _heaps.Writer.TryWrite(long.Parse(parts[1], CultureInfo.InvariantCulture));
                    break;
                case "L":
                    Launch launch = Parse(parts, now);
                    Launched(launch);
                    Feature(launch.FeatureId).Writer.TryWrite(launch);
                    break;
                case "S":
                    Stopped(Parse(parts, now));
                    break;
                default:
                    Fault(line);
                    break;
            }
        }

        _url.TrySetException(new InvalidOperationException("The host has ended before it listened."));
    }

    private static Launch Parse(string[] parts, long now) => new(
        int.Parse(parts[1], CultureInfo.InvariantCulture),
        int.Parse(parts[2], CultureInfo.InvariantCulture),
        int.Parse(parts[3], CultureInfo.InvariantCulture),
        parts[4],
        now);

    private Channel<Launch> Feature(int featureId) => _launches.GetOrAdd(featureId, _ => Channel.CreateUnbounded<Launch>());
}
