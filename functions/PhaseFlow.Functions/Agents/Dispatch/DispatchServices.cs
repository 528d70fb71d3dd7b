using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace PhaseFlow.Functions.Agents.Dispatch;

/// <summary>Registers the launcher for agents that are dispatched over HTTP, where the settings have any.</summary>
internal static class DispatchServices
{
    public static IServiceCollection AddDispatch(this IServiceCollection services, IConfiguration configuration)
    {
        KeyValuePair<string, DispatchTypeOptions>[] types = [.. DispatchOptions.TypesOf(configuration)];
        if (types.Length == 0)
        {
            return services;
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DispatchOptions>, DispatchValidation>());
        services.AddOptions<DispatchOptions>().Bind(configuration.GetSection(DispatchOptions.Section)).Configure(options =>
        {
            foreach ((string type, DispatchTypeOptions agent) in types)
            {
                options.Types[type] = agent;
            }
        }).ValidateOnStart();
        services.TryAddSingleton<IHostResolver, SystemHostResolver>();
        services.AddSingleton<IAgentLauncher, DispatchLauncher>();
        return services;
    }
}
