using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace PhaseFlow.Benchmarks.Growth;

/// <summary>Very many open phases, SIGKILL, and how long it takes until everything goes on.</summary>
internal static class RecoveryRun
{
    private const int Slots = 100;
    private const int PhasesOfAFeature = 200;

    // Evidence that something hangs, not a measure of speed.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(int open, List<string> faults)
    {
        string folder = Directory.CreateTempSubdirectory("phaseflow-recovery-").FullName;
        byte[] masterKey = RandomNumberGenerator.GetBytes(32);
        try
        {
            Launch[] running = await OpenAsync(folder, masterKey, open);
            await using HostProcess host = SizeCommand.StartHost(folder, masterKey, Slots);
            var launches = new BlockingCollection<Launch>();
            host.Launched = launches.Add;
            using var client = new LoadClient(await host.UrlAsync(), masterKey);
            double listening = Since(host);
            JsonElement queue = await client.GetAsync("/api/v1/queue?limit=1");
            int held = (await client.GetAsync("/api/v1/slots")).GetProperty("held").GetArrayLength();
            double known = Since(host);
            if (queue.GetProperty("total").GetInt32() != open || held != Slots)
            {
                faults.Add($"after the recovery {queue.GetProperty("total").GetInt32()} of {open} phases are open and {held} of {Slots} slots are held");
            }

            // Whoever works is told of, and each of them makes room for one in line.
            await ReportAsync(client, running[0], faults);
            Launch first = launches.Take(new CancellationTokenSource(Patience).Token);
            double launched = Stopwatch.GetElapsedTime(host.StartedAt, first.Timestamp).TotalSeconds;
            await Task.WhenAll(running[1..].Select(launch => ReportAsync(client, launch, faults)));
            var seen = new HashSet<string> { first.AdwId };
            while (seen.Count < Slots)
            {
                if (!seen.Add(launches.Take(new CancellationTokenSource(Patience).Token).AdwId))
                {
                    faults.Add("an attempt was launched twice after the recovery");
                }
            }

            if (seen.Overlaps(running.Select(r => r.AdwId)))
            {
                faults.Add("an attempt that worked before the crash was launched again");
            }

            Console.WriteLine();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"recovery   {open:N0} open phases ({Slots} at work, the rest in line), SIGKILL, start: listening {listening:0.00} s, all of them shown {known:0.00} s, first launch {launched:0.00} s, {Slots} reports taken and as many launched {Since(host):0.00} s; RSS {host.Rss():0} MB"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Makes the phases, waits until they run or stand in line, and kills the host.</summary>
    private static async Task<Launch[]> OpenAsync(string folder, byte[] masterKey, int open)
    {
        await using HostProcess host = SizeCommand.StartHost(folder, masterKey, Slots);
        var running = new ConcurrentBag<Launch>();
        host.Launched = running.Add;
        using var client = new LoadClient(await host.UrlAsync(), masterKey);
        long start = Stopwatch.GetTimestamp();
        for (int left = open; left > 0; left -= PhasesOfAFeature)
        {
            await client.ExecuteAsync(Math.Min(left, PhasesOfAFeature), chain: false);
        }

        while (running.Count < Slots || await WaitingAsync(client) < open - Slots)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"{running.Count} phases run and {await WaitingAsync(client)} are in line.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        await host.KillAsync();
        return [.. running];
    }

    private static async Task<int> WaitingAsync(LoadClient client) => (await client.GetAsync("/api/v1/slots")).GetProperty("waiting").GetArrayLength();

    private static async Task ReportAsync(LoadClient client, Launch launch, List<string> faults)
    {
        string answer = await client.ReportAsync(launch, completed: true);
        if (answer != "accepted")
        {
            lock (faults)
            {
                faults.Add($"a report of feature {launch.FeatureId} phase {launch.Phase} was answered with {answer} after the recovery");
            }
        }
    }

    private static double Since(HostProcess host) => Stopwatch.GetElapsedTime(host.StartedAt).TotalSeconds;
}
