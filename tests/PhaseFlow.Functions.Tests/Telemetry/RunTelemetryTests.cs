using System.Diagnostics;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Functions.Tests.Telemetry;

/// <summary>What a run tells, on the real host that replays at every step.</summary>
public sealed class RunTelemetryTests : IAsyncLifetime, IDisposable
{
    private const string Usage = """echo '{"usage":{"input_tokens":100,"output_tokens":20,"cost_usd":0.25}}' > "$PHASEFLOW_REPORT_FILE"; """;

    private readonly Spans _spans = new();
    private TelemetryBench _bench = null!;

    public async Task InitializeAsync() => _bench = await TelemetryBench.StartAsync();

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    public void Dispose() => _spans.Dispose();

    [Fact]
    public async Task Spans_WhenAFeatureEnds_AreOneTraceOfFeaturePhasesAndAttempts()
    {
        int id = await _bench.ExecuteAsync("echo \"$TRACEPARENT\" > parent-$PHASEFLOW_ATTEMPT; test \"$PHASEFLOW_ATTEMPT\" = 2", "true");
        Assert.Equal("completed", await _bench.EndOfAsync(id, () => SpansOf(id, "feature").Length == 1));

        Activity[] all = _spans.Of(_bench.Traces.Trace(id));
        Activity feature = Assert.Single(SpansOf(id, "feature"));
        Assert.Equal((_bench.Traces.Span(id), default(ActivitySpanId), ActivityStatusCode.Ok), (feature.SpanId.ToHexString(), feature.ParentSpanId, feature.Status));
        Assert.Equal(
            [(_bench.Traces.Span(id, 1), ActivityStatusCode.Ok), (_bench.Traces.Span(id, 2), ActivityStatusCode.Ok)],
            SpansOf(id, "phase").Select(s => (s.SpanId.ToHexString(), s.Status)));
        Assert.All(SpansOf(id, "phase"), phase => Assert.Equal(feature.SpanId, phase.ParentSpanId));
        Assert.Equal(
            [
                (_bench.Traces.Span(id, 1, 1), _bench.Traces.Span(id, 1), ActivityStatusCode.Error),
                (_bench.Traces.Span(id, 1, 2), _bench.Traces.Span(id, 1), ActivityStatusCode.Ok),
                (_bench.Traces.Span(id, 2, 1), _bench.Traces.Span(id, 2), ActivityStatusCode.Ok),
            ],
            SpansOf(id, "attempt").Select(s => (s.SpanId.ToHexString(), s.ParentSpanId.ToHexString(), s.Status)));
        Assert.Equal(6, all.Length);
        Assert.Equal(6, all.Select(s => s.SpanId).Distinct().Count());
        Assert.All(all, s => Assert.True(s.Duration >= TimeSpan.Zero && End(s) <= End(feature)));
        Assert.True(SpansOf(id, "phase")[1].StartTimeUtc <= SpansOf(id, "attempt")[2].StartTimeUtc);
        Assert.Equal($"00-{_bench.Traces.Trace(id)}-{_bench.Traces.Span(id, 1, 1)}-01\n", await File.ReadAllTextAsync(_bench.WorkFile(id, "parent-1")));
        Assert.Equal(_bench.Traces.Parent(id, 1, 2) + "\n", await File.ReadAllTextAsync(_bench.WorkFile(id, "parent-2")));
    }

