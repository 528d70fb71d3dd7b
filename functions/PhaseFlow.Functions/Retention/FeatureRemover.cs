using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Retention;

/// <summary>Looks after what a feature has outside of the store: its orchestration, slots, agents and issues.</summary>
public sealed class FeatureRemover(IPhaseStore store, IIssueTracker issues, IEnumerable<IAgentLauncher> launchers)
{
    /// <summary>Whether nothing of a feature that has ended is alive any more. The store decides about its rows by itself.</summary>
    public async Task<bool> IsAtRestAsync(DurableTaskClient client, int featureId, SlotLedger ledger, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        if (ledger.Held.Any(h => h.FeatureId == featureId)
            || ledger.Waiting.Any(w => w.FeatureId == featureId)
            || await client.IsRunningAsync(FeatureEvents.InstanceId(featureId), cancellation))
        {
            return false;
        }

        foreach (AttemptRecord attempt in await store.ListAttemptsAsync(featureId, cancellation))
        {
            var agent = new AgentRef(featureId, attempt.PhaseNumber, attempt.Attempt, attempt.AdwId);
            foreach (IAgentLauncher launcher in Responsible(attempt.WorkflowType))
            {
                if (await launcher.MayWorkAsync(agent, cancellation))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Removes what a feature that was taken out of the store has left elsewhere. A repeat changes nothing.</summary>
    public async Task RemoveTracesAsync(DurableTaskClient client, FeatureRemoval removal, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(removal);
        if (!removal.Phases.IsEmpty)
        {
            await issues.RemoveAsync([.. removal.Phases.Select(n => IssueTemplate.MarkerOf(removal.FeatureId, n))], cancellation);
        }

        foreach (AttemptStart attempt in removal.Attempts)
        {
            var agent = new AgentRef(removal.FeatureId, attempt.PhaseNumber, attempt.Attempt, attempt.AdwId);
            foreach (IAgentLauncher launcher in Responsible(attempt.WorkflowType))
            {
                await launcher.ForgetAsync(agent, cancellation);
            }
        }

        await client.PurgeInstanceAsync(FeatureEvents.InstanceId(removal.FeatureId), cancellation);
    }

    // Where the settings have changed since the launch, whoever may have launched it is asked.
    private IEnumerable<IAgentLauncher> Responsible(string workflowType) => launchers.For(workflowType) is { } known ? [known] : launchers;
}
