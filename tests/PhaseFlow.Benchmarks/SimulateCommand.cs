using System.Diagnostics;
using System.Globalization;
using PhaseFlow.Benchmarks.Simulation;

namespace PhaseFlow.Benchmarks;

/// <summary>The command <c>simulate</c>.</summary>
internal static class SimulateCommand
{
    public static int Run(string[] args)
    {
        long seeds = Arguments.Number(args, "--seeds", 10_000);
        long from = Arguments.Number(args, "--from", 1);
        int parallel = (int)Arguments.Number(args, "--parallel", Environment.ProcessorCount);
        bool forgets = args.Contains("--forgets");
        var most = TimeSpan.FromMinutes(Arguments.Number(args, "--minutes", 100_000));
        var clock = Stopwatch.StartNew();
        Console.WriteLine(Machine.Describe());
        SimulationResult result = Simulations.Run(from, seeds, parallel, forgets: forgets, goesOn: (done, steps) =>
        {
            if (done % 10_000 == 0)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed:hh\\:mm\\:ss} {done:N0} seeds, {steps:N0} steps"));
            }

            return clock.Elapsed < most;
        });
        foreach ((long seed, ViolationException violation) in result.Violations)
        {
            (World world, ViolationException caught) = Simulations.Shorten(WorldOptions.Of(seed, forgets: forgets), violation);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nSeed {seed}: {violation.Message}\nThe shortest story of it found, {world.Options}:"));
            string[] story = [.. world.Story];
            foreach (string line in story.Length <= 240 ? story : [.. story[..120], "...", .. story[^120..]])
            {
                Console.WriteLine(line);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"=> {caught.Message}\nAgain: simulate --seeds 1 --from {seed}{(forgets ? " --forgets" : "")}"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Seeds} seeds, {result.Violations.Count} violations, {result.Steps} steps"));
        return result.Violations.Count == 0 ? 0 : 1;
    }
}
