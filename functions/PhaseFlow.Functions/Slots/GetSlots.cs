using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Slots;

/// <summary>Who holds which slot, and who waits.</summary>
public sealed class GetSlots(IOptions<SlotOptions> options)
{
    [Function(nameof(GetSlots))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "api/v1/slots")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) =>
        QueryValues.Unknown(request) is { } refusal ? refusal : Answers.Ok(SlotsResponse.Of(await SlotLine.ReadAsync(client, cancellation), options.Value.Capacity));
}

/// <summary>The slots as the HTTP contract shows them.</summary>
public sealed record SlotsResponse(int Capacity, IReadOnlyList<HeldSlot> Held, IReadOnlyList<WaitingPhase> Waiting)
{
    public static SlotsResponse Of(SlotLine line, int capacity)
    {
        ArgumentNullException.ThrowIfNull(line);
        return new SlotsResponse(
            capacity,
            [
                .. line.Ledger.Held.OrderBy(h => h.Slot).Select(h => new HeldSlot(
                    h.Slot, h.QueueId, h.Attempt, QueueId.TryParse(h.QueueId, out int feature, out int phase) ? AdwId.Of(feature, phase, h.Attempt) : null, h.Since)),
            ],
            [.. line.Waiting.Select((w, i) => new WaitingPhase(w.QueueId, i + 1, w.Priority, w.Since))]);
    }
}

/// <summary>A slot in use.</summary>
public sealed record HeldSlot(int Slot, string QueueId, int Attempt, string? AdwId, DateTimeOffset Since);

/// <summary>A phase in the line.</summary>
public sealed record WaitingPhase(string QueueId, int Position, int Priority, DateTimeOffset Since);
