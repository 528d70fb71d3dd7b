using System.Runtime.CompilerServices;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Core.Tests.Runs.Simulation;

/// <summary>What must be true after every step of the model world. The numbers are those of the list of invariants that every simulation uses.</summary>
internal static class WorldInvariants
{
    private static readonly Dictionary<PhaseStatus, PhaseStatus[]> Table = new()
    {
        [PhaseStatus.Queued] = [PhaseStatus.Running, PhaseStatus.Ready, PhaseStatus.AwaitingApproval, PhaseStatus.Blocked, PhaseStatus.Cancelled],
        [PhaseStatus.Ready] = [PhaseStatus.Running, PhaseStatus.Queued, PhaseStatus.AwaitingApproval, PhaseStatus.Cancelled],
        [PhaseStatus.Running] =
        [
            PhaseStatus.Completed, PhaseStatus.Failed, PhaseStatus.Cancelled, PhaseStatus.Queued, PhaseStatus.Ready, PhaseStatus.AwaitingAnswer,
            PhaseStatus.AwaitingApproval,
        ],
        [PhaseStatus.AwaitingAnswer] =
        [
            PhaseStatus.Completed, PhaseStatus.Failed, PhaseStatus.Cancelled, PhaseStatus.Queued, PhaseStatus.Ready, PhaseStatus.Running,
            PhaseStatus.AwaitingApproval,
        ],
        [PhaseStatus.Completed] = [],
        [PhaseStatus.Failed] = [PhaseStatus.Queued, PhaseStatus.Ready, PhaseStatus.Blocked, PhaseStatus.AwaitingApproval],
        [PhaseStatus.Cancelled] = [PhaseStatus.Running, PhaseStatus.Queued, PhaseStatus.Ready, PhaseStatus.Blocked, PhaseStatus.AwaitingApproval],
        [PhaseStatus.Blocked] = [PhaseStatus.Queued, PhaseStatus.Cancelled],
        [PhaseStatus.AwaitingApproval] = [PhaseStatus.Queued, PhaseStatus.Ready, PhaseStatus.Failed, PhaseStatus.Cancelled],
    };

    /// <summary>Checks what one message did to one run.</summary>
    public static void CheckStep(FeatureRun before, RunMessage message, RunStep step)
    {
        FeatureRun after = step.Run;
        Require(11, after.Version >= before.Version, $"the version went back");
        foreach (LaunchPhase launch in step.Effects.OfType<LaunchPhase>())
        {
            Require(2, after.Phases[launch.Phase] is { Slot: not null } phase && phase.Attempt == launch.Attempt, $"phase {launch.Phase} is launched without a slot");
            Require(
                4, after.Phases[launch.Phase].Rule.DependsOn.All(d => after.Phases[d].Status == PhaseStatus.Completed),
                $"phase {launch.Phase} is launched before what it depends on");
        }

        foreach (PhaseState phase in after.Phases.Values)
        {
            if (!before.Phases.TryGetValue(phase.Number, out PhaseState? old) || ReferenceEquals(old, phase))
            {
                continue;
            }

            Require(
                11, phase.Status != PhaseStatus.Running || old.Status is PhaseStatus.Ready or PhaseStatus.AwaitingAnswer or PhaseStatus.Running
                    || phase.Stopping != StopReason.None, $"phase {phase.Number} runs from {old.Status}");
            Require(11, old.Status == phase.Status || Table[old.Status].Contains(phase.Status), $"phase {phase.Number} went from {old.Status} to {phase.Status}");
            Require(6, phase.Attempt == old.Attempt || (phase.Attempt == old.Attempt + 1 && phase.Status == PhaseStatus.Ready), $"phase {phase.Number} skipped an attempt");
            Require(
                7, phase.Status != PhaseStatus.Completed || old.Status == PhaseStatus.Completed
                    || (message is AgentReport { Completed: true } report && report.Phase == phase.Number && report.Attempt == old.Attempt),
                $"phase {phase.Number} was completed by {message}");
        }
    }

    /// <summary>Checks that nothing starts once the cap was reached, but for what a person lets pass.</summary>
    public static void CheckSpend(SimulatedFeature feature, FeatureRun before, RunMessage message, RunStep step)
    {
        bool wasSpent = feature.Spent >= feature.Cap;
        foreach (PhaseState phase in step.Run.Phases.Values)
        {
            PhaseState? old = before.Phases.GetValueOrDefault(phase.Number);
            bool starts = phase.Status.HoldsSlot() && old?.Status.HoldsSlot() != true && phase.Stopping == StopReason.None;
            Require(13, !wasSpent || !starts || phase.MayPassCap, $"phase {phase.Number} starts after {feature.Spent} of {feature.Cap} were spent");
            Require(
                13, phase.MayPassCap == (old?.MayPassCap ?? false)
                    || (wasSpent && message is FeatureCommand { Kind: CommandKind.Approve } command && command.Phase == phase.Number),
                $"nobody let phase {phase.Number} pass the cap");
        }
    }

