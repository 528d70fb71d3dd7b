using System.Collections.Immutable;
using PhaseFlow.Functions.GitHub;
using PhaseFlow.Functions.GitHub.Wire;

namespace PhaseFlow.Functions.Tests.GitHub.Wire;

public sealed class OctokitApiTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly RepositoryName Home = GitHubBench.Repository(FakeGitHub.Home);
    private static readonly ImmutableArray<string> Labels = ["feature-1", "phase-1"];

    private readonly FakeGitHub _github = new(TimeProvider.System);
    private GitHubServer? _server;

    private GitHubServer Server => _server!;

    public async Task InitializeAsync() => _server = await GitHubServer.StartAsync(_github);

    public async Task DisposeAsync() => await _server!.DisposeAsync();

    [Fact]
    public async Task ListIssues_WhenThereAreMorePages_ReadsThemAllAndLeavesPullRequestsOut()
    {
        Server.LargestPage = 2;
        foreach (int i in Enumerable.Range(1, 5))
        {
            _github.CreateIssue(FakeGitHub.Home, $"Issue {i}", "", i == 3 ? ["feature-1"] : Labels);
        }

        ImmutableArray<RemoteIssue> issues = await WithToken().ListIssuesAsync(Home, Labels, None);

        Assert.Equal([1, 2, 4, 5], issues.Select(i => i.Number));
        Assert.Equal(3, Server.Requests.Count);
        Assert.StartsWith("GET /repos/octo/app/issues?", Server.Requests.First(), StringComparison.Ordinal);
        Assert.All(["labels=feature-1%2Cphase-1", "state=all", "per_page=100"], part => Assert.Contains(part, Server.Requests.First(), StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task ListComments_WhenThereAreMorePages_ReadsThemAll()
    {
        Server.LargestPage = 2;
        _github.CreateIssue(FakeGitHub.Home, "Issue", "", []);
        foreach (int i in Enumerable.Range(1, 5))
        {
            _github.CreateComment(FakeGitHub.Home, 1, $"{i}");
        }

        Assert.Equal(["1", "2", "3", "4", "5"], (await WithToken().ListCommentsAsync(Home, 1, None)).Select(c => c.Body));
    }

    [Theory]
    [InlineData(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", "retry-after", "30")]
    [InlineData(429, "Too many requests", "retry-after", "30")]
    [InlineData(403, "API rate limit exceeded for user ID 1.", "x-ratelimit-remaining", "0")]
    [InlineData(403, "You have triggered an abuse detection mechanism.", "x-other", "1")]
    public async Task Call_WhenALimitIsReached_CarriesWhatGitHubSaysOfIt(int status, string message, string header, string value)
    {
        _github.OnCall = _ => new FakeFault(status, message, ImmutableDictionary<string, string>.Empty.Add(header, value));

        GitHubAnswerException answer = await Assert.ThrowsAsync<GitHubAnswerException>(() => WithToken().CreateCommentAsync(Home, 1, "Hello.", None));

        Assert.Equal((status, message, value), (answer.Status, answer.Message, answer.Headers[header]));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        Assert.InRange(RateLimits.PauseOf(answer, 0, now)!.Until, now.AddSeconds(30), now.AddSeconds(3605));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(404)]
    [InlineData(422)]
    public async Task Call_WhenItFails_CarriesTheStatus(int status)
    {
        _github.OnCall = _ => new FakeFault(status, "It is so.");

        GitHubAnswerException answer = await Assert.ThrowsAsync<GitHubAnswerException>(() => WithToken().ListIssuesAsync(Home, Labels, None));

        // What is not found has words of Octokit's own.
        Assert.Equal((status, status == 404 ? "repos/octo/app/issues was not found." : "It is so."), (answer.Status, answer.Message));
    }

    [Fact]
    public async Task Call_WhenNoAnswerComes_HasNoStatus()
    {
        _github.OnCall = _ => new FakeFault(0, "");

        Assert.Equal(0, (await Assert.ThrowsAsync<GitHubAnswerException>(() => WithToken().GetIssueAsync(Home, 1, None))).Status);
    }

    [Fact]
    public async Task Call_WhenTheTokenIsNotAccepted_DoesNotShowIt()
    {
        Server.Tokens.Clear();

        GitHubAnswerException answer = await Assert.ThrowsAsync<GitHubAnswerException>(() => WithToken().GetIssueAsync(Home, 1, None));

        Assert.Equal(401, answer.Status);
        Assert.DoesNotContain("s3cret", answer.ToString(), StringComparison.Ordinal);
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task Call_WhenAnAppIsUsed_HasATokenOfItsInstallationAndKeepsIt()
    {
        OctokitApi api = WithApp();

        await api.ListIssuesAsync(Home, Labels, None);
        await api.ListIssuesAsync(Home, Labels, None);

        Assert.Equal(
            ["GET /repos/octo/app/installation", "POST /app/installations/77/access_tokens", "GET", "GET"],
            Server.Requests.Select(r => r.Contains("/issues?", StringComparison.Ordinal) ? "GET" : r));
    }

    [Fact]
    public async Task Call_WhenTheTokenOfAnAppIsWithdrawn_GetsAnotherAtOnce()
    {
        OctokitApi api = WithApp();
        await api.ListIssuesAsync(Home, Labels, None);
        Server.Tokens.Clear();

        await api.ListIssuesAsync(Home, Labels, None);

        Assert.Equal(2, Server.TokensMade);
    }

    [Fact]
    public async Task Call_WhenTheTokenOfAnAppIsAboutToEnd_GetsAnother()
    {
        Server.TokenLife = TimeSpan.FromMinutes(2);
        OctokitApi api = WithApp(installation: GitHubServer.Installation);

        await api.ListIssuesAsync(Home, Labels, None);
        await api.ListIssuesAsync(Home, Labels, None);

        Assert.Equal(2, Server.TokensMade);
    }

    [Fact]
    public async Task Call_WhenTheKeyOfTheAppIsAnother_IsNotAccepted()
    {
        using var other = System.Security.Cryptography.RSA.Create(2048);

        GitHubAnswerException answer = await Assert.ThrowsAsync<GitHubAnswerException>(
            () => WithApp(key: other.ExportRSAPrivateKeyPem()).ListIssuesAsync(Home, Labels, None));

        Assert.Equal((401, 0), (answer.Status, Server.TokensMade));
    }

    [Fact]
    public async Task Dispatch_WhenItIsSent_CarriesTheInputsAsTheyAre()
    {
        OctokitApi api = WithToken();
        var inputs = new Dictionary<string, string> { ["PHASEFLOW_ADW_ID"] = "adw-1", ["PHASEFLOW_PROMPT"] = "# Line\n\"quoted\" ünï <b> \\ 😀" };

        await api.DispatchAsync(Home, "agent.yml", "feature/x", inputs, None);

        Assert.Equal((FakeGitHub.Home, "agent.yml", "feature/x"), (_github.Dispatches.Single().Repository, _github.Dispatches.Single().Workflow, _github.Dispatches.Single().Reference));
        Assert.Equal(inputs, _github.Dispatches.Single().Inputs);
    }

    [Fact]
    public async Task ListRuns_WhenThereAreSome_KnowsThemByTheirTitle()
    {
        Server.LargestPage = 1;
        OctokitApi api = WithToken();
        DateTimeOffset before = DateTimeOffset.UtcNow.AddMinutes(-5);
        await api.DispatchAsync(Home, "agent.yml", "main", new Dictionary<string, string> { ["PHASEFLOW_ADW_ID"] = "adw-1" }, None);
        await api.DispatchAsync(Home, "agent.yml", "main", new Dictionary<string, string> { ["PHASEFLOW_ADW_ID"] = "adw-2" }, None);
        _github.EndRun(1001);

        ImmutableArray<RemoteRun> runs = await api.ListRunsAsync(Home, "agent.yml", before, None);

        Assert.Equal([(1000, "agent adw-1", false), (1001, "agent adw-2", true)], runs.Select(r => (r.Id, r.Title, r.IsCompleted)));
        Assert.Empty(await api.ListRunsAsync(Home, "agent.yml", DateTimeOffset.UtcNow.AddMinutes(5), None));
    }

    [Fact]
    public async Task CancelRun_WhenItIsAsked_Cancels()
    {
        await WithToken().CancelRunAsync(Home, 1000, None);

        Assert.Equal("POST /repos/octo/app/actions/runs/1000/cancel", Server.Requests.Single());
    }

    private OctokitApi WithToken() => Api(new GitHubSettings { Address = Address(), Token = GitHubServer.PersonalToken });

    private OctokitApi WithApp(long? installation = null, string? key = null) =>
        Api(new GitHubSettings { Address = Address(), App = new AppIdentity(GitHubServer.AppId, key ?? Server.PrivateKey, installation) });

    private GitHubAddress Address() => GitHubAddress.TryParse(Server.Url, out GitHubAddress? address, out _) ? address : throw new InvalidOperationException();

    private static OctokitApi Api(GitHubSettings settings) =>
        new(settings, new GitHubTokens(settings, new OctokitAppApi(settings, TimeProvider.System), TimeProvider.System));
}
