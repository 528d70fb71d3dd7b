using System.Security.Cryptography;
using System.Text;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Benchmarks.Models;

/// <summary>An invariant does not hold in a state that can be reached.</summary>
internal sealed class ModelViolationException(string what) : Exception(what);

/// <summary>Goes through every state that any order of arrivals can lead to, breadth first, and checks each.</summary>
internal sealed class ModelChecker(ModelBounds bounds)
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Set to break the limiter: every second release is dropped. For the test that the checker notices.</summary>
    public bool DropsReleases { get; init; }

    /// <summary>Checks every state from the start of some features on; gives how many there are.</summary>
    /// <exception cref="ModelViolationException">One is wrong.</exception>
    public long Check(params FeaturePlan[] plans)
    {
        var seen = new HashSet<UInt128>();
        var open = new Queue<ModelState>();
        Visit(Begin(plans));
        while (open.TryDequeue(out ModelState? state))
        {
            bool any = false;
            foreach (ModelState next in Next(state))
            {
                any = true;
                Visit(next);
            }

            if (!any)
            {
                CheckEnd(state);
            }
        }

        return seen.Count;

        void Visit(ModelState state)
        {
            if (seen.Add(Hash(state.Key())))
            {
                CheckState(state);
                open.Enqueue(state);
            }
        }
    }

    private static UInt128 Hash(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        return new UInt128(BitConverter.ToUInt64(hash), BitConverter.ToUInt64(hash[8..]));
    }

    private static void Require(bool holds, int invariant, string what)
    {
        if (!holds)
        {
            throw new ModelViolationException($"invariant {invariant}: {what}");
        }
    }

    private ModelState Begin(FeaturePlan[] plans)
    {
        var state = new ModelState(
            [.. plans.Select((p, i) => FeatureRun.Create(i + 1, p))],
            SlotLedger.Empty(bounds.Slots),
            [.. plans.Select(_ => SlotExchange.Nothing)],
            [],
            [],
            [],
            bounds.Duplicates,
            bounds.Reloads);
        for (int f = 0; f < plans.Length; f++)
        {
            state = Apply(state, f, new FeatureCommand(1, CommandKind.Execute));
        }

        return state;
    }

    private IEnumerable<ModelState> Next(ModelState state)
    {
        for (int i = 0; i < state.UnderWay.Length; i++)
        {
            ModelState without = state with { UnderWay = state.UnderWay.RemoveAt(i) };
            yield return Arrive(without, state.UnderWay[i]);
            if (state.Duplicates > 0)
            {
                // It arrives, and comes again some time.
                yield return Arrive(state with { Duplicates = state.Duplicates - 1 }, state.UnderWay[i], isCopy: true);
            }
        }

        foreach ((int feature, int phase, int attempt) in state.Agents)
        {
            ModelState ended = state with { Agents = state.Agents.Remove((feature, phase, attempt)) };
            foreach (bool completed in (bool[])[true, false])
            {
                yield return ended with { UnderWay = ended.UnderWay.Add(new Word(feature, new AgentReport(SeqOf(phase, attempt), phase, attempt, completed))) };
            }
        }

        if (state.Reloads > 0)
        {
            for (int f = 0; f < state.Runs.Length; f++)
            {
                yield return Apply(state with { Reloads = state.Reloads - 1 }, f, new Loaded());
            }
        }
    }

    // The store numbers reports as they come. Which number one has makes no difference, so each has its own: fewer states, and none is lost.
    private long SeqOf(int phase, int attempt) => 1 + ((phase - 1) * bounds.Attempts) + attempt;

    private ModelState Arrive(ModelState state, UnderWay item, bool isCopy = false)
    {
        switch (item)
        {
            case ExchangeCall call:
                SlotExchange exchange = DropsReleases ? call.Exchange with { Released = [.. call.Exchange.Released.Where((_, i) => i % 2 == 1)] } : call.Exchange;
                (SlotLedger ledger, SlotExchangeResult result) = state.Ledger.Exchange(exchange, Now);
                state = state with
                {
                    Ledger = ledger,
                    UnderWay = state.UnderWay.AddRange(result.Granted.Select(g =>
                        new Word(g.FeatureId - 1, new SlotGranted(PhaseOf(g.QueueId), g.Attempt, g.Slot)))),
                };
                return isCopy ? state : Send(state, call.Feature);
            case LaunchCall call:
                (int, int, int) name = (call.Feature, call.Launch.Phase, call.Launch.Attempt);
                if (!state.Launched.Contains(name))
                {
                    state = state with { Agents = state.Agents.Add(name), Launched = state.Launched.Add(name) };
                }

                return state with { UnderWay = state.UnderWay.Add(new Word(call.Feature, new Launched(call.Launch.Phase, call.Launch.Attempt, 7))) };
            case Word word:
                return Apply(state, word.Feature, word.Message);
            default:
                throw new InvalidOperationException($"Nothing lets {item} arrive.");
        }
    }

    private static int PhaseOf(string queueId) => QueueId.TryParse(queueId, out _, out int phase) ? phase : throw new InvalidOperationException(queueId);

    private static ModelState Apply(ModelState state, int feature, RunMessage message)
    {
        FeatureRun before = state.Runs[feature];
        RunStep step = before.Apply(message, Now);
        foreach (PhaseState phase in step.Run.Phases.Values)
        {
            PhaseState old = before.Phases[phase.Number];
            Require(old.Status != PhaseStatus.Completed || phase.Status == PhaseStatus.Completed, 11, $"a completed phase becomes {phase.Status}");
            Require(phase.Attempt - old.Attempt is 0 or 1, 6, "an attempt is skipped or comes back");
        }

        ModelState after = state with { Runs = state.Runs.SetItem(feature, step.Run) };
        foreach (RunEffect effect in step.Effects)
        {
            after = effect switch
            {
                ExchangeSlots exchange => after with { Unsent = after.Unsent.SetItem(feature, after.Unsent[feature].Then(exchange.Exchange)) },
                LaunchPhase launch => Launch(after, feature, launch),
                _ => after,
            };
        }

        return Send(after, feature);
    }

    private static ModelState Launch(ModelState state, int feature, LaunchPhase launch)
    {
        FeatureRun run = state.Runs[feature];
        Require(run.Phases[launch.Phase].Slot is not null, 2, "a phase is launched without a slot");
        Require(run.Phases[launch.Phase].Rule.DependsOn.All(d => run.Phases[d].Status == PhaseStatus.Completed), 4, "a phase is launched before what it depends on");
        return state with { UnderWay = state.UnderWay.Add(new LaunchCall(feature, launch)) };
    }

    /// <summary>Calls the limiter, one call at a time for each feature.</summary>
    private static ModelState Send(ModelState state, int feature) =>
        state.Unsent[feature].IsNothing || state.UnderWay.Any(u => u is ExchangeCall call && call.Feature == feature)
            ? state
            : state with
            {
                UnderWay = state.UnderWay.Add(new ExchangeCall(feature, state.Unsent[feature])),
                Unsent = state.Unsent.SetItem(feature, SlotExchange.Nothing),
            };

    private void CheckState(ModelState state)
    {
        SlotLedger ledger = state.Ledger;
        Require(ledger.Held.Length <= bounds.Slots && ledger.Held.Select(h => h.Slot).Distinct().Count() == ledger.Held.Length, 1, "a slot too many is held");
        Require(ledger.Held.Length == bounds.Slots || ledger.Waiting.IsEmpty, 8, "a slot is free and somebody waits");
        foreach ((int feature, int phase, int attempt) in state.Agents)
        {
            Require(ledger.Held.Any(h => h.QueueId == state.QueueIdOf(feature, phase) && h.Attempt == attempt), 2, $"phase {phase} attempt {attempt} works without a slot");
        }

        for (int f = 0; f < state.Runs.Length; f++)
        {
            foreach (PhaseState phase in state.Runs[f].Phases.Values)
            {
                CheckPhase(state, f, phase);
            }
        }
    }

    private static void CheckPhase(ModelState state, int feature, PhaseState phase)
    {
        string name = state.QueueIdOf(feature, phase.Number);
        bool holds = state.Ledger.Held.Any(h => h.QueueId == name && h.Attempt == phase.Attempt);
        if (phase.Status.HoldsSlot())
        {
            Require(holds, 2, $"{name} runs without a slot");
            Require(phase.DeadlineAt is not null, 10, $"{name} runs without a deadline");
            return;
        }

        bool isLost = phase.Rule.DependsOn.Any(d => state.Runs[feature].Phases[d].Status is PhaseStatus.Failed or PhaseStatus.Blocked);
        Require(!isLost || phase.Status.IsSettled(), 5, $"{name} is {phase.Status} behind a failure");
        bool isToldOf = IsUnderWay(state, feature, name);
        if (phase.Status == PhaseStatus.Ready)
        {
            Require(holds || isToldOf || state.Ledger.Waiting.Any(w => w.QueueId == name && w.Attempt == phase.Attempt), 8, $"{name} waits for nothing");
        }
        else if (phase.Status.IsSettled())
        {
            Require(!holds || isToldOf, 3, $"{name} is {phase.Status} and holds a slot that nobody gives back");
        }
    }

    private static bool IsUnderWay(ModelState state, int feature, string name) =>
        Names(state.Unsent[feature], name) || state.UnderWay.Any(u => u is ExchangeCall call && Names(call.Exchange, name));

    private static bool Names(SlotExchange exchange, string name) =>
        exchange.Released.Any(r => r.QueueId == name) || exchange.Requested.Any(r => r.QueueId == name);

    private static void CheckEnd(ModelState state)
    {
        Require(state.Runs.All(r => r.Status.IsFinished()), 8, "nothing is under way and a feature has not ended");
        Require(state.Ledger.Held.IsEmpty && state.Ledger.Waiting.IsEmpty, 3, "everything is over and a slot is held");
    }
}
