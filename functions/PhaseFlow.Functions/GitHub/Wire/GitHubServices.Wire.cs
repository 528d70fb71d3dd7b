using Microsoft.Extensions.DependencyInjection;
using PhaseFlow.Functions.GitHub.Wire;

namespace PhaseFlow.Functions.GitHub;

/// <content>A build with Octokit has the calls.</content>
internal static partial class GitHubServices
{
    static partial void AddWire(IServiceCollection services, ref bool isBuiltIn)
    {
        services.AddSingleton<IGitHubAppApi, OctokitAppApi>();
        services.AddSingleton<IGitHubApi, OctokitApi>();
        isBuiltIn = true;
    }
}
