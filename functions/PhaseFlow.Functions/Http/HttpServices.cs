using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Queue;
using PhaseFlow.Functions.Telemetry;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Http;

/// <summary>What the HTTP functions need apart from the store, the launchers and the tracker.</summary>
public static class HttpServices
{
    public static IServiceCollection AddHttpFunctions(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IFeaturePlanner, TemplateFeaturePlanner>();
        services.TryAddSingleton<AgentConfiguration>();
        services.TryAddSingleton<FeatureCommands>();
        services.TryAddSingleton<Questions>();
        services.TryAddSingleton<FeatureSubmissions>();
        services.TryAddSingleton<PhaseAdditions>();
        services.TryAddSingleton<InboxCourier>();
        services.TryAddSingleton<AttemptLookup>();
        services.TryAddSingleton<WebhookGate>();
        services.TryAddSingleton<PhaseFlowMetrics>();
        return services;
    }
}
