using Octokit;

namespace PhaseFlow.Functions.GitHub.Wire;

/// <summary>The calls of an app as itself, through Octokit.</summary>
internal sealed class OctokitAppApi(GitHubSettings settings, TimeProvider time) : IGitHubAppApi
{
    private readonly GitHubClient _client = OctokitClients.Create(
        settings.Address, () => Task.FromResult(new Credentials(settings.App!.CreateJwt(time.GetUtcNow()), AuthenticationType.Bearer)));

    public Task<long> FindInstallationAsync(RepositoryName repository) => OctokitClients.CallAsync(
        async () => (await _client.GitHubApps.GetRepositoryInstallationForCurrent(repository.Owner, repository.Name)).Id, CancellationToken.None);

    public Task<InstallationToken> CreateTokenAsync(long installation) => OctokitClients.CallAsync(
        async () =>
        {
            AccessToken token = await _client.GitHubApps.CreateInstallationToken(installation);
            return new InstallationToken(token.Token, token.ExpiresAt);
        },
        CancellationToken.None);
}
