using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Agents;

namespace PhaseFlow.Functions.Slots;

/// <summary>Tells, before an agent is launched, whether its attempt has the slot that its run was told of.</summary>
public interface ISlotProof
{
    /// <summary>Whether a launch of the same attempt by a step that the platform has forgotten may be under way.</summary>
    bool MayBeLaunchedTwice { get; }

    /// <summary>Whether the attempt has a slot that no kill can take back.</summary>
    Task<bool> HasSlotAsync(DurableTaskClient client, AgentRef agent, CancellationToken cancellation);
}

/// <summary>For an engine that stores a step before it tells of it: who was told of a slot has it.</summary>
public sealed class StoredBeforeTold : ISlotProof
{
    private static readonly Task<bool> Yes = Task.FromResult(true);

    public bool MayBeLaunchedTwice => false;

    public Task<bool> HasSlotAsync(DurableTaskClient client, AgentRef agent, CancellationToken cancellation) => Yes;
}

/// <summary>For Durable Functions, which sends the limiter's answer before it stores the limiter: what is stored is asked.</summary>
public sealed class StoredByLimiter : ISlotProof
{
    public bool MayBeLaunchedTwice => true;

    public async Task<bool> HasSlotAsync(DurableTaskClient client, AgentRef agent, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return (await SlotLine.ReadAsync(client, cancellation)).IsGranted(QueueId.Format(agent.FeatureId, agent.PhaseNumber), agent.Attempt);
    }
}
