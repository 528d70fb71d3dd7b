using System.Globalization;
using System.Text;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>Counts the calls of <c>fsync</c> and <c>fdatasync</c> of some processes with <c>perf stat</c>, which costs them next to nothing.</summary>
internal sealed class FlushCounter : IAsyncDisposable
{
    private const string Events = "syscalls:sys_enter_fsync,syscalls:sys_enter_fdatasync";

    private const int Tries = 4;

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
    /// <param name="folder">Where it keeps what it needs.</param>
    /// <param name="group">The processes. One that ends in between makes <c>perf</c> refuse them all, so that it is asked again.</param>
    public static async Task<FlushCounter> AttachAsync(string folder, ProcessGroup group)
    {
        for (int tries = 1; ; tries++)
        {
            FlushCounter counter = await StartAsync(folder, group.Ids());
            try
            {
                await counter.SwitchAsync(on: false);
                return counter;
            }
            catch (PeerException) when (tries < Tries)
            {
                await counter.DisposeAsync();
            }
        }
    }

    /// <summary>Begins to count, or stops; done when that holds.</summary>
    public async Task SwitchAsync(bool on)
    {
        Task answered = Task.Run(ReadAnswer);
        await _control.WriteAsync(Encoding.ASCII.GetBytes(on ? "enable\n" : "disable\n"));
        await _control.FlushAsync();
        if (await Task.WhenAny(answered, _perf.Ended, Task.Delay(Patience)) != answered)
        {
            // Nobody else will answer, and who reads would do so for ever.
            await _answers.WriteAsync("k"u8.ToArray());
            await answered;
            throw new PeerException($"perf does not count:\n{_perf.Transcript()}");
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

    // Blocks: a pipe knows no cancellation.
    private void ReadAnswer()
    {
        int last;
        do
        {
            last = _answers.ReadByte();
        }
        while (last is not (-1 or 'k'));
    }

    private static async Task<FlushCounter> StartAsync(string folder, IEnumerable<int> processes)
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

    // Open for both, a pipe waits for nobody at the other end.
    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
}
