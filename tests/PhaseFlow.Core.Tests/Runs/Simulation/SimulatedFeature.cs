using System.Text.Json;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Core.Tests.Runs.Simulation;

/// <summary>One feature of the model world: its run, its inbox, and what it has sent to the limiter.</summary>
internal sealed class SimulatedFeature(FeatureRun run)
{
    public FeatureRun Run { get; set; } = run;

    public int Id => Run.FeatureId;

    /// <summary>What the plan says that it may spend.</summary>
    public decimal? Cap { get; } = run.MaxCostUsd;

    /// <summary>What the reports that took effect say that it has cost.</summary>
    public decimal Spent { get; set; }

    /// <summary>Everything that was ever accepted on behalf of the feature, in the order of its numbers from 1.</summary>
    public List<InboxMessage> Inbox { get; } = [];

    /// <summary>The inbox entries that took effect.</summary>
    public HashSet<long> Applied { get; } = [];

    /// <summary>Calls of the limiter that are under way, in order.</summary>
    public Queue<SlotExchange> Sent { get; } = new();

    /// <summary>What waits until the call under way has been answered.</summary>
    public SlotExchange Unsent { get; set; } = SlotExchange.Nothing;

    public IEnumerable<SlotExchange> Exchanges => Unsent.IsNothing ? Sent : Sent.Append(Unsent);

    public string QueueIdOf(int phase) => QueueId.Format(Id, phase);

    /// <summary>Numbers a message as the store does when it accepts it.</summary>
    public InboxMessage Accept(Func<long, InboxMessage> message)
    {
        InboxMessage entry = message(Inbox.Count + 1);
        Inbox.Add(entry);
        return entry;
    }

    public void Forget()
    {
        Run = JsonSerializer.Deserialize<FeatureRun>(JsonSerializer.Serialize(Run))!;
        Unsent = SlotExchange.Nothing;
    }
}

/// <summary>What carries out an attempt. A launch that is repeated gets the answer of the first.</summary>
internal sealed class SimulatedAgent
{
    public bool LaunchFails { get; init; }

    public bool IsAlive { get; set; }

    /// <summary>It was told to stop, so it is never launched from now on.</summary>
    public bool IsFenced { get; set; }

    /// <summary>It could not be told, and a person has given its slot on all the same.</summary>
    public bool IsGivenUp { get; set; }
}

/// <summary>Something that is under way in the model world and arrives at some time.</summary>
internal abstract record Delivery(SimulatedFeature To);

/// <summary>The oldest call of the limiter that the feature has under way.</summary>
internal sealed record ExchangeCall(SimulatedFeature To) : Delivery(To);

/// <summary>A call that the limiter gets again, out of its order.</summary>
internal sealed record RepeatedExchange(SimulatedFeature To, SlotExchange Exchange) : Delivery(To);

internal sealed record MessageDelivery(SimulatedFeature To, RunMessage Message) : Delivery(To);

internal sealed record WorkDelivery(SimulatedFeature To, RunEffect Effect) : Delivery(To);

/// <summary>The agent comes to its end and says so.</summary>
internal sealed record AgentEnds(SimulatedFeature To, int Phase, int Attempt) : Delivery(To);

/// <summary>A fault that is built into the model world, to see that its invariants catch it.</summary>
public enum WorldFault
{
    None,

    /// <summary>One release never reaches the limiter.</summary>
    LostRelease,

    /// <summary>One grant never reaches the feature that it belongs to.</summary>
    LostWakeUp,

    /// <summary>One phase is told that it has a slot which the limiter never gave.</summary>
    ForgedGrant,

    /// <summary>The runs forget which inbox entries they have applied.</summary>
    ForgottenInbox,

    /// <summary>The runs forget what they may spend.</summary>
    ForgottenCap,

    /// <summary>The run forgets which attempt it is at: a report of a past attempt ends the live one.</summary>
    ConfusedAttempts,
}
