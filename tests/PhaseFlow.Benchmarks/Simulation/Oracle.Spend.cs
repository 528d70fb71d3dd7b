using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Benchmarks.Simulation;

/// <content>
/// What a feature spends: once a publication tells that the cap is reached, the attempts that hold a slot in it are the last ones, but for those of phases
/// that a person let pass. A run takes one message after the other, so what was granted before the report that reached the cap holds its slot in that publication.
/// </content>
internal sealed partial class Oracle
{
    private readonly Dictionary<int, decimal> _caps = [];
    private readonly Dictionary<int, decimal> _spent = [];
    private readonly HashSet<string> _approved = new(StringComparer.Ordinal);

    // By feature, since its cap was reached: the attempts that were at work then.
    private readonly Dictionary<int, HashSet<(string QueueId, int Attempt)>> _last = [];

    /// <summary>A feature is stored.</summary>
    public void Planned(int featureId, FeaturePlan plan)
    {
        if (plan.MaxCostUsd is { } cap)
        {
            _caps.Add(featureId, cap);
        }
    }

    private void CountSpend(InboxEntry entry, MessageOutcome outcome)
    {
        if (outcome == MessageOutcome.Applied && entry.Report?.Usage is { } usage)
        {
            _spent[entry.FeatureId] = _spent.GetValueOrDefault(entry.FeatureId) + usage.CostUsd;
        }
        else if (outcome == MessageOutcome.Applied && entry.Command is { Kind: CommandKind.Approve, Phase: { } phase })
        {
            _approved.Add(QueueId.Format(entry.FeatureId, phase));
        }
    }

    /// <summary>A run was published.</summary>
    private void CheckSpend(FeatureRun run)
    {
        decimal spent = _spent.GetValueOrDefault(run.FeatureId);
        Require(Spending.Of(run.Phases.Values) == spent, 7, $"feature {run.FeatureId} has spent {Spending.Of(run.Phases.Values)}, and its applied reports say {spent}");
        if (!_caps.TryGetValue(run.FeatureId, out decimal cap) || spent < cap || world.Options.Terminations)
        {
            return;
        }

        bool isNew = !_last.TryGetValue(run.FeatureId, out HashSet<(string, int)>? last);
        if (isNew)
        {
            _last.Add(run.FeatureId, last = [.. run.Phases.Values.Where(p => p.Status.HoldsSlot()).Select(p => (QueueId.Format(run.FeatureId, p.Number), p.Attempt))]);
        }

        foreach (PhaseState phase in run.Phases.Values)
        {
            string queueId = QueueId.Format(run.FeatureId, phase.Number);
            Require(phase.Status != PhaseStatus.Ready || phase.MayPassCap, 13, $"{queueId} stands in line, and {spent} of {cap} are spent");
            Require(
                !phase.Status.HoldsSlot() || phase.MayPassCap || last!.Contains((queueId, phase.Attempt)),
                13, $"{queueId} attempt {phase.Attempt} was given a slot after {cap} were spent");
            Require(!phase.MayPassCap || _approved.Contains(queueId), 13, $"nobody let {queueId} pass the cap");
        }
    }

    // The approval may not be published yet: then it is still open.
    private void CheckLaunchedSpend(SimulatedAgent agent)
    {
        int feature = agent.Name.FeatureId;
        Require(
            !_last.TryGetValue(feature, out HashSet<(string, int)>? last) || last.Contains((agent.QueueId, agent.Name.Attempt))
                || _rows[agent.QueueId].MayPassCap
                || world.Store.OpenInbox.Any(e => e.FeatureId == feature && e.Command is { Kind: CommandKind.Approve } approval && approval.Phase == agent.Name.PhaseNumber),
            13, $"{agent.QueueId} attempt {agent.Name.Attempt} is launched after {_caps.GetValueOrDefault(feature)} were spent");
    }
}
