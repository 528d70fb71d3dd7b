using PhaseFlow.Functions.GitHub;

namespace PhaseFlow.Functions.Tests.GitHub;

public sealed class GitHubTokensTests
{
    private static readonly RepositoryName App = GitHubBench.Repository("octo/app");

    private readonly FakeTime _time = new();
    private readonly FakeApp _app;

    public GitHubTokensTests() => _app = new FakeApp(_time);

    [Fact]
    public async Task TokenFor_WhenThereIsAPersonalToken_GivesIt()
    {
        var tokens = new GitHubTokens(GitHubBench.Settings(), _app, _time);

        Assert.Equal("ghp_secret", await tokens.TokenForAsync(App));
        Assert.Equal((0, 0), (_app.Found, _app.Made));
    }

    [Fact]
    public async Task TokenFor_WhenItHoldsStill_IsAskedForOnce()
    {
        GitHubTokens tokens = Tokens();

        string[] given = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => tokens.TokenForAsync(App)));
        _time.Advance(TimeSpan.FromMinutes(54));

        Assert.All(given, token => Assert.Equal("ghs_1-of-70", token));
        Assert.Equal("ghs_1-of-70", await tokens.TokenForAsync(GitHubBench.Repository("OCTO/other")));
        Assert.Equal((1, 1), (_app.Found, _app.Made));
    }

    [Fact]
    public async Task TokenFor_WhenItIsAboutToEnd_MakesAnother()
    {
        GitHubTokens tokens = Tokens();
        await tokens.TokenForAsync(App);

        _time.Advance(TimeSpan.FromMinutes(56));

        Assert.Equal("ghs_2-of-70", await tokens.TokenForAsync(App));
        Assert.Equal(1, _app.Found);
    }

    [Fact]
    public async Task TokenFor_WhenOwnersDiffer_HasOneForEach()
    {
        GitHubTokens tokens = Tokens();

        Assert.Equal("ghs_1-of-70", await tokens.TokenForAsync(App));
        Assert.Equal("ghs_2-of-71", await tokens.TokenForAsync(GitHubBench.Repository("acme/app")));
    }

    [Fact]
    public async Task TokenFor_WhenTheInstallationIsSet_AsksForNone()
    {
        GitHubTokens tokens = Tokens(installation: 9);

        Assert.Equal("ghs_1-of-9", await tokens.TokenForAsync(App));
        Assert.Equal(0, _app.Found);
    }

    [Fact]
    public async Task TokenFor_WhenItWasForgotten_MakesAnother()
    {
        GitHubTokens tokens = Tokens();
        await tokens.TokenForAsync(App);

        tokens.Forget(App);

        Assert.Equal("ghs_2-of-71", await tokens.TokenForAsync(App));
    }

    [Fact]
    public async Task TokenFor_WhenTheAppIsNotInstalled_SaysSoAndAsksAgainNextTime()
    {
        GitHubTokens tokens = Tokens();
        _app.Fault = new GitHubAnswerException(404, "Not Found");

        GitHubException fault = await Assert.ThrowsAsync<GitHubException>(() => tokens.TokenForAsync(App));
        Assert.Equal("The GitHub App is not installed for octo/app", fault.Message);

        _app.Fault = null;
        Assert.StartsWith("ghs_1", await tokens.TokenForAsync(App), StringComparison.Ordinal);
    }

    private GitHubTokens Tokens(long? installation = null) =>
        new(new GitHubSettings { App = new AppIdentity("42", "no key is needed", installation) }, _app, _time);

    private sealed class FakeApp(FakeTime time) : IGitHubAppApi
    {
        public int Found { get; private set; }

        public int Made { get; private set; }

        public Exception? Fault { get; set; }

        public Task<long> FindInstallationAsync(RepositoryName repository) => Fault is null ? Task.FromResult(70L + Found++) : Task.FromException<long>(Fault);

        public async Task<InstallationToken> CreateTokenAsync(long installation)
        {
            await Task.Yield();
            return new InstallationToken($"ghs_{++Made}-of-{installation}", time.GetUtcNow().AddHours(1));
        }
    }
}
