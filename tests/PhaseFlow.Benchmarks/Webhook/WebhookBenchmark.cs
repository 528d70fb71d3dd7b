using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Agents;

namespace PhaseFlow.Benchmarks.Webhook;

/// <summary>The size of one run.</summary>
internal sealed record WebhookLoad(int Features, int Phases);

/// <summary>What one run showed.</summary>
internal sealed record WebhookFigures(double P50, double P95, double P99, double PhasesPerSecond, double CpuSecondsPer1000, double PeakRssMb);

/// <summary>From a report sent over HTTP to the launch of the next phase, on the real host.</summary>
internal static class WebhookBenchmark
{
    public static async Task<int> RunAsync(string[] args)
    {
        int rounds = int.Parse(Option(args, "--rounds", "3"), CultureInfo.InvariantCulture);
        int phases = Math.Clamp(int.Parse(Option(args, "--phases", "100"), CultureInfo.InvariantCulture), 2, 200);
        int[] sizes = [.. Option(args, "--features", "1,16,64").Split(',').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];

        Console.WriteLine($"machine    {Machine.Describe()}");
        Console.WriteLine("durability SQLite, WAL, synchronous=FULL: a report is answered, and an agent launched, only after its cause is flushed to disk");
        Console.WriteLine("path       HTTP POST, signature, deduplication, orchestration step, slot exchange, issue, launch recorded, launcher called");
        Console.WriteLine($"work       chains of {phases} phases, {rounds} interleaved rounds after one to warm up; driver and host share this process");
        await OneAsync(new WebhookLoad(16, phases));

        var figures = sizes.ToDictionary(s => s, _ => new List<WebhookFigures>());
        for (int round = 0; round < rounds; round++)
        {
            foreach (int size in sizes)
            {
                if (await OneAsync(new WebhookLoad(size, phases)) is not { } seen)
                {
                    return 1;
                }

                figures[size].Add(seen);
            }
        }

        Console.WriteLine();
        Console.WriteLine("| features | p50 ms | p95 ms | p99 ms | phases/s | CPU-s per 1,000 phases | peak RSS MB |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach ((int size, List<WebhookFigures> seen) in figures)
        {
            Console.WriteLine(
                $"| {size} | {Range(seen, f => f.P50, "0.00")} | {Range(seen, f => f.P95, "0.00")} | {Range(seen, f => f.P99, "0.00")} "
                + $"| {Range(seen, f => f.PhasesPerSecond, "0")} | {Range(seen, f => f.CpuSecondsPer1000, "0.00")} | {Range(seen, f => f.PeakRssMb, "0")} |");
        }

        Console.WriteLine();
        Console.WriteLine("median (lowest to highest of the rounds). Checked in every round: cap held, each attempt launched once, order kept, all completed, no slot held at the end.");
        return 0;
    }

    /// <summary>One host, one load, checked; null where a check failed.</summary>
    private static async Task<WebhookFigures?> OneAsync(WebhookLoad load)
    {
        string folder = Directory.CreateTempSubdirectory("phaseflow-bench-").FullName;
        try
        {
            byte[] masterKey = RandomNumberGenerator.GetBytes(32);
            var launcher = new BenchLauncher(load.Features);
            var settings = new HostSettings
            {
                DataFolder = folder,
                Port = 0,
                Overrides = new Dictionary<string, string?>
                {
                    ["PhaseFlow:Slots:Capacity"] = load.Features.ToString(CultureInfo.InvariantCulture),
                    ["PhaseFlow:Webhooks:MasterKey"] = Convert.ToBase64String(masterKey),
                },
                ConfigureServices = services => services.AddSingleton<IAgentLauncher>(launcher),
            };
            await using EmbeddedHost host = await EmbeddedHost.StartAsync(settings, CancellationToken.None);
            using var driver = new WebhookDriver(host.Url, masterKey, launcher);
            TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
            (double[] latencies, TimeSpan elapsed) = await driver.RunAsync(load);
            cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
            if (launcher.Launches != load.Features * load.Phases)
            {
                launcher.Fault($"{launcher.Launches} launches in place of {load.Features * load.Phases}");
            }

            if (!launcher.Faults.IsEmpty())
            {
                Console.Error.WriteLine($"The run does not count: {string.Join("; ", launcher.Faults.Take(5))}");
                return null;
            }

            Array.Sort(latencies);
            return new WebhookFigures(
                At(latencies, 0.50),
                At(latencies, 0.95),
                At(latencies, 0.99),
                load.Features * load.Phases / elapsed.TotalSeconds,
                cpu.TotalSeconds * 1000 / (load.Features * load.Phases),
                Process.GetCurrentProcess().PeakWorkingSet64 / (1024.0 * 1024));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsEmpty(this IReadOnlyCollection<string> faults) => faults.Count == 0;

    private static double At(double[] sorted, double quantile) => sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(sorted.Length * quantile) - 1)];

    private static string Range(List<WebhookFigures> figures, Func<WebhookFigures, double> value, string format)
    {
        double[] all = [.. figures.Select(value).Order()];
        string Text(double d) => d.ToString(format, CultureInfo.InvariantCulture);
        return all.Length == 1 ? Text(all[0]) : $"{Text(all[all.Length / 2])} ({Text(all[0])}–{Text(all[^1])})";
    }

    private static string Option(string[] args, string name, string fallback)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : fallback;
    }
}
