using System.Diagnostics;
using System.Globalization;
using PhaseFlow.Benchmarks.Fuzzing;

namespace PhaseFlow.Benchmarks;

/// <summary>The command <c>fuzz</c>.</summary>
internal static class FuzzCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        long inputs = Arguments.Number(args, "--inputs", 100_000);
        long from = Arguments.Number(args, "--from", 1);
        var most = TimeSpan.FromMinutes(Arguments.Number(args, "--minutes", 100_000));
        var clock = Stopwatch.StartNew();
        Console.WriteLine(Machine.Describe());
        FuzzResult result = await Fuzzer.RunAsync(from, inputs, done =>
        {
            if (done % 100_000 == 0)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed:hh\\:mm\\:ss} {done:N0} inputs"));
            }

            return clock.Elapsed < most;
        });
        foreach (string fault in result.Faults)
        {
            Console.WriteLine(fault);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{result.Inputs} inputs, {result.Accepted} accepted, {result.Faults.Count} faults"));
        return result.Faults.Count == 0 ? 0 : 1;
    }
}
