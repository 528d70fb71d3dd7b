using System.Globalization;
using System.Text;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>Counts the calls of <c>fsync</c> and <c>fdatasync</c> of some processes with <c>perf stat</c>, which costs them next to nothing.</summary>
internal sealed class FlushCounter : IAsyncDisposable
{
    private const string Events = "syscalls:sys_enter_fsync,syscalls:sys_enter_fdatasync";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ServerProcess _perf;
    private readonly FileStream _control;
    private readonly FileStream _answers;
    private readonly string _result;

    private FlushCounter(ServerProcess perf, FileStream control, FileStream answers, string result)
    {
        _perf = perf;
        _control = control;
        _answers = answers;
        _result = result;
    }

    /// <summary>Whether this machine has <c>perf</c> and lets this user count.</summary>
    public static async Task<bool> IsAvailableAsync()
    {
        try
        {
            await ServerProcess.RunAsync(["perf", "stat", "-e", Events, "true"]);
            return true;
        }
        catch (PeerException)
        {
            return false;
        }
    }

    /// <summary>Attaches to all threads of some processes; it counts between <see cref="SwitchAsync"/> on and off.</summary>
    public static async Task<FlushCounter> AttachAsync(string folder, IEnumerable<int> processes)
    {
        string name = Path.Combine(folder, $"perf-{Guid.NewGuid():N}");
        await ServerProcess.RunAsync(["mkfifo", $"{name}.control", $"{name}.answers"]);
        FileStream control = Open($"{name}.control");
        FileStream answers = Open($"{name}.answers");
        ServerProcess perf = ServerProcess.Start(
            "perf",
            ["perf", "stat", "-x", ",", "-e", Events, "-D", "-1", "--control", $"fifo:{name}.control,{name}.answers", "-o", $"{name}.csv", "-p", string.Join(',', processes)],
            folder,
            new Dictionary<string, string>(),
            stopSignal: "INT");
        return new FlushCounter(perf, control, answers, $"{name}.csv");
    }

    public async Task SwitchAsync(bool on)
    {
        await _control.WriteAsync(Encoding.ASCII.GetBytes(on ? "enable\n" : "disable\n"));
        await _control.FlushAsync();
        var answer = new byte[64];
        int length = 0;
        using var patience = new CancellationTokenSource(Patience);
        while (length == 0 || !answer.AsSpan(0, length).Contains((byte)'k'))
        {
            length += await _answers.ReadAsync(answer.AsMemory(length), patience.Token);
        }
    }

    /// <summary>Ends, and says how many flushes there were.</summary>
    public async Task<long> EndAsync()
    {
        await DisposeAsync();
        return (await File.ReadAllLinesAsync(_result))
            .Select(l => l.Split(','))
            .Where(f => f.Length > 2 && f[2].StartsWith("syscalls:", StringComparison.Ordinal))
            .Sum(f => long.Parse(f[0], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        await _perf.DisposeAsync();
        await _control.DisposeAsync();
        await _answers.DisposeAsync();
    }

    // Open for both, a pipe waits for nobody at the other end.
    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
}
