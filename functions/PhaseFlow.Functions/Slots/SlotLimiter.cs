using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Options;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Telemetry;

namespace PhaseFlow.Functions.Slots;

/// <summary>The global limiter: hands out the agent slots that every feature shares. Its whole logic is the pure <see cref="SlotLedger"/>.</summary>
/// <remarks>The capacity is read from the settings at each operation: an entity is not replayed, so a change takes effect with the next one.</remarks>
public sealed class SlotLimiter(IOptions<SlotOptions> options, TimeProvider time, PhaseFlowMetrics metrics) : TaskEntity<SlotLedger>
{
    /// <summary>The one instance: <c>@slotlimiter@global</c>.</summary>
    public static readonly EntityInstanceId Id = new(nameof(SlotLimiter), "global");

    /// <summary>Takes back what is released and gives out what is free. The caller forwards grants that belong to other features.</summary>
    public SlotExchangeResult Exchange(SlotExchange exchange)
    {
        (State, SlotExchangeResult result) = (State with { Capacity = options.Value.Capacity }).Exchange(exchange, time.GetUtcNow());
        metrics.Saw(State);
        return result;
    }

    [Function(nameof(SlotLimiter))]
    public Task DispatchAsync([EntityTrigger] TaskEntityDispatcher dispatcher)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        return dispatcher.DispatchAsync(this);
    }

    protected override SlotLedger InitializeState(TaskEntityOperation entityOperation) => SlotLedger.Empty(options.Value.Capacity);
}
