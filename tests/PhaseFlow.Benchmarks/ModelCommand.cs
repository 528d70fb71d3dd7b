using System.Diagnostics;
using System.Globalization;
using PhaseFlow.Benchmarks.Models;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Benchmarks;

/// <summary>The command <c>model</c>.</summary>
internal static class ModelCommand
{
    public static int Run(string[] args)
    {
        int phases = (int)Arguments.Number(args, "--phases", 4);
        int duplicates = (int)Arguments.Number(args, "--duplicates", 2);
        int reloads = (int)Arguments.Number(args, "--reloads", 0);
        var bounds = new ModelBounds((int)Arguments.Number(args, "--slots", 2), (int)Arguments.Number(args, "--attempts", 1), duplicates, reloads);
        var clock = Stopwatch.StartNew();
        Console.WriteLine(Machine.Describe());
        long states = 0;
        int graphs = 0;
        int violations = 0;
        for (int n = 1; n <= phases; n++)
        {
            foreach (FeaturePlan plan in ModelPlans.AllOf(n, bounds.Attempts))
            {
                try
                {
                    states += new ModelChecker(bounds).Check(plan);
                }
                catch (ModelViolationException violation)
                {
                    violations++;
                    Console.WriteLine($"{plan.Title}: {violation.Message}");
                }

                graphs++;
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed:hh\\:mm\\:ss} up to {n} phases: {graphs} graphs, {states:N0} states"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{graphs} graphs, {states} states, {violations} violations"));
        return violations == 0 ? 0 : 1;
    }
}
