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
/// <param name="FromLine">Gives back a place in the line alone: an attempt that has its slot keeps it and is told of it again, as its agent may work.</param>
public sealed record SlotRelease(string QueueId, int Attempt, bool MayReturn = false, bool FromLine = false);

/// <summary>A feature that has read its run anew: it is told of every slot that it holds, and what it has in line from before and does not ask for goes.</summary>
/// <param name="FeatureId">The feature.</param>
/// <param name="At">When it read its run (UTC): what came into the line later is not meant, should this come again.</param>
public sealed record SlotRecount(int FeatureId, DateTimeOffset At);

/// <summary>What a feature gives back and what it asks for, in one operation, so that a freed slot is never idle between the two.</summary>
public sealed record SlotExchange(ImmutableArray<SlotRelease> Released, ImmutableArray<SlotRequest> Requested)
{
    public static SlotExchange Nothing { get; } = new([], []);

    /// <summary>Set where a feature asks for all that it wants, because it may not know what it has.</summary>
    public SlotRecount? Recount { get; init; }

    [JsonIgnore]
    public bool IsNothing => Released.IsEmpty && Requested.IsEmpty && Recount is null;

    /// <summary>This exchange and then another, as one: what the second takes back or asks for again is not requested by the first.</summary>
    public SlotExchange Then(SlotExchange next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new SlotExchange(
            Released.AddRange(next.Released),
            Requested.RemoveAll(r =>
                next.Released.Any(n => n.QueueId == r.QueueId && n.Attempt == r.Attempt)
                || next.Requested.Any(n => n.QueueId == r.QueueId && n.Attempt == r.Attempt)).AddRange(next.Requested))
        {
            Recount = next.Recount ?? Recount,
        };
    }
}

/// <summary>A slot given to an attempt. It may belong to another feature than the one that called: the caller forwards it.</summary>
public sealed record SlotGrant(int Slot, string QueueId, int Attempt, int FeatureId);

/// <summary>What an <see cref="SlotExchange"/> led to.</summary>
/// <param name="Granted">
/// The slots given by this exchange, and again those that the caller may not know of: that a repeated request, one who wanted to leave the line or a later attempt of
/// what was given back already held.
/// </param>
public sealed record SlotExchangeResult(ImmutableArray<SlotGrant> Granted)
{
    /// <summary>Attempts that were asked for and are over: they never get a slot.</summary>
    public ImmutableArray<SlotTombstone> Over { get; init; } = [];

    /// <summary>The attempts that are not in line, after an exchange that took them out of it or found them to be over.</summary>
    public IEnumerable<SlotTombstone> LeftBy(SlotExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.Released.Where(r => r.FromLine && !Granted.Any(g => g.QueueId == r.QueueId && g.Attempt == r.Attempt))
            .Select(r => new SlotTombstone(r.QueueId, r.Attempt)).Concat(Over);
    }
}
