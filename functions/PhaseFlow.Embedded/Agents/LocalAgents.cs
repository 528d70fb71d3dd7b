using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PhaseFlow.Embedded.Planning;
using PhaseFlow.Embedded.Storage;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Features;

namespace PhaseFlow.Embedded.Agents;

/// <summary>Registers the agents that this machine runs.</summary>
internal static class LocalAgents
{
    /// <summary>
    /// Adds the launchers for configured commands, shell blocks and external agents, and what watches them.
    /// Needs the SQLite store, <c>WebhookSecrets</c>, <c>IPublicAddress</c> and <c>TimeProvider</c>.
    /// </summary>
    public static IServiceCollection AddLocalAgents(this IServiceCollection services, IConfiguration configuration, string dataFolder)
    {
        services.AddOptions<AgentOptions>().Configure(options =>
        {
            foreach (IConfigurationSection type in configuration.GetSection(AgentOptions.Section).GetChildren())
            {
                options.Types[type.Key] = type.Get<AgentTypeOptions>() ?? new AgentTypeOptions();
            }
        });
        services.AddSingleton(new AgentFolders(dataFolder));
        services.AddSingleton<AgentProcesses>();
        services.TryAddSingleton<ILiveAttempts>(provider => provider.GetRequiredService<SqlitePhaseStore>());
        services.AddOptions<PlannerOptions>().Bind(configuration.GetSection(PlannerOptions.Section));
        if (!string.IsNullOrWhiteSpace(configuration[$"{PlannerOptions.Section}:Command"]))
        {
            services.AddSingleton<IFeaturePlanner, CommandFeaturePlanner>();
        }

        services.AddSingleton<AgentSupervisor>();
        services.AddHostedService(provider => provider.GetRequiredService<AgentSupervisor>());
        services.AddHostedService<AgentReaper>();
        services.AddSingleton<LocalProcessLauncher>();
        services.AddSingleton<IAgentLauncher>(provider => provider.GetRequiredService<LocalProcessLauncher>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IAgentLauncher, ExternalLauncher>());
        return services;
    }
}
