using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace PhaseFlow.Functions.Telemetry;

/// <summary>Sends the spans and figures of this process to a collector by OTLP, as the <c>OTEL_…</c> variables say.</summary>
internal sealed class OtlpExport(IConfiguration configuration, OtlpSettings settings) : IHostedService, IDisposable
{
    private const string ServiceName = "phaseflow";

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come after it, and win.
        var resource = new KeyValuePair<string, object>[]
        {
            new("service.name", ServiceName),
            new("service.version", typeof(OtlpExport).Assembly.GetName().Version?.ToString(3) ?? ""),
        };
        if (settings.Traces)
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .ConfigureServices(services => services.AddSingleton(configuration))
                .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddAttributes(resource).AddTelemetrySdk().AddEnvironmentVariableDetector())
                .AddSource(TelemetryNames.Source)
                .AddOtlpExporter()
                .Build();
        }

        if (settings.Metrics)
        {
            _metrics = Sdk.CreateMeterProviderBuilder()
                .ConfigureServices(services => services.AddSingleton(configuration))
                .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddAttributes(resource).AddTelemetrySdk().AddEnvironmentVariableDetector())
                .AddMeter(TelemetryNames.Meter)
                .AddOtlpExporter()
                .Build();
        }

        return Task.CompletedTask;
    }

    // Sends what is left, both at once; a collector that does not answer holds the end up for a few seconds at most.
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Task.Run(DisposeTraces, CancellationToken.None), Task.Run(DisposeMetrics, CancellationToken.None));

    public void Dispose()
    {
        DisposeTraces();
        DisposeMetrics();
    }

    private void DisposeTraces() => Interlocked.Exchange(ref _traces, null)?.Dispose();

    private void DisposeMetrics() => Interlocked.Exchange(ref _metrics, null)?.Dispose();
}
