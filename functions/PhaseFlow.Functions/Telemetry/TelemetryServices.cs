using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace PhaseFlow.Functions.Telemetry;

/// <summary>Registers what is told of runs, and, where a collector is configured, what sends it there.</summary>
internal static class TelemetryServices
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton<PhaseFlowMetrics>();
        services.TryAddSingleton<RunTelemetry>();
        if (OtlpSettings.From(configuration) is { IsOn: true } settings)
        {
            AddExport(services, settings);
        }

        return services;
    }

    // Apart, so that the SDK is not even loaded where nothing is sent.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddExport(IServiceCollection services, OtlpSettings settings)
    {
        services.AddSingleton(settings);
        services.AddHostedService<OtlpExport>();
    }
}
