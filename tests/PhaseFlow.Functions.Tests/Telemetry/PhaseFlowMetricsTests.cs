using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Telemetry;

namespace PhaseFlow.Functions.Tests.Telemetry;

[Collection(OtlpExportTests.Collection)]
public sealed class PhaseFlowMetricsTests
{
    [Fact]
    public void Metrics_WhenNobodyListens_AreOff()
    {
        using var meters = new Meters();
        var metrics = new PhaseFlowMetrics(meters, new FakeTime());
        Assert.False(metrics.IsOn);

        meters.Listen();

        Assert.True(metrics.IsOn);
    }

    [Fact]
    public void Gauges_WhenTheLimiterWasSeen_ShowItForAsLongAsThatIsFresh()
    {
        using var meters = new Meters();
        var time = new FakeTime();
        var metrics = new PhaseFlowMetrics(meters, time);
        meters.Listen();
        Assert.Empty(meters.Observe());

        (SlotLedger ledger, _) = SlotLedger.Empty(2).Exchange(new SlotExchange([], [.. Enumerable.Range(1, 5).Select(i => new SlotRequest($"queue-1-{i}", 1, 1, 50, DateTimeOffset.UnixEpoch))]), time.GetUtcNow());
        metrics.Saw(ledger);

        Assert.Equal([("phaseflow.queue.depth", 3), ("phaseflow.slot.limit", 2), ("phaseflow.slot.usage", 2)], meters.Observe().Select(m => (m.Instrument, m.Value)).Order());
        time.Advance(PhaseFlowMetrics.Freshness);
        Assert.Equal(3, meters.Observe().Length);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(meters.Observe());
    }

    [Fact]
    public void Measurements_WhenTheyAreMade_HaveUnitsAndNamesOfTheConventions()
    {
        using var meters = new Meters();
        var metrics = new PhaseFlowMetrics(meters, new FakeTime());
        meters.Listen();

        metrics.Waited(TimeSpan.FromSeconds(2), "cloud");
        metrics.Waited(TimeSpan.FromSeconds(-2), "cloud"); // clocks of two machines
        metrics.Worked(TimeSpan.FromMinutes(2), "cloud", "completed");
        metrics.Used(new AgentUsage(7, 3, 0.5m), "cloud");
        metrics.Reported(completed: false, ReceiptResult.Stale);

        Assert.Equal(
            [
                new Measured("phaseflow.slot.wait.duration", "s", 2, "phaseflow.workflow.type=cloud"),
                new Measured("phaseflow.slot.wait.duration", "s", 0, "phaseflow.workflow.type=cloud"),
                new Measured("phaseflow.attempt.duration", "s", 120, "phaseflow.outcome=completed phaseflow.workflow.type=cloud"),
                new Measured("phaseflow.agent.token.usage", "{token}", 7, "phaseflow.token.type=input phaseflow.workflow.type=cloud"),
                new Measured("phaseflow.agent.token.usage", "{token}", 3, "phaseflow.token.type=output phaseflow.workflow.type=cloud"),
                new Measured("phaseflow.agent.cost", "USD", 0.5, "phaseflow.workflow.type=cloud"),
                new Measured("phaseflow.reports", "{report}", 1, "phaseflow.outcome=failed phaseflow.report.result=stale"),
            ],
            meters.All);
    }
}
