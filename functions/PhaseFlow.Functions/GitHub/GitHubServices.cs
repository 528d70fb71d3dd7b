using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.GitHub;

/// <summary>Registers GitHub, where the settings ask for it.</summary>
internal static partial class GitHubServices
{
    private const string Provider = "PhaseFlow:Issues:Provider";

    /// <summary>
    /// Puts the issues on GitHub where <c>PhaseFlow__Issues__Provider</c> is <c>github</c>, and adds the launcher of the workflow types that have a
    /// <c>PhaseFlow__Agents__NAME__Workflow</c>. Comes after the store, whose tracker it replaces.
    /// </summary>
    /// <exception cref="OptionsValidationException">The settings are incomplete or wrong, or this build has no adapter for GitHub.</exception>
    public static IServiceCollection AddGitHub(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var faults = new List<string>();
        bool tracks = Tracks(configuration[Provider], faults);
        Dictionary<string, WorkflowOptions> types = WorkflowOptions.TypesOf(configuration, faults);
        if (faults.Count > 0)
        {
            throw Invalid([.. faults]);
        }

        if (!tracks && types.Count == 0)
        {
            return services;
        }

        bool isBuiltIn = false;
        AddWire(services, ref isBuiltIn);
        return isBuiltIn
            ? services.AddGitHub(GitHubSettings.Read(configuration), tracks, types)
            : throw Invalid($"{(tracks ? "PhaseFlow__Issues__Provider is github" : $"PhaseFlow__Agents__{types.Keys.First()}__Workflow is set")}, and this build has no adapter for GitHub: build it with -p:WithGitHub=true.");
    }

    /// <summary>Adds everything but the calls themselves: <see cref="IGitHubApi"/> and <see cref="IGitHubAppApi"/>.</summary>
    public static IServiceCollection AddGitHub(
        this IServiceCollection services, GitHubSettings settings, bool tracks, IReadOnlyDictionary<string, WorkflowOptions> types)
    {
        services.AddSingleton(settings);
        services.AddSingleton<GitHubTokens>();
        services.AddSingleton<GitHubGate>();
        services.AddSingleton<IssueMarks>();
        if (tracks)
        {
            services.Replace(ServiceDescriptor.Singleton<IIssueTracker, GitHubIssueTracker>());
        }

        if (types.Count > 0)
        {
            services.AddSingleton<IAgentLauncher>(provider => new WorkflowLauncher(
                settings,
                types,
                provider.GetRequiredService<IGitHubApi>(),
                provider.GetRequiredService<GitHubGate>(),
                provider.GetRequiredService<IPhaseStore>(),
                provider.GetRequiredService<WebhookSecrets>(),
                provider.GetRequiredService<IPublicAddress>(),
                provider.GetRequiredService<TimeProvider>()));
        }

        return services;
    }

    /// <summary>Adds the calls themselves, in a build that has them.</summary>
    static partial void AddWire(IServiceCollection services, ref bool isBuiltIn);

    private static bool Tracks(string? provider, List<string> faults)
    {
        switch (provider?.Trim().ToLowerInvariant())
        {
            case null or "" or "store":
                return false;
            case "github":
                return true;
            default:
                faults.Add("PhaseFlow__Issues__Provider is neither store nor github.");
                return false;
        }
    }

    private static OptionsValidationException Invalid(params string[] faults) => new(GitHubSettings.Section, typeof(GitHubSettings), faults);
}
