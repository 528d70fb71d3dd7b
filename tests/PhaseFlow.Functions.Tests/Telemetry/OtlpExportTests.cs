using Microsoft.Extensions.Configuration;
using PhaseFlow.Functions.Telemetry;
using PhaseFlow.Functions.Tests.Agents.Dispatch;

namespace PhaseFlow.Functions.Tests.Telemetry;

/// <summary>What comes to a real collector over HTTP.</summary>
[Collection(Collection)]
public sealed class OtlpExportTests
{
    /// <summary>What sends listens to the meters of all hosts in this process: a test of whether anybody listens cannot run beside it.</summary>
    internal const string Collection = "the SDK of OpenTelemetry";

    private static readonly string[] Figures =
    [
        "phaseflow.attempt.duration", "phaseflow.slot.wait.duration", "phaseflow.slot.usage", "phaseflow.slot.limit", "phaseflow.queue.depth", "phaseflow.reports",
    ];

    [Fact]
    public async Task Export_WhenACollectorIsNamed_SendsItTheTraceAndTheFigures()
    {
        await using Receiver collector = await Receiver.StartAsync();
        string trace;
        int id;
        (string Feature, string Phase, string Attempt) ids;
        await using (TelemetryBench bench = await TelemetryBench.StartAsync(Settings(collector)))
        {
            id = await bench.ExecuteAsync("true");
            trace = bench.Traces.Trace(id);
            await bench.EndOfAsync(id, () => SpansOf(collector, trace).Length == 3 && MetricsOf(collector).IsSupersetOf(Figures));
            ids = (bench.Traces.Span(id), bench.Traces.Span(id, 1), bench.Traces.Span(id, 1, 1));
        }

        Received[] sent = [.. collector.Requests];
        Assert.All(sent, r => Assert.Equal("application/x-protobuf", r.Header("Content-Type")));
        Protobuf[] spans = SpansOf(collector, trace);
        Assert.Equal(
            [("attempt", ids.Attempt, ids.Phase), ("feature", ids.Feature, ""), ("phase", ids.Phase, ids.Feature)],
            spans.Select(s => (s.Text(5), s.Hex(2), s.Hex(4))).Order());
        Assert.All(spans, s => Assert.True(s.Fixed64(7) > 0 && s.Fixed64(7) <= s.Fixed64(8)));
        Assert.Contains("phaseflow", Resources(sent, "/v1/traces"));
        Assert.Contains("phaseflow", Resources(sent, "/v1/metrics"));
    }

    [Fact]
    public async Task Export_WhenTheCollectorIsDown_HoldsNothingUp()
    {
        Receiver gone = await Receiver.StartAsync();
        Dictionary<string, string?> settings = Settings(gone);
        await gone.DisposeAsync();

        await using TelemetryBench bench = await TelemetryBench.StartAsync(settings);
        int id = await bench.ExecuteAsync("true");

        Assert.Equal("completed", await bench.EndOfAsync(id, () => true));
    }

    [Theory]
    [InlineData("", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318", true, true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT= ", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:4318/v1/traces", true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://127.0.0.1:4318/v1/metrics", false, true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 OTEL_METRICS_EXPORTER=none", true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 OTEL_SDK_DISABLED=true", false, false)]
    public void Settings_WhenVariablesAreSet_SwitchItOn(string variables, bool traces, bool metrics)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => (string?)v[1]))
            .Build();

        Assert.Equal(new OtlpSettings(traces, metrics), OtlpSettings.From(configuration));
    }

    private static Dictionary<string, string?> Settings(Receiver collector) => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url.ToString(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "60000",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "100",
    };

    private static Protobuf[] SpansOf(Receiver collector, string trace) =>
        [.. collector.Requests.Where(r => r.Path == "/v1/traces").SelectMany(r => Protobuf.Of(r.Body).Messages(1, 2, 2)).Where(s => s.Hex(1) == trace)];

    private static HashSet<string> MetricsOf(Receiver collector) =>
        [.. collector.Requests.Where(r => r.Path == "/v1/metrics").SelectMany(r => Protobuf.Of(r.Body).Messages(1, 2, 2)).Select(m => m.Text(1))];

    /// <summary>The values of the service's name in what was sent to a path.</summary>
    private static IEnumerable<string> Resources(Received[] sent, string path) => sent.Where(r => r.Path == path)
        .SelectMany(r => Protobuf.Of(r.Body).Messages(1, 1, 1))
        .Where(attribute => attribute.Text(1) == "service.name")
        .SelectMany(attribute => attribute.Messages(2))
        .Select(value => value.Text(1));
}
