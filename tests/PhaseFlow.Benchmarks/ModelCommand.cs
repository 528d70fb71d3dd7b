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
        var bounds = new ModelBounds(
            (int)Arguments.Number(args, "--slots", 2),
            (int)Arguments.Number(args, "--attempts", 1),
            (int)Arguments.Number(args, "--duplicates", 2),
            (int)Arguments.Number(args, "--reloads", 0));
        var clock = Stopwatch.StartNew();
        Console.WriteLine(Machine.Describe());

        // The fewer edges, the more orders: the heaviest come first, so that no core is left with one at the end.
        var plans = new Queue<FeaturePlan>(Enumerable.Range(1, phases).SelectMany(n => ModelPlans.AllOf(n, bounds.Attempts))
            .OrderByDescending(p => p.Phases.Length).ThenBy(p => p.Phases.Sum(phase => phase.DependsOn.Length)));
        int graphs = plans.Count;
        int done = 0;
        int violations = 0;
        long states = 0;
        var running = new Dictionary<ModelChecker, FeaturePlan>();
        Thread[] jobs = [.. Enumerable.Range(0, (int)Arguments.Number(args, "--jobs", Environment.ProcessorCount)).Select(_ => new Thread(Work))];
        Array.ForEach(jobs, j => j.Start());
        foreach (Thread job in jobs)
        {
            while (!job.Join(TimeSpan.FromMinutes(1)))
            {
                lock (plans)
                {
                    Say($"{done}/{graphs} so far: {string.Join("; ", running.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Value.Title}: {r.Key.States:N0}")))}");
                }
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{graphs} graphs, {states:N0} states, {violations} violations, {clock.Elapsed:hh\\:mm\\:ss}, at most {Process.GetCurrentProcess().PeakWorkingSet64 >> 20:N0} MiB"));
        return violations == 0 ? 0 : 1;

        void Work()
        {
            while (Next() is var (checker, plan))
            {
                var own = Stopwatch.StartNew();
                string what;
                long found = 0;
                try
                {
                    found = checker.Check(plan);
                    what = string.Create(CultureInfo.InvariantCulture, $"{found:N0} states in {own.Elapsed.TotalSeconds:0.0} s");
                }
                catch (ModelViolationException violation)
                {
                    what = violation.Message;
                }

                lock (plans)
                {
                    done++;
                    states += found;
                    violations += found == 0 ? 1 : 0;
                    running.Remove(checker);
                    Say($"{done}/{graphs} {plan.Title}: {what}");
                }
            }
        }

        (ModelChecker Checker, FeaturePlan Plan)? Next()
        {
            lock (plans)
            {
                if (!plans.TryDequeue(out FeaturePlan? plan))
                {
                    return null;
                }

                var checker = new ModelChecker(bounds);
                running.Add(checker, plan);
                return (checker, plan);
            }
        }

        void Say(string what) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed:hh\\:mm\\:ss} {what}"));
    }
}
