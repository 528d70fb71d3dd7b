using System.Collections.Concurrent;

namespace PhaseFlow.EndToEnd.Tests.Crash;

/// <summary>Many cases, some at a time.</summary>
internal static class CrashSuite
{
    /// <summary>Runs the feature undisturbed and gives the points that it passes.</summary>
    /// <exception cref="InvalidOperationException">Even that does not end as it must.</exception>
    public static async Task<IReadOnlyList<string>> MeasureAsync()
    {
        using var whole = new CrashCase([]);
        CrashOutcome outcome = await whole.RunAsync();
        return outcome.Violations.Count == 0
            ? outcome.Passed
            : throw new InvalidOperationException($"An undisturbed run fails: {string.Join("; ", outcome.Violations)}");
    }

    /// <summary>So many points out of all, spread over the run: one of each equal part of it, which the seed chooses.</summary>
    public static int[] Sample(int points, int count, int seed)
    {
        var random = new Random(seed);
        count = Math.Min(count, points);
        return [.. Enumerable.Range(0, count).Select(i => 1 + random.Next(points * i / count, points * (i + 1) / count))];
    }

    public static async Task<IReadOnlyList<CrashOutcome>> RunAsync(IEnumerable<int[]> cases, int atOnce, Action<CrashOutcome>? done = null)
    {
        var outcomes = new ConcurrentQueue<CrashOutcome>();
        await Parallel.ForEachAsync(cases, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (at, _) =>
        {
            using var one = new CrashCase(at);
            CrashOutcome outcome = await one.RunAsync();
            outcomes.Enqueue(outcome);
            done?.Invoke(outcome);
        });
        return [.. outcomes];
    }
}
