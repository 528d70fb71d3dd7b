using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace PhaseFlow.Benchmarks.Growth;

/// <summary>What things cost with few and with many finished features in the file, and how long many open phases take to go on after SIGKILL.</summary>
internal static class SizeCommand
{
    private const int ChainLength = 100;
    private const int PhasesOfAFeature = 3;
    private const int FeaturesAtOnce = 32;

    public static async Task<int> RunAsync(string[] args)
    {
        int index = Array.IndexOf(args, "--sizes");
        int[] sizes = [.. (index >= 0 ? args[index + 1] : "10,100,1000,10000").Split(',').Select(s => int.Parse(s, CultureInfo.InvariantCulture)).Order()];
        int open = (int)Arguments.Number(args, "--open", 10_000);
        int rounds = (int)Arguments.Number(args, "--rounds", 3);
        Console.WriteLine($"machine    {Machine.Describe()}");
        Console.WriteLine("durability SQLite, WAL, synchronous=FULL; the host in a process of its own");
        Console.WriteLine(
            $"work       finished features of {PhasesOfAFeature} phases; at each size {rounds} rounds of a chain of {ChainLength} phases alone, from a report sent to the next launch seen; CPU is of the host, on all cores; reads are medians of 30");
        Console.WriteLine();
        var faults = new List<string>();
        bool isFlat = await SizesAsync(sizes, rounds, faults);
        if (open > 0)
        {
            await RecoveryRun.RunAsync(open, faults);
        }

        Console.WriteLine();
        Console.WriteLine(faults.Count == 0
            ? "checks     each attempt launched once and in order, every report accepted, every feature completed, every open phase found again"
            : $"checks     {faults.Count} FAULTS: {string.Join("; ", faults.Take(5))}");
        return faults.Count == 0 && isFlat ? 0 : 1;
    }

    private static async Task<bool> SizesAsync(int[] sizes, int rounds, List<string> faults)
    {
        string folder = Directory.CreateTempSubdirectory("phaseflow-size-").FullName;
        byte[] masterKey = RandomNumberGenerator.GetBytes(32);
        try
        {
            Console.WriteLine("| finished | transition p50 ms | p99 ms | its CPU ms | queue ms | list of 50 ms | a feature ms | its events ms | cold start to listening s | to first launch s | its CPU s | file MB | RSS MB |");
            Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
            int made = 0;
            var costs = new List<double>();
            HostProcess host = StartHost(folder, masterKey);
            try
            {
                foreach (int size in sizes)
                {
                    using (var filler = new Chains(host, new LoadClient(await host.UrlAsync(), masterKey), faults))
                    {
                        await filler.FinishAsync(size - made, PhasesOfAFeature, FeaturesAtOnce);
                        made = size;
                    }

                    // A start with what there is by now, and then the costs in a process that has just warmed up.
                    await host.DisposeAsync();
                    host = StartHost(folder, masterKey);
                    string url = await host.UrlAsync();
                    double listening = Stopwatch.GetElapsedTime(host.StartedAt).TotalSeconds;
                    using var chains = new Chains(host, new LoadClient(url, masterKey), faults);
                    double launched = Stopwatch.GetElapsedTime(host.StartedAt, await chains.FirstLaunchAsync()).TotalSeconds;
                    double startWork = host.Work();
                    await chains.FinishAsync(FeaturesAtOnce, ChainLength / 4, FeaturesAtOnce);
                    List<double> latencies = [];
                    costs.Add(double.MaxValue);
                    for (int round = 0; round < rounds; round++)
                    {
                        double before = host.Work();
                        List<double> more = await chains.RunAsync(ChainLength);
                        latencies.AddRange(more);

                        // The least of the rounds: in the others the runtime compiles.
                        costs[^1] = Math.Min(costs[^1], (host.Work() - before) * 1000 / more.Count);
                    }

                    int last = await chains.LastIdAsync();
                    double[] reads =
                    [
                        await chains.ReadAsync("/api/v1/queue"),
                        await chains.ReadAsync("/api/v1/planned-features?limit=50"),
                        await chains.ReadAsync(FormattableString.Invariant($"/api/v1/planned-features/{last}")),
                        await chains.ReadAsync(FormattableString.Invariant($"/api/v1/events?feature={last}&after=0")),
                    ];
                    Console.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {size:N0} | {At(latencies, 0.5):0.00} | {At(latencies, 0.99):0.0} | {costs[^1]:0.00} | {string.Join(" | ", reads.Select(r => r.ToString("0.0", CultureInfo.InvariantCulture)))} | {listening:0.00} | {launched:0.00} | {startWork:0.00} | {new DataFiles(folder).File:0.0} | {host.Rss():0} |"));
                }
            }
            finally
            {
                await host.DisposeAsync();
            }

            // By what it costs, not by how long it takes: that depends on what else the machine does.
            bool isFlat = costs[^1] <= costs[0] * 1.25;
            Console.WriteLine();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"growth     CPU of a transition from {sizes[0]:N0} to {sizes[^1]:N0} finished features: {costs[0]:0.00} to {costs[^1]:0.00} ms: {(isFlat ? "flat" : "GROWS")}"));
            return isFlat;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    internal static HostProcess StartHost(string folder, byte[] masterKey, int slots = 64) => HostProcess.Start(
        folder,
        FormattableString.Invariant($"PhaseFlow:Slots:Capacity={slots}"),
        $"PhaseFlow:Webhooks:MasterKey={Convert.ToBase64String(masterKey)}");

    private static double At(List<double> values, double quantile)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(sorted.Length * quantile) - 1)];
    }
}
