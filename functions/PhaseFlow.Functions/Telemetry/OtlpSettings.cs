using Microsoft.Extensions.Configuration;

namespace PhaseFlow.Functions.Telemetry;

/// <summary>Whether traces and metrics are sent by OTLP. The variables are those of OpenTelemetry, and are read here only as far as they switch it on.</summary>
/// <param name="Traces">Whether a collector is named for traces.</param>
/// <param name="Metrics">Whether one is named for metrics.</param>
internal sealed record OtlpSettings(bool Traces, bool Metrics)
{
    public bool IsOn => Traces || Metrics;

    public static OtlpSettings From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase))
        {
            return new OtlpSettings(false, false);
        }

        return new OtlpSettings(Asks("TRACES"), Asks("METRICS"));

        bool Asks(string signal) =>
            (Has("OTEL_EXPORTER_OTLP_ENDPOINT") || Has($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"))
            && !string.Equals(configuration[$"OTEL_{signal}_EXPORTER"], "none", StringComparison.OrdinalIgnoreCase);

        bool Has(string name) => !string.IsNullOrWhiteSpace(configuration[name]);
    }
}
