using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace PhaseFlow.EndToEnd.Tests.Crash;

/// <summary>A sample of the crash points; all of them: <c>dotnet run -c Release --project tests/PhaseFlow.Benchmarks -- crash</c>.</summary>
public sealed class CrashPointTests(ITestOutputHelper log)
{
    private const int Points = 36;
    private const int Pairs = 6;
    private const int AtOnce = 6;

    // Set to the seed that a failure prints, to see it again.
    private static readonly int Seed = int.TryParse(Environment.GetEnvironmentVariable("PHASEFLOW_TEST_SEED"), CultureInfo.InvariantCulture, out int seed)
        ? seed
        : Random.Shared.Next();

    [Fact]
    public async Task Host_WhenItIsKilledAtAnyDurableBoundary_GoesOnAsIfItHadNotBeen()
    {
        IReadOnlyList<string> passed = await CrashSuite.MeasureAsync();
        log.WriteLine($"seed {Seed}, {passed.Count} points");
        int[] first = CrashSuite.Sample(passed.Count, Pairs, Seed + 1);
        int[] second = CrashSuite.Sample(passed.Count / 4, Pairs, Seed + 2);

        IReadOnlyList<CrashOutcome> outcomes = await CrashSuite.RunAsync(
            [.. CrashSuite.Sample(passed.Count, Points, Seed).Select(n => new[] { n }), .. first.Zip(second, (a, b) => new[] { a, b })], AtOnce);

        CrashOutcome[] failed = [.. outcomes.Where(o => o.Violations.Count > 0)];
        Assert.True(failed.Length == 0, $"seed {Seed}\n{string.Join("\n\n", failed.AsEnumerable())}");
        Assert.All(["commit", "release", "answer", "launch", "write"], kind => Assert.Contains(passed, p => p.Contains($" {kind}", StringComparison.Ordinal)));
        log.WriteLine($"crash points survived {outcomes.Count}/{outcomes.Count}");
    }
}
