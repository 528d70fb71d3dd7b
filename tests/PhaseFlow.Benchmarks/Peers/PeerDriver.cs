using System.Diagnostics;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>How much one round of one size is.</summary>
/// <param name="Features">How many run at once.</param>
/// <param name="Phases">The length of each chain.</param>
/// <param name="AtLeast">Waves of so many features are run one after another until this is over.</param>
internal sealed record PeerLoad(int Features, int Phases, TimeSpan AtLeast);

/// <summary>Plays all agents of a system: completes each launch over HTTP as soon as it is seen, and measures until the next is.</summary>
internal sealed class PeerDriver(IPeer peer, LaunchBoard board, HttpClient http)
{
    // Evidence that something hangs, not a measure of speed.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs a load.</summary>
    /// <param name="load">The load.</param>
    /// <param name="flushes">Counts flushes, where that is possible.</param>
    /// <exception cref="PeerException">A check failed: no figure counts.</exception>
    public async Task<PeerFigures> RunAsync(PeerLoad load, FlushCounter? flushes)
    {
        var group = new ProcessGroup(peer.Processes.Select(p => p.Id));
        var latencies = new List<double>();
        var sum = new Sums();
        group.ResetPeak();
        do
        {
            string[] features = new string[load.Features];
            for (int i = 0; i < features.Length; i++)
            {
                features[i] = await peer.SubmitAsync(load.Phases);
            }

            await WaveAsync(load, features, group, flushes, latencies, sum);
        }
        while (sum.Elapsed < load.AtLeast);

        latencies.Sort();
        double phases = sum.Phases;
        return new PeerFigures
        {
            P50 = At(latencies, 0.50),
            P95 = At(latencies, 0.95),
            P99 = At(latencies, 0.99),
            PhasesPerSecond = phases / sum.Elapsed.TotalSeconds,
            Transactions = sum.Transactions / phases,
            Flushes = flushes is null ? null : await flushes.EndAsync() / phases,
            WrittenBytes = sum.Written / phases,
            CpuSecondsPer1000 = sum.Cpu * 1000 / phases,
            DriverCpuSecondsPer1000 = sum.OwnCpu * 1000 / phases,
            PeakBytes = group.PeakMemory(),
        };
    }

    private async Task WaveAsync(PeerLoad load, string[] features, ProcessGroup group, FlushCounter? flushes, List<double> latencies, Sums sum)
    {
        board.Expect(peer, load.Features);
        long? transactions = await peer.TransactionsAsync();
        if (flushes is not null)
        {
            await flushes.SwitchAsync(on: true);
        }

        ProcessUse before = group.Use();
        TimeSpan own = Process.GetCurrentProcess().TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        double[][] seen = await Task.WhenAll(features.Select(f => RunFeatureAsync(f, load.Phases))).WaitAsync(Patience);
        sum.Elapsed += Stopwatch.GetElapsedTime(start);
        string?[] ends = await Task.WhenAll(features.Select(f => peer.EndAsync(f, load.Phases))).WaitAsync(Patience);
        sum.OwnCpu += (Process.GetCurrentProcess().TotalProcessorTime - own).TotalSeconds;
        ProcessUse after = group.Use();
        if (flushes is not null)
        {
            await flushes.SwitchAsync(on: false);
        }

        sum.Phases += features.Length * load.Phases;
        sum.Cpu += after.CpuSeconds - before.CpuSeconds;
        sum.Written += after.WrittenBytes - before.WrittenBytes;
        sum.Transactions += await peer.TransactionsAsync() - transactions;
        latencies.AddRange(seen.SelectMany(l => l));
        Check(load, features, ends);
    }

    private async Task<double[]> RunFeatureAsync(string feature, int phases)
    {
        var latencies = new double[phases - 1];
        await peer.BeginAsync(feature, phases);
        long sent = 0;
        for (int phase = 1; phase <= phases; phase++)
        {
            Launch launch = await board.Of(feature).ReadAsync();
            if (launch.Phase != phase)
            {
                board.Fault($"{feature} launched phase {launch.Phase} where {phase} was due");
            }

            if (phase > 1)
            {
                latencies[phase - 2] = Stopwatch.GetElapsedTime(sent, launch.At).TotalMilliseconds;
            }

            board.Ending();
            using HttpRequestMessage completion = peer.Completion(launch);
            sent = Stopwatch.GetTimestamp();
            using HttpResponseMessage answer = await http.SendAsync(completion);
            if (!answer.IsSuccessStatusCode)
            {
                board.Fault($"a completion was answered with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            }
        }

        return latencies;
    }

    private void Check(PeerLoad load, string[] features, string?[] ends)
    {
        int wanted = features.Length * load.Phases;
        string[] faults =
        [
            .. board.Faults,
            .. ends.Zip(features, (end, feature) => end is null ? null : $"{feature}: {end}").OfType<string>(),
            .. board.Launches == wanted ? Array.Empty<string>() : [$"{board.Launches} launches in place of {wanted}"],
        ];
        if (faults.Length > 0)
        {
            throw new PeerException($"{peer.Name} with {load.Features} features: the run does not count. {string.Join("; ", faults.Take(5))}");
        }
    }

    private static double At(List<double> sorted, double quantile) =>
        sorted.Count == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * quantile) - 1)];

    /// <summary>What the waves have come to.</summary>
    private sealed class Sums
    {
        public int Phases { get; set; }

        public TimeSpan Elapsed { get; set; }

        public double Cpu { get; set; }

        public double OwnCpu { get; set; }

        public long? Written { get; set; } = 0;

        public long? Transactions { get; set; } = 0;
    }
}
