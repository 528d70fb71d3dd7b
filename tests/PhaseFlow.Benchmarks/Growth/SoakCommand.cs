using System.Globalization;
using System.Security.Cryptography;

namespace PhaseFlow.Benchmarks.Growth;

/// <summary>Very many phases through the real host, with a short retention: is what it needs at the end what it needed at the beginning?</summary>
internal static class SoakCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var load = new SoakLoad(
            Phases: (int)Arguments.Number(args, "--phases", 100_000),
            AtOnce: (int)Arguments.Number(args, "--features", 64),
            Rate: (int)Arguments.Number(args, "--rate", 300),
            Retention: TimeSpan.FromSeconds(Arguments.Number(args, "--retention", 20)));
        int every = (int)Arguments.Number(args, "--every", load.Phases / 20);
        string folder = Directory.CreateTempSubdirectory("phaseflow-soak-").FullName;
        try
        {
            Console.WriteLine($"machine    {Machine.Describe()}");
            Console.WriteLine("durability SQLite, WAL, synchronous=FULL; the host in a process of its own, its agents reached over HTTP");
            Console.WriteLine(
                $"work       {load.Phases:N0} phases in chains of {SoakRun.PhasesOfAFeature}, {load.AtOnce} features at once, at most {load.Rate} phases a second; of ten features one retries, one fails, one is cancelled");
            Console.WriteLine($"retention  {load.Retention.TotalSeconds:0} s, looked after each second");
            Console.WriteLine();
            return await RunAsync(folder, load, every) ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<bool> RunAsync(string folder, SoakLoad load, int every)
    {
        byte[] masterKey = RandomNumberGenerator.GetBytes(32);
        await using var host = HostProcess.Start(
            folder,
            FormattableString.Invariant($"PhaseFlow:Slots:Capacity={load.AtOnce}"),
            $"PhaseFlow:Webhooks:MasterKey={Convert.ToBase64String(masterKey)}",
            FormattableString.Invariant($"PhaseFlow:Retention:FinishedFeatures={load.Retention}"),
            "PhaseFlow:Retention:Interval=1s");
        using var client = new LoadClient(await host.UrlAsync(), masterKey);
        var files = new DataFiles(folder);
        var run = new SoakRun(host, client, load);
        using var enough = new CancellationTokenSource();
        var fold = new FeedFold(client.Http, load.AtOnce, run.Fault);
        Task following = fold.FollowAsync(enough.Token);
        List<SoakSample> samples = await SampleAsync(host, files, run, every);
        await SoakChecks.FoldIsTheReadModelAsync(client, fold, run);
        await SoakChecks.NothingIsLeftAsync(client, fold, files, run);
        await enough.CancelAsync();
        await following;

        bool isFlat = SoakSample.TellGrowth(samples);
        Console.WriteLine();
        Console.WriteLine($"launches   {run.Launches:N0}, each once; {run.Done:N0} reports accepted; {run.Features:N0} features, {fold.Removed:N0} of them removed by the end; {fold.Cursor:N0} changes told");
        foreach (string fault in run.Faults.Take(20))
        {
            Console.WriteLine($"FAULT      {fault}");
        }

        Console.WriteLine(run.Faults.Count > 0
            ? $"checks     {run.Faults.Count} FAULTS"
            : "checks     every launch once, cap held, order kept, nothing held or left at the end, the feed without a gap and its fold equal to what is read");
        return run.Faults.Count == 0 && isFlat;
    }

    private static async Task<List<SoakSample>> SampleAsync(HostProcess host, DataFiles files, SoakRun run, int every)
    {
        Console.WriteLine(SoakSample.Header);
        List<SoakSample> samples = [];
        Task work = run.RunAsync();
        double log = 0;
        long next = every;
        (long Done, long At) last = (0, System.Diagnostics.Stopwatch.GetTimestamp());
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(TimeSpan.FromMilliseconds(200)));
            log = Math.Max(log, files.Log);
            if (run.Done < next)
            {
                continue;
            }

            double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(last.At).TotalSeconds;
            var sample = new SoakSample(
                run.Done, (run.Done - last.Done) / seconds, host.Rss(), await host.HeapAsync(), files.File, log, files.OldestEnd(), files.Rows());
            last = (run.Done, System.Diagnostics.Stopwatch.GetTimestamp());
            samples.Add(sample);
            Console.WriteLine(sample);
            log = 0;
            next += every;
        }

        await work;
        return samples;
    }
}

/// <summary>How much, how fast, and for how long it is kept.</summary>
internal sealed record SoakLoad(int Phases, int AtOnce, int Rate, TimeSpan Retention);

/// <summary>How the host stood at one moment; sizes in MB.</summary>
internal sealed record SoakSample(
    long Phases, double Rate, double Rss, double Heap, double File, double Log, double Oldest, IReadOnlyDictionary<string, long> Rows)
{
    // What counts as growth is more than a tenth, and more than what one collection or one page cache more or less makes.
    private const double Tolerance = 1.10;

    public const string Header = "| phases | phases/s | RSS MB | live heap MB | file MB | log MB | oldest end s | rows | of them features · phases · changes · history |\n"
        + "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |";

    private long AllRows => Rows.Values.Sum();

    /// <summary>Compares the second fifth of the samples with the last, and says whether anything grows.</summary>
    public static bool TellGrowth(IReadOnlyList<SoakSample> samples)
    {
        Console.WriteLine();
        int fifth = samples.Count / 5;
        if (fifth == 0)
        {
            Console.WriteLine("growth     too few samples to tell");
            return true;
        }

        (string Name, Func<SoakSample, double> Of, double Slack)[] measures =
        [
            ("RSS MB", s => s.Rss, 10), ("live heap MB", s => s.Heap, 3), ("file MB", s => s.File, 2), ("log MB", s => s.Log, 4), ("rows", s => s.AllRows, 1000),
        ];
        bool isFlat = true;
        foreach ((string name, Func<SoakSample, double> of, double slack) in measures)
        {
            double before = samples.Skip(fifth).Take(fifth).Average(of);
            double after = samples.TakeLast(fifth).Average(of);
            bool isFlatHere = after <= (before * Tolerance) + slack;
            isFlat &= isFlatHere;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"growth     {name}: second fifth {before:N1}, last fifth {after:N1}, {(after - before) / before:+0.0%;-0.0%}: {(isFlatHere ? "flat" : "GROWS")}"));
        }

        return isFlat;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"| {Phases:N0} | {Rate:0} | {Rss:0} | {Heap:0.0} | {File:0.0} | {Log:0.0} | {Oldest:0} | {AllRows:N0} | {Rows["features"]:N0} · {Rows["phases"]:N0} · {Rows["changes"]:N0} · {Rows["engine_history"]:N0} |");
}
