using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;
using Xunit.Abstractions;

namespace PhaseFlow.EndToEnd.Tests.Runs;

/// <summary>A run whose process is killed at random moments.</summary>
public sealed class KillTests(ITestOutputHelper log)
{
    private const int Moments = 20;

    // Set to the seed that a failure prints, to see it again.
    private static readonly int Seed = int.TryParse(Environment.GetEnvironmentVariable("PHASEFLOW_TEST_SEED"), CultureInfo.InvariantCulture, out int seed)
        ? seed
        : Random.Shared.Next();

    [Fact]
    public async Task Run_WhenItIsKilledAtAnyMoment_CompletesWithTheSameCommandAndRunsEachAttemptOnce()
    {
        TimeSpan whole = await MeasureAsync();
        var random = new Random(Seed);
        TimeSpan[] moments = [.. Enumerable.Range(0, Moments).Select(_ => whole * random.NextDouble())];
        log.WriteLine($"seed {Seed}, a whole run takes {whole.TotalSeconds:0.00} s, killed after {string.Join(", ", moments.Select(m => m.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)))} s");
        var failures = new ConcurrentQueue<string>();

        await Parallel.ForEachAsync(moments, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (moment, _) =>
        {
            try
            {
                await KillAndRunAgainAsync(moment);
            }
            catch (Exception failure)
            {
                failures.Enqueue($"killed after {moment.TotalSeconds:0.000} s: {failure.Message}");
            }
        });

        Assert.True(failures.IsEmpty, $"seed {Seed}\n{string.Join("\n\n", failures)}");
    }

    private static async Task KillAndRunAgainAsync(TimeSpan moment)
    {
        using var folder = new DataFolder();
        await using (PhaseFlowProcess killed = Start(folder))
        {
            // Not a wait for something to happen: the moment is what is tested.
            await Task.Delay(moment);
            await killed.KillAsync();
        }

        await using PhaseFlowProcess again = Start(folder);
        PhaseFlowExit exit = await again.ExitAsync();
        Assert.True(exit.Code == 0, exit.ToString());

        // A run that was over when the process was killed counts as finished: then the second command started another.
        foreach (int feature in (int[])[1, 2])
        {
            if (File.Exists(folder.StartsOf(feature)))
            {
                string[] starts = await File.ReadAllLinesAsync(folder.StartsOf(feature));
                Assert.Equal(Enumerable.Range(1, 5).Select(n => $"started phase {n} attempt 1"), starts.Order(StringComparer.Ordinal));
            }
        }

        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(folder, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        Assert.Equal("completed", (string?)(await api.FeatureAsync(1))["status"]);
        Assert.Empty((await api.GetAsync("/api/v1/slots"))["held"]!.AsArray());
        Assert.InRange(FeedEvent.MostRunning(await api.FeedAsync()), 1, 3);
    }

    // Of two at once, as they will be killed.
    private static async Task<TimeSpan> MeasureAsync()
    {
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            using var folder = new DataFolder();
            await using PhaseFlowProcess run = Start(folder);
            PhaseFlowExit exit = await run.ExitAsync();
            Assert.True(exit.Code == 0, exit.ToString());
        }));
        return Stopwatch.GetElapsedTime(start);
    }

    private static PhaseFlowProcess Start(DataFolder folder) =>
        PhaseFlowProcess.Start(folder, "run", DataFolder.Sample("websocket-migration.md"), "--plain", "--port", "0");
}
