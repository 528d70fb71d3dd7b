using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Options;
using PhaseFlow.Core.Slots;
using PhaseFlow.Embedded.Engine;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Functions.Slots;

namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>The limiter with a fault: what a simulation must catch.</summary>
internal sealed class FaultyLimiter(IOptions<SlotOptions> options, TimeProvider time, World world) : TaskEntity<SlotLedger>
{
    private const int FaultPercent = 30;

    private static readonly Type[] Functions = [.. typeof(DurableEngine).Assembly.GetTypes().Where(HasFunctions)];

    private static readonly FunctionCatalog Sound = FunctionCatalog.From(Functions);

    private static readonly FunctionCatalog Faulty = FunctionCatalog.From([.. Functions.Where(t => t != typeof(SlotLimiter)), typeof(FaultyLimiter)]);

    /// <summary>The functions of the app, with the limiter that a mutation asks for.</summary>
    public static FunctionCatalog CatalogFor(Mutation mutation) => mutation is Mutation.DroppedRelease or Mutation.DroppedWakeUp or Mutation.FreedLine ? Faulty : Sound;

    public SlotExchangeResult Exchange(SlotExchange exchange)
    {
        if (world.Options.Mutation == Mutation.FreedLine)
        {
            (State, SlotExchangeResult unsafely) = State.Exchange(exchange with { Released = [.. exchange.Released.Select(r => r with { FromLine = false })] }, time.GetUtcNow());
            return unsafely;
        }

        bool isFaulty = world.Dice.Chance(FaultPercent);
        bool dropsRelease = isFaulty && world.Options.Mutation == Mutation.DroppedRelease;
        (State, SlotExchangeResult result) = State.Exchange(dropsRelease ? exchange with { Released = [] } : exchange, time.GetUtcNow());
        return isFaulty && !dropsRelease ? new SlotExchangeResult([]) : result;
    }

    [Function(nameof(SlotLimiter))]
    public Task DispatchAsync([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync(this);

    protected override SlotLedger InitializeState(TaskEntityOperation entityOperation) => SlotLedger.Empty(options.Value.Capacity);

    private static bool HasFunctions(Type type) => type
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .Any(m => m.IsDefined(typeof(FunctionAttribute)));
}
