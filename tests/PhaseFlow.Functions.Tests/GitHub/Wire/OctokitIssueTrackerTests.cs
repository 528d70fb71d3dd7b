using PhaseFlow.Functions.GitHub;
using PhaseFlow.Functions.GitHub.Wire;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Tests.Issues;

namespace PhaseFlow.Functions.Tests.GitHub.Wire;

/// <summary>The promises of every issue tracker, kept through Octokit against a server.</summary>
public sealed class OctokitIssueTrackerTests : IssueTrackerContract, IAsyncLifetime
{
    private GitHubServer? _server;

    public async Task InitializeAsync() => _server = await GitHubServer.StartAsync(new FakeGitHub(TimeProvider.System));

    public async Task DisposeAsync() => await _server!.DisposeAsync();

    protected override Task<IIssueTracker> OpenAsync()
    {
        Assert.True(GitHubAddress.TryParse(_server!.Url, out GitHubAddress? address, out _));
        var settings = new GitHubSettings { Address = address, Token = GitHubServer.PersonalToken, Repository = GitHubBench.Repository(FakeGitHub.Home) };
        var tokens = new GitHubTokens(settings, new OctokitAppApi(settings, TimeProvider.System), TimeProvider.System);
        return Task.FromResult<IIssueTracker>(GitHubBench.Tracker(new OctokitApi(settings, tokens), TimeProvider.System, settings));
    }
}
