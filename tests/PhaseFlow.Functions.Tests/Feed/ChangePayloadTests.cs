using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;

namespace PhaseFlow.Functions.Tests.Feed;

public sealed class ChangePayloadTests
{
    [Fact]
    public void Of_WhenAPhaseHasTimes_WritesThemAsTheRestOfTheApiDoes()
    {
        var started = new DateTimeOffset(2026, 3, 1, 14, 0, 0, 123, TimeSpan.FromHours(2));

        string data = ChangePayload.Of(7, new PhaseState { Number = 1, Rule = new PhaseRule(), Attempt = 1, StartedAt = started.AddTicks(4567) });

        Assert.Contains("\"started_at\":\"2026-03-01T12:00:00.123Z\"", data, StringComparison.Ordinal);
        Assert.Contains("\"finished_at\":null", data, StringComparison.Ordinal);
        Assert.Contains("\"status\":\"queued\"", data, StringComparison.Ordinal);
    }
}
