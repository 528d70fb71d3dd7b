using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Benchmarks.Models;

/// <summary>The rules of a model: the real ones, or for a test of the checker others. They must be pure: a step is taken once and then known.</summary>
internal sealed record ModelRules
{
    public Func<FeatureRun, RunMessage, DateTimeOffset, RunStep> Step { get; init; } = (run, message, now) => run.Apply(message, now);

    public Func<SlotLedger, SlotExchange, DateTimeOffset, (SlotLedger Ledger, SlotExchangeResult Result)> Exchange { get; init; } =
        (ledger, exchange, now) => ledger.Exchange(exchange, now);
}

/// <summary>Goes through every state that any order of arrivals can lead to, and checks each.</summary>
internal sealed class ModelChecker(ModelBounds bounds)
{
    public ModelRules Rules { get; init; } = new();

    /// <summary>How many states have been checked so far. Another thread may ask.</summary>
    public long States { get; private set; }

    /// <summary>Checks every state from the start of some features on; gives how many there are.</summary>
    /// <remarks>
    /// A state goes on like one with fewer repetitions left, and further. So all those with the most are gone through before any with fewer, and one that differs from a
    /// known one only in having fewer left, or none, is not gone through again.
    /// </remarks>
    /// <exception cref="ModelViolationException">One is wrong.</exception>
    public long Check(params FeaturePlan[] plans)
    {
        var parts = new ModelParts(bounds, Rules, plans);
        var known = new StateSet(); // with what may come again
        var bare = new StateSet(); // without
        var open = new Stack<ModelState>();
        var later = new StateSet(); // with one repetition less left
        later.Add(parts.Start);
        States = 0;
        for (int left = bounds.Duplicates; left >= 0; left--)
        {
            IEnumerable<ModelState> first = later.All();
            later = new StateSet();
            known = left == 0 ? new StateSet() : known;
            foreach (ModelState begin in first)
            {
                Visit(begin, left);
                while (open.TryPop(out ModelState state))
                {
                    GoOn(state, left);
                }
            }
        }

        return States;

        void Visit(ModelState state, int left)
        {
            ModelState without = state with { Arrived = 0 };
            if (left == 0 ? bare.Add(without) : known.Add(state))
            {
                if (left > 0)
                {
                    bare.Add(without);
                }

                States++;
                ModelInvariants.CheckState(state, parts);
                open.Push(state);
            }
        }

        void GoOn(ModelState state, int left)
        {
            string items = parts.FlightOf(state).Items;
            for (int i = 0; i < items.Length; i++)
            {
                if (i == 0 || items[i] != items[i - 1])
                {
                    ModelState taken = parts.Without(state, items[i]);
                    Visit(parts.Arrive(left > 0 ? parts.Remember(taken, items[i]) : taken, items[i]), left);
                }
            }

            for (int i = 0; i < parts.Reports.Length; i++)
            {
                if ((state.Agents & (1 << i)) != 0)
                {
                    ModelState ended = state with { Agents = (byte)(state.Agents & ~(1 << i)) };
                    Visit(parts.With(ended, parts.Reports[i].Completed), left);
                    Visit(parts.With(ended, parts.Reports[i].Failed), left);
                }
            }

            if (items.Length == 0 && state.Agents == 0)
            {
                ModelInvariants.CheckEnd(state, parts);
            }

            if (parts.RunsOf(state).Reloads > 0)
            {
                foreach (char load in parts.Loads)
                {
                    Visit(parts.Arrive(state, load), left);
                }
            }

            // Whatever has arrived comes once more.
            if (left > 0)
            {
                ModelState repeated = left == 1 ? state with { Arrived = 0 } : state;
                foreach (char item in parts.ArrivedOf(state))
                {
                    ModelState next = parts.Arrive(repeated, item, isCopy: true);
                    if (!(left == 1 ? bare : known).Contains(next))
                    {
                        later.Add(next);
                    }
                }
            }
        }
    }
}