    [Fact]
    public async Task Spans_WhenAnAttemptEnds_SayWhatItWas()
    {
        int id = await _bench.ExecuteAsync("exit 3");
        Assert.Equal("failed", await _bench.EndOfAsync(id, () => SpansOf(id, "feature").Length == 1));

        Activity attempt = SpansOf(id, "attempt")[0];
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["phaseflow.feature.id"] = id,
                ["phaseflow.phase.number"] = 1,
                ["phaseflow.queue.id"] = $"queue-{id}-1",
                ["phaseflow.attempt"] = 1,
                ["phaseflow.adw.id"] = AdwId.Of(id, 1, 1),
                ["phaseflow.workflow.type"] = "shell",
                ["phaseflow.slot"] = 1,
                ["phaseflow.outcome"] = "failed",
            },
            attempt.TagObjects.ToDictionary());
        Assert.Contains("3", attempt.StatusDescription, StringComparison.Ordinal);
        Assert.Equal("failed", Assert.Single(SpansOf(id, "phase")).GetTagItem("phaseflow.outcome"));
        Assert.Equal("failed", Assert.Single(SpansOf(id, "feature")).GetTagItem("phaseflow.outcome"));
    }

    [Fact]
    public async Task Spans_WhenWhatHasEndedIsRetried_ComeAgainUnderTheFirst()
    {
        int id = await _bench.ExecuteAsync("test -e fixed");
        Assert.Equal("failed", await _bench.EndOfAsync(id, () => SpansOf(id, "feature").Length == 1));
        await File.WriteAllTextAsync(_bench.WorkFile(id, "fixed"), "");

        await _bench.RetryAsync(id);
        Assert.Equal("completed", await _bench.EndOfAsync(id, () => SpansOf(id, "feature").Length == 2));

        Activity[] features = SpansOf(id, "feature");
        Activity[] phases = SpansOf(id, "phase");
        Assert.Equal([_bench.Traces.Span(id), _bench.Traces.Span(id, 1)], [features[0].SpanId.ToHexString(), phases[0].SpanId.ToHexString()]);
        Assert.Equal((features[0].SpanId, phases[0].SpanId), (features[1].ParentSpanId, phases[1].ParentSpanId));
        Assert.Equal((ActivityStatusCode.Ok, ActivityStatusCode.Ok), (features[1].Status, phases[1].Status));
        Assert.True(phases[1].StartTimeUtc >= End(phases[0]) && features[1].StartTimeUtc >= End(phases[0]));
        Assert.Equal(3, SpansOf(id, "attempt").Length);
        Assert.Equal(7, _spans.Of(_bench.Traces.Trace(id)).Select(s => s.SpanId).Distinct().Count());
    }

    [Fact]
    public async Task Figures_WhenAFeatureEnds_AreToldOnce()
    {
        _bench.Meters.Listen();
        int id = await _bench.ExecuteAsync(Usage + "test \"$PHASEFLOW_ATTEMPT\" = 2", Usage + "true");
        Assert.Equal("completed", await _bench.EndOfAsync(id, () => _bench.Meters.All.Count(m => m.Instrument == "phaseflow.attempt.duration") == 3));

        Measured[] all = [.. _bench.Meters.All];
        Assert.Equal(["s", "s", "s"], all.Where(m => m.Instrument == "phaseflow.slot.wait.duration").Select(m => m.Unit));
        Assert.Equal(
            ["phaseflow.outcome=completed phaseflow.workflow.type=shell", "phaseflow.outcome=completed phaseflow.workflow.type=shell", "phaseflow.outcome=failed phaseflow.workflow.type=shell"],
            all.Where(m => m.Instrument == "phaseflow.attempt.duration").Select(m => m.Tags).Order(StringComparer.Ordinal));
        Assert.Equal(300, Sum(all, "phaseflow.agent.token.usage", "phaseflow.token.type=input phaseflow.workflow.type=shell"));
        Assert.Equal(60, Sum(all, "phaseflow.agent.token.usage", "phaseflow.token.type=output phaseflow.workflow.type=shell"));
        Assert.Equal(0.75, Sum(all, "phaseflow.agent.cost", "phaseflow.workflow.type=shell"));
        Assert.Equal(2, Sum(all, "phaseflow.reports", "phaseflow.outcome=completed phaseflow.report.result=accepted"));
        Assert.Equal(1, Sum(all, "phaseflow.reports", "phaseflow.outcome=failed phaseflow.report.result=accepted"));
    }

    [Fact]
    public async Task Gauges_WhenAnAgentWorks_ShowTheLimiter()
    {
        _bench.Meters.Listen();
        int id = await _bench.ExecuteAsync("while ! test -e go; do sleep 0.05; done");
        string go = _bench.WorkFile(id, "go");
        while (!Directory.Exists(Path.GetDirectoryName(go)))
        {
            await Task.Delay(10);
        }

        Assert.Equal(
            [("phaseflow.queue.depth", "{phase}", 0), ("phaseflow.slot.limit", "{slot}", 3), ("phaseflow.slot.usage", "{slot}", 1)],
            _bench.Meters.Observe().Where(m => !m.Instrument.EndsWith("duration", StringComparison.Ordinal)).Select(m => (m.Instrument, m.Unit!, m.Value)).Order());

        await File.WriteAllTextAsync(go, "");
        await _bench.EndOfAsync(id, () => _bench.Meters.Observe().Any(m => m is { Instrument: "phaseflow.slot.usage", Value: 0 }));
    }

    private static double Sum(Measured[] all, string instrument, string tags) => all.Where(m => m.Instrument == instrument && m.Tags == tags).Sum(m => m.Value);

    private static DateTime End(Activity span) => span.StartTimeUtc + span.Duration;

    private Activity[] SpansOf(int id, string name) => [.. _spans.Of(_bench.Traces.Trace(id)).Where(s => s.OperationName == name)];
}
