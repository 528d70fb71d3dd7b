using System.Collections.Immutable;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Slots;

/// <summary>The slots and the line for them at one moment, as the limiter sees them.</summary>
public sealed class SlotLine
{
    private const int ReadTries = 5;

    private readonly Dictionary<string, (int Attempt, int Position)> _places;
    private readonly HashSet<(string QueueId, int Attempt)> _granted;

    public SlotLine(SlotLedger ledger)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        Ledger = ledger;
        Waiting = ledger.DispatchOrder();
        _granted = [.. ledger.Held.Select(h => (h.QueueId, h.Attempt))];
        _places = Waiting.Select((w, i) => (Waiter: w, Position: i + 1)).ToDictionary(p => p.Waiter.QueueId, p => (p.Waiter.Attempt, p.Position));
    }

    /// <summary>Nobody holds, nobody waits.</summary>
    public static SlotLine Empty { get; } = new(SlotLedger.Empty(0));

    public SlotLedger Ledger { get; }

    /// <summary>In true dispatch order.</summary>
    public ImmutableArray<SlotWaiter> Waiting { get; }

    /// <summary>Reads the limiter; before its first use nothing is held.</summary>
    public static async Task<SlotLine> ReadAsync(DurableTaskClient client, CancellationToken cancellation) =>
        await ReadLedgerAsync(client, cancellation) is { } ledger ? new SlotLine(ledger) : Empty;

    /// <summary>Reads the limiter's state; null before its first use.</summary>
    /// <remarks>
    /// On Azure Storage the state of a limiter with a long line lies in a blob of which each step writes another and deletes the last: who has just read where it is may not
    /// find it, and looks again.
    /// </remarks>
    public static async Task<SlotLedger?> ReadLedgerAsync(DurableTaskClient client, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await client.Entities.GetEntityAsync<SlotLedger>(SlotLimiter.Id, cancellation) is { IncludesState: true } limiter ? limiter.State : null;
            }
            catch (Exception) when (tries < ReadTries && !cancellation.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20 * tries), cancellation);
            }
        }
    }

    /// <summary>What is needed to show some features: the limiter is asked only where a phase of theirs waits for it.</summary>
    public static Task<SlotLine> ReadForAsync(DurableTaskClient client, IEnumerable<StoredFeature> features, CancellationToken cancellation) =>
        features.Any(f => f.Run.Phases.Values.Any(p => p.Status == PhaseStatus.Ready)) ? ReadAsync(client, cancellation) : Task.FromResult(Empty);

    /// <summary>Whether an attempt has a slot.</summary>
    public bool IsGranted(string queueId, int attempt) => _granted.Contains((queueId, attempt));

    /// <summary>An attempt's place in the line, from 1; null where it is not in it.</summary>
    public int? PositionOf(string queueId, int attempt) =>
        _places.TryGetValue(queueId, out (int Attempt, int Position) place) && place.Attempt == attempt ? place.Position : null;
}
