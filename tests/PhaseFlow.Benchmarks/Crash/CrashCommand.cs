using System.Diagnostics;
using System.Globalization;
using PhaseFlow.EndToEnd.Tests.Crash;

namespace PhaseFlow.Benchmarks.Crash;

/// <summary>Kills the host at every durable boundary, and again while it recovers, and checks what must hold each time.</summary>
internal static class CrashCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        if (!TryRead(args, out Dictionary<string, int> options))
        {
            return 2;
        }

        long start = Stopwatch.GetTimestamp();
        int seed = options["--seed"];
        IReadOnlyList<string> passed = await CrashSuite.MeasureAsync();
        Console.WriteLine(Machine.Describe());
        Console.WriteLine($"{passed.Count} points in an undisturbed run, seed {seed}: {Kinds(passed)}");
        int[] singles = options["--only"] > 0
            ? [options["--only"]]
            : [.. Enumerable.Range(1, passed.Count).Where(n => n >= options["--from"] && (n - options["--from"]) % options["--every"] == 0)];
        int[] first = CrashSuite.Sample(passed.Count, options["--pairs"], seed);

        // A recovery is the shorter the later the first crash; half of an undisturbed run is what most of them pass.
        int[] second = CrashSuite.Sample(passed.Count / 2, options["--pairs"], seed + 1);
        new Random(seed).Shuffle(second);

        int done = 0;
        int total = singles.Length + first.Length;
        IReadOnlyList<CrashOutcome> outcomes = await CrashSuite.RunAsync(
            [.. singles.Select(n => new[] { n }), .. first.Zip(second, (a, b) => new[] { a, b })],
            options["--at-once"],
            outcome =>
            {
                int count = Interlocked.Increment(ref done);
                if (outcome.Violations.Count > 0)
                {
                    Console.WriteLine(outcome);
                }
                else if (count % 25 == 0)
                {
                    Console.WriteLine($"{count} of {total} in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
                }
            });

        int survived = outcomes.Count(o => o.Violations.Count == 0);
        int kills = outcomes.Sum(o => o.Points.Count);
        Console.WriteLine($"{kills} kills in {outcomes.Count} cases, {outcomes.Count(o => o.Points.Count == 0)} of them over before their point, {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
        Console.WriteLine($"killed at: {Kinds([.. outcomes.SelectMany(o => o.Points)])}");
        Console.WriteLine($"crash points survived {survived}/{outcomes.Count}");
        return survived == outcomes.Count ? 0 : 1;
    }

    private static string Kinds(IEnumerable<string> points) => string.Join(
        ", ", points.GroupBy(p => p[(p.IndexOf(' ', StringComparison.Ordinal) + 1)..]).OrderByDescending(g => g.Count()).Select(g => $"{g.Count()} {g.Key}"));

    private static bool TryRead(string[] args, out Dictionary<string, int> options)
    {
        options = new() { ["--every"] = 1, ["--from"] = 1, ["--only"] = 0, ["--pairs"] = 0, ["--seed"] = 1, ["--at-once"] = Environment.ProcessorCount * 2 };
        for (int i = 0; i < args.Length; i += 2)
        {
            if (!options.ContainsKey(args[i]) || i + 1 == args.Length || !int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int value))
            {
                Console.Error.WriteLine($"crash: what is {string.Join(' ', args[i..])}? It takes {string.Join(", ", options.Keys)}, each with a number.");
                return false;
            }

            options[args[i]] = value;
        }

        return options["--every"] > 0 && options["--at-once"] > 0;
    }
}
