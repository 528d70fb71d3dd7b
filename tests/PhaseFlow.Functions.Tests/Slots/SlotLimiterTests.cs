using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Options;
using Moq;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Telemetry;
using PhaseFlow.Functions.Tests.Telemetry;

namespace PhaseFlow.Functions.Tests.Slots;

public sealed class SlotLimiterTests
{
    private readonly SlotOptions _options = new() { Capacity = 2 };
    private readonly Mock<TaskEntityState> _state = new();
    private SlotLedger? _ledger;

    public SlotLimiterTests()
    {
        _state.SetupGet(s => s.HasState).Returns(() => _ledger is not null);
        _state.Setup(s => s.GetState(It.IsAny<Type>())).Returns(() => _ledger);
        _state.Setup(s => s.SetState(It.IsAny<object?>())).Callback((object? state) => _ledger = (SlotLedger?)state);
    }

    [Fact]
    public async Task Exchange_WhenItIsTheFirst_StartsWithTheConfiguredSlots()
    {
        SlotExchangeResult result = await ExchangeAsync([], [Request(1), Request(2), Request(3)]);

        Assert.Equal([1, 2], result.Granted.Select(g => g.Slot));
        Assert.Equal("queue-104-3", Assert.Single(_ledger!.Waiting).QueueId);
    }

    [Fact]
    public async Task Exchange_WhenASlotComesBack_GivesItToWhoeverIsNextInTheSameCall()
    {
        await ExchangeAsync([], [Request(1), Request(2), Request(3)]);

        SlotExchangeResult result = await ExchangeAsync([new SlotRelease("queue-104-1", 1)], []);

        Assert.Equal(new SlotGrant(1, "queue-104-3", 1, 104), Assert.Single(result.Granted));
    }

    [Fact]
    public async Task Exchange_WhenItIsRepeated_ChangesNothing()
    {
        await ExchangeAsync([], [Request(1), Request(2), Request(3)]);
        SlotLedger once = _ledger!;

        await ExchangeAsync([], [Request(1), Request(2), Request(3)]);

        Assert.Equal(once.Held.AsEnumerable(), _ledger!.Held);
        Assert.Equal(once.Waiting.AsEnumerable(), _ledger.Waiting);
    }

    [Fact]
    public async Task Exchange_WhenTheCapacityWasRaised_UsesItAtOnce()
    {
        await ExchangeAsync([], [Request(1), Request(2), Request(3)]);
        _options.Capacity = 3;

        SlotExchangeResult result = await ExchangeAsync([], []);

        Assert.Equal(new SlotGrant(3, "queue-104-3", 1, 104), Assert.Single(result.Granted));
    }

    private static SlotRequest Request(int phase) => new($"queue-104-{phase}", 1, 104, 50, DateTimeOffset.UnixEpoch.AddSeconds(phase));

    private async Task<SlotExchangeResult> ExchangeAsync(SlotRelease[] released, SlotRequest[] requested)
    {
        var context = new Mock<TaskEntityContext>();
        context.SetupGet(c => c.Id).Returns(SlotLimiter.Id);
        var operation = new Mock<TaskEntityOperation>();
        operation.SetupGet(o => o.Name).Returns(nameof(SlotLimiter.Exchange));
        operation.SetupGet(o => o.Context).Returns(context.Object);
        operation.SetupGet(o => o.State).Returns(_state.Object);
        operation.SetupGet(o => o.HasInput).Returns(true);
        operation.Setup(o => o.GetInput(It.IsAny<Type>())).Returns(new SlotExchange([.. released], [.. requested]));
        var limiter = new SlotLimiter(Options.Create(_options), TimeProvider.System, new PhaseFlowMetrics(new Meters(), TimeProvider.System));
        return (SlotExchangeResult)(await limiter.RunAsync(operation.Object))!;
    }
}