    /// <summary>Checks the whole world between two steps.</summary>
    public static void CheckWorld(SimulatedWorld world)
    {
        SlotLedger ledger = world.Ledger;
        Require(1, ledger.Held.Length <= ledger.Capacity, $"more slots are held than there are");
        Require(1, ledger.Held.Select(h => h.Slot).Distinct().Count() == ledger.Held.Length, $"a slot was given twice");
        Require(8, ledger.Held.Length == ledger.Capacity || ledger.Waiting.IsEmpty, $"a slot is free and somebody waits");
        foreach (SimulatedFeature feature in world.Features)
        {
            foreach (PhaseState phase in feature.Run.Phases.Values)
            {
                CheckPhase(world, feature, phase);
            }
        }

        foreach (SlotHolder holder in ledger.Held)
        {
            SimulatedFeature feature = world.Features[holder.FeatureId - 1];
            PhaseState phase = feature.Run.Phases.Values.Single(p => feature.QueueIdOf(p.Number) == holder.QueueId);
            bool needed = phase.Status.HoldsSlot() && phase.Attempt == holder.Attempt;
            Require(phase.Status.IsSettled() ? 3 : 2, needed || IsUnderWay(world, feature, phase, holder.Attempt), $"{holder} is not needed and nobody gives it back");
        }

        foreach (((int id, int number, int attempt), SimulatedAgent agent) in world.Agents)
        {
            Require(
                6, !agent.IsAlive || agent.IsFenced || agent.IsGivenUp
                    || ledger.Held.Any(h => h.QueueId == world.Features[id - 1].QueueIdOf(number) && h.Attempt == attempt),
                $"the agent of feature {id} phase {number} attempt {attempt} works without a slot");
        }
    }

    private static void CheckPhase(SimulatedWorld world, SimulatedFeature feature, PhaseState phase)
    {
        string name = feature.QueueIdOf(phase.Number);
        if (phase.Status.HoldsSlot())
        {
            Require(2, world.Ledger.Held.Any(h => h.QueueId == name && h.Attempt == phase.Attempt && h.Slot == phase.Slot), $"{name} runs without its slot");
            Require(10, feature.Run.NextWake() is not null && phase.DeadlineAt is not null, $"{name} runs without a deadline");
            return;
        }

        Require(3, phase.Slot is null, $"{name} is {phase.Status} and names a slot");
        if (phase.Status is not (PhaseStatus.Completed or PhaseStatus.Failed or PhaseStatus.Cancelled))
        {
            Require(9, !string.IsNullOrEmpty(WaitReason.For(feature.Run, phase, null, world.Now)), $"{name} is {phase.Status} without a reason");
        }

        if (phase.Status == PhaseStatus.Ready)
        {
            Require(13, !(feature.Spent >= feature.Cap) || phase.MayPassCap, $"{name} stands in line after {feature.Spent} of {feature.Cap} were spent");
            Require(
                8, world.Ledger.Waiting.Any(w => w.QueueId == name && w.Attempt == phase.Attempt) || IsUnderWay(world, feature, phase, phase.Attempt),
                $"{name} is ready, and neither stands in line nor is being dispatched");
        }

        bool lost = feature.Run.Status != FeatureStatus.Planned
            && phase.Rule.DependsOn.Any(d => feature.Run.Phases[d].Status is PhaseStatus.Failed or PhaseStatus.Cancelled or PhaseStatus.Blocked);
        bool leaves = phase.Pending.HasFlag(InFlight.Slot);
        Require(5, !lost || phase.Status.IsSettled() || leaves, $"{name} is {phase.Status} behind a failure");
        Require(5, lost || phase.Status != PhaseStatus.Blocked || feature.Run.Status == FeatureStatus.Planned, $"{name} is blocked by nothing");
    }

    // A grant that has not arrived, or a call of the limiter that has not been made.
    private static bool IsUnderWay(SimulatedWorld world, SimulatedFeature feature, PhaseState phase, int attempt) =>
        world.Pending.Any(p => p is MessageDelivery { Message: SlotGranted granted } && p.To == feature && granted.Phase == phase.Number && granted.Attempt == attempt)
        || feature.Exchanges.Any(e =>
            e.Released.Any(r => r.QueueId == feature.QueueIdOf(phase.Number) && r.Attempt >= attempt)
            || e.Requested.Any(r => r.QueueId == feature.QueueIdOf(phase.Number) && r.Attempt >= attempt));

    public static void Require(int number, bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref Complaint complaint)
    {
        if (!holds)
        {
            throw new InvariantException(number, complaint.ToString());
        }
    }

    /// <summary>A message that is put together only where the invariant does not hold.</summary>
    [InterpolatedStringHandler]
    public ref struct Complaint
    {
        private DefaultInterpolatedStringHandler _text;

        public Complaint(int literalLength, int formattedCount, bool holds, out bool isNeeded)
        {
            isNeeded = !holds;
            _text = holds ? default : new DefaultInterpolatedStringHandler(literalLength, formattedCount);
        }

        public void AppendLiteral(string text) => _text.AppendLiteral(text);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public override string ToString() => _text.ToStringAndClear();
    }
}
