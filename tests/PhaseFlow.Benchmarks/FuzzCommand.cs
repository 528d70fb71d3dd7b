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
        int parallel = (int)Arguments.Number(args, "--parallel", Environment.ProcessorCount);
        var most = TimeSpan.FromMinutes(Arguments.Number(args, "--minutes", 100_000));
        var clock = Stopwatch.StartNew();
        TimeSpan told = TimeSpan.Zero;
        long before = 0;
        Console.WriteLine(Machine.Describe());
        var fuzzer = new Fuzzer(from, inputs)
        {
            GoesOn = done =>
            {
                TimeSpan now = clock.Elapsed;
                if (now - told >= TimeSpan.FromSeconds(10))
                {
                    Write($"{now:hh\\:mm\\:ss} {done:N0} inputs, {(done - before) / (now - told).TotalSeconds:N0}/s");
                    (told, before) = (now, done);
                }

                return now < most;
            },
        };
        FuzzResult result = await fuzzer.RunAsync(parallel);
        foreach (string fault in result.Faults)
        {
            Console.WriteLine(fault);
        }

        foreach ((FuzzArea area, long tried, long accepted) in result.Areas)
        {
            Write($"{area}: {tried:N0} inputs, {accepted:N0} accepted");
        }

        TimeSpan work = Process.GetCurrentProcess().TotalProcessorTime;
        Write($"{result.Inputs:N0} inputs in {clock.Elapsed:hh\\:mm\\:ss}, {result.Inputs / work.TotalSeconds:N0} for each second of a core, {result.Faults.Count} faults");
        return result.Faults.Count == 0 ? 0 : 1;
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
