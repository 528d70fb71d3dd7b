using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PhaseFlow.Functions.Agents.Dispatch;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Retention;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Sweeps;
using PhaseFlow.Functions.Telemetry;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions;

/// <summary>What both hosts register; each adds its own store, issue tracker and launchers.</summary>
public static class AppServices
{
    public static IServiceCollection AddPhaseFlow(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<SlotOptions>().Bind(configuration.GetSection(SlotOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<SpendOptions>().Bind(configuration.GetSection(SpendOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SpendOptions>, SpendOptionsValidator>();
        services.AddOptions<WebhookOptions>().Bind(configuration.GetSection(WebhookOptions.Section));
        services.AddOptions<SweepOptions>().Bind(configuration.GetSection(SweepOptions.Section));
        services.AddOptions<RetentionOptions>().Bind(configuration.GetSection(RetentionOptions.Section))
            .Validate(o => o.FinishedFeatures >= TimeSpan.Zero && o.FinishedFeatures <= RetentionOptions.Longest, RetentionOptions.Refusal).ValidateOnStart();
        services.AddSingleton<SweepMetrics>();
        services.AddSingleton<FeatureRemover>();
        services.AddSingleton<WebhookSecrets>();
        services.AddHttpFunctions();
        services.AddDispatch(configuration);
        services.AddTelemetry(configuration);
        return services;
    }
}
