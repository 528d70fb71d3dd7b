using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Benchmarks.Models;

/// <summary>An invariant does not hold in a state that can be reached.</summary>
internal sealed class ModelViolationException(string what) : Exception(what);

/// <summary>What must hold in a model. What is about one part is checked when the part is reached first.</summary>
internal static class ModelInvariants
{
    public static void CheckStep(FeatureRun before, RunStep step)
    {
        foreach (PhaseState phase in step.Run.Phases.Values)
        {
            PhaseState old = before.Phases[phase.Number];
            Require(old.Status != PhaseStatus.Completed || phase.Status == PhaseStatus.Completed, 11, $"a completed phase becomes {phase.Status}");
            Require(phase.Attempt - old.Attempt is 0 or 1, 6, "an attempt is skipped or comes back");
        }

        // Nobody cancels and nothing is forgotten here: so no repetition and no order may look as if a step had been.
        Require(!step.Effects.OfType<StopAgent>().Any(), 2, "an agent is stopped for nothing");
        foreach (LaunchPhase launch in step.Effects.OfType<LaunchPhase>())
        {
            PhaseState phase = step.Run.Phases[launch.Phase];
            Require(phase.Slot is not null, 2, "a phase is launched without a slot");
            Require(phase.Rule.DependsOn.All(d => step.Run.Phases[d].Status == PhaseStatus.Completed), 4, "a phase is launched before what it depends on");
        }
    }

    public static void CheckRun(FeatureRun run)
    {
        foreach (PhaseState phase in run.Phases.Values)
        {
            Require(!phase.Status.HoldsSlot() || phase.DeadlineAt is not null, 10, $"phase {phase.Number} runs without a deadline");
            bool isLost = !phase.Status.HoldsSlot() && phase.Rule.DependsOn.Any(d => run.Phases[d].Status is PhaseStatus.Failed or PhaseStatus.Blocked);
            Require(!isLost || phase.Status.IsSettled(), 5, $"phase {phase.Number} is {phase.Status} behind a failure");
        }
    }

    public static void CheckLedger(SlotLedger ledger, int slots)
    {
        Require(ledger.Held.Length <= slots && ledger.Held.Select(h => h.Slot).Distinct().Count() == ledger.Held.Length, 1, "a slot too many is held");
        Require(ledger.Held.Length == slots || ledger.Waiting.IsEmpty, 8, "a slot is free and somebody waits");
    }

    public static void CheckState(ModelState state, ModelParts parts)
    {
        Runs runs = parts.RunsOf(state);
        Limiter limiter = parts.LedgerOf(state);
        int told = parts.UnsentOf(state).Told | parts.FlightOf(state).Told;
        RequireNone(state.Agents & ~limiter.Held, 2, "works without a slot");
        RequireNone(runs.Running & ~limiter.Held, 2, "runs without a slot");
        RequireNone(runs.Ready & ~(limiter.Held | limiter.Waiting | told), 8, "waits for nothing");
        RequireNone(runs.Settled & limiter.Held & ~told, 3, "is over and holds a slot that nobody gives back");

        void RequireNone(int attempts, int invariant, string what)
        {
            if (attempts != 0)
            {
                Require(false, invariant, $"{parts.Describe(attempts)} {what}");
            }
        }
    }

    /// <summary>Checks a state in which nothing more can arrive for the first time.</summary>
    public static void CheckEnd(ModelState state, ModelParts parts)
    {
        Require(parts.RunsOf(state).AreFinished, 8, "nothing is under way and a feature has not ended");
        Require((parts.LedgerOf(state).Held | parts.LedgerOf(state).Waiting) == 0, 3, "everything is over and a slot is held");
    }

    private static void Require(bool holds, int invariant, string what)
    {
        if (!holds)
        {
            throw new ModelViolationException($"invariant {invariant}: {what}");
        }
    }
}
