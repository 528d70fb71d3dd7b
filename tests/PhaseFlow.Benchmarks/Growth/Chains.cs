using System.Diagnostics;

namespace PhaseFlow.Benchmarks.Growth;

/// <summary>Chains of phases whose agents report at once.</summary>
internal sealed class Chains(HostProcess host, LoadClient client, List<string> faults) : IDisposable
{
    private const int Reads = 30;

    public void Dispose() => client.Dispose();

    /// <summary>Carries out so many features, some at once.</summary>
    public async Task FinishAsync(int features, int phases, int atOnce)
    {
        int left = features;
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await RunAsync(phases);
            }
        }));
    }

    /// <summary>Executes a feature, and gives the moment of its first launch.</summary>
    public async Task<long> FirstLaunchAsync()
    {
        int id = await client.ExecuteAsync(1, chain: true);
        Launch launch = await host.Of(id).ReadAsync();
        await ReportAsync(launch);
        return launch.Timestamp;
    }

    /// <summary>The id of the newest feature.</summary>
    public async Task<int> LastIdAsync() => (await client.GetAsync("/api/v1/planned-features?limit=1")).GetProperty("features")[0].GetProperty("id").GetInt32();

    /// <summary>How long a read takes, in milliseconds.</summary>
    public async Task<double> ReadAsync(string path)
    {
        var times = new double[Reads];
        for (int i = 0; i < Reads; i++)
        {
            long start = Stopwatch.GetTimestamp();
            _ = await client.GetAsync(path);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return times[Reads / 2];
    }

    /// <summary>Carries out one feature, and gives the milliseconds from each report to the next launch.</summary>
    public async Task<List<double>> RunAsync(int phases)
    {
        int id = await client.ExecuteAsync(phases, chain: true);
        var latencies = new List<double>(phases);
        long sent = 0;
        for (int phase = 1; phase <= phases; phase++)
        {
            Launch launch = await host.Of(id).ReadAsync();
            if ((launch.Phase, launch.Attempt) != (phase, 1))
            {
                Fault($"feature {id} launched phase {launch.Phase} attempt {launch.Attempt} where phase {phase} was due");
            }

            if (phase > 1)
            {
                latencies.Add(Stopwatch.GetElapsedTime(sent, launch.Timestamp).TotalMilliseconds);
            }

            sent = Stopwatch.GetTimestamp();
            await ReportAsync(launch);
        }

        await EndAsync(id);
        if (host.Of(id).TryRead(out Launch extra))
        {
            Fault($"feature {id} launched {extra} too many");
        }

        host.Forget(id);
        return latencies;
    }

    private async Task EndAsync(int id)
    {
        for (int tries = 0; tries < 1000; tries++)
        {
            if (await client.StatusAsync(id) == "completed")
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }

        Fault($"feature {id} does not end");
    }

    private async Task ReportAsync(Launch launch)
    {
        string answer = await client.ReportAsync(launch, completed: true);
        if (answer != "accepted")
        {
            Fault($"a report of feature {launch.FeatureId} phase {launch.Phase} was answered with {answer}");
        }
    }

    private void Fault(string what)
    {
        lock (faults)
        {
            faults.Add(what);
        }
    }
}
