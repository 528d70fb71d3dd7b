using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Core.Tests.Slots;

/// <summary>Short words for what is asked of a ledger.</summary>
internal static class Ledgers
{
    public static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static SlotRequest Request(int feature, int phase, int attempt = 1, int priority = 50) =>
        new(QueueId.Format(feature, phase), attempt, feature, priority, Now);

    public static (SlotLedger Ledger, SlotExchangeResult Result) Ask(this SlotLedger ledger, params SlotRequest[] requests) =>
        ledger.Exchange(new SlotExchange([], [.. requests]), Now);

    public static (SlotLedger Ledger, SlotExchangeResult Result) GiveBack(this SlotLedger ledger, int feature, int phase, int attempt = 1, bool mayReturn = false) =>
        ledger.Exchange(new SlotExchange([new SlotRelease(QueueId.Format(feature, phase), attempt, mayReturn)], []), Now);

    public static (SlotLedger Ledger, SlotExchangeResult Result) GiveBack(this SlotLedger ledger, SlotHolder holder) =>
        ledger.Exchange(new SlotExchange([new SlotRelease(holder.QueueId, holder.Attempt)], []), Now);

    public static (SlotLedger Ledger, SlotExchangeResult Result) Refill(this SlotLedger ledger) => ledger.Exchange(SlotExchange.Nothing, Now);

    /// <summary>A ledger of one feature whose first phases hold every slot and whose others wait.</summary>
    public static SlotLedger Of(int capacity, int phases) =>
        SlotLedger.Empty(capacity).Ask([.. Enumerable.Range(1, phases).Select(p => Request(1, p))]).Ledger;

    public static string[] Names(this IEnumerable<SlotGrant> grants) => [.. grants.Select(g => g.QueueId)];

    public static string[] Names(this IEnumerable<SlotHolder> held) => [.. held.Select(h => h.QueueId)];

    public static string[] Names(this IEnumerable<SlotWaiter> waiting) => [.. waiting.Select(w => w.QueueId)];
}
