using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace PhaseFlow.Core.Slots;

/// <summary>Asks for a slot for one attempt of a phase.</summary>
/// <param name="QueueId">The phase: <c>queue-{feature}-{phase}</c>.</param>
/// <param name="Attempt">The attempt, from 1. A request for an older attempt than one already known is stale and ignored.</param>
/// <param name="FeatureId">The feature, for taking turns.</param>
/// <param name="Priority">10 is urgent, 90 is background. Asked for again with another one, an attempt that waits moves in the line.</param>
/// <param name="Since">When the phase became ready (UTC).</param>
public sealed record SlotRequest(string QueueId, int Attempt, int FeatureId, int Priority, DateTimeOffset Since);

/// <summary>Gives back the slot of an attempt, or its place in the line.</summary>
/// <param name="QueueId">The phase.</param>
/// <param name="Attempt">The attempt that held or waited; an earlier one that still does is over too.</param>
/// <param name="MayReturn">True when the same attempt may ask again (who gives back does not know whether it is over); false when the attempt is over.</param>
public sealed record SlotRelease(string QueueId, int Attempt, bool MayReturn = false);

/// <summary>What a feature gives back and what it asks for, in one operation, so that a freed slot is never idle between the two.</summary>
public sealed record SlotExchange(ImmutableArray<SlotRelease> Released, ImmutableArray<SlotRequest> Requested)
{
    public static SlotExchange Nothing { get; } = new([], []);

    [JsonIgnore]
    public bool IsNothing => Released.IsEmpty && Requested.IsEmpty;

    /// <summary>This exchange and then another, as one: what the second takes back or asks for again is not requested by the first.</summary>
    public SlotExchange Then(SlotExchange next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new SlotExchange(
            Released.AddRange(next.Released),
            Requested.RemoveAll(r =>
                next.Released.Any(n => n.QueueId == r.QueueId && n.Attempt == r.Attempt)
                || next.Requested.Any(n => n.QueueId == r.QueueId && n.Attempt == r.Attempt)).AddRange(next.Requested));
    }
}

/// <summary>A slot given to an attempt. It may belong to another feature than the one that called: the caller forwards it.</summary>
public sealed record SlotGrant(int Slot, string QueueId, int Attempt, int FeatureId);

/// <summary>What an <see cref="SlotExchange"/> led to.</summary>
/// <param name="Granted">The slots given by this exchange, and again those that a repeated request already held.</param>
public sealed record SlotExchangeResult(ImmutableArray<SlotGrant> Granted);
