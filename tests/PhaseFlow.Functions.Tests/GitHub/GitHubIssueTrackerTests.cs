using System.Collections.Immutable;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.GitHub;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Remote;
using PhaseFlow.Functions.Tests.Issues;
using static PhaseFlow.Functions.Tests.GitHub.GitHubBench;

namespace PhaseFlow.Functions.Tests.GitHub;

public sealed class GitHubIssueTrackerTests : IssueTrackerContract
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly FakeTime _time = new();
    private readonly FakeGitHub _github;

    public GitHubIssueTrackerTests() => _github = new FakeGitHub(_time);

    [Fact]
    public async Task Create_WhenItIsTheFirst_LooksForItFirstAndGivesItsAddressOnGitHub()
    {
        IssueRef issue = await Tracker(_github, _time).CreateAsync(Draft("m-1"), None);

        Assert.Equal(new IssueRef(1, "https://github.com/octo/app/issues/1"), issue);
        Assert.Equal(["ListIssues", "CreateIssue"], _github.Calls);
        Assert.Matches(@"\AThe body\.\n\n<!-- phaseflow-mark [0-9a-f]{32} -->\z", _github.IssuesOf()[0].Body);
    }

    [Fact]
    public async Task Create_WhenTheAnswerToTheFirstTryWasLost_FindsWhatItMade()
    {
        GitHubIssueTracker tracker = Tracker(_github, _time);
        _github.FailOnce("CreateIssue", new FakeFault(502, "Bad Gateway", IsDone: true));
        TryLaterException later = await Assert.ThrowsAsync<TryLaterException>(() => tracker.CreateAsync(Draft("m-1"), None));
        Assert.Equal("GitHub is out of order (502)", later.Delay.Reason);

        IssueRef issue = await tracker.CreateAsync(Draft("m-1"), None);

        Assert.Equal(1, issue.Number);
        Assert.Single(_github.IssuesOf());
    }

    [Fact]
    public async Task Create_WhenEightTriesAreMadeAtOnce_MakesOneIssue()
    {
        GitHubIssueTracker tracker = Tracker(_github, _time);

        IssueRef[] issues = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => tracker.CreateAsync(Draft("m-1"), None)));

        Assert.Single(issues.Distinct());
        Assert.Single(_github.IssuesOf());
    }

    [Fact]
    public async Task Create_WhenAStrangerHasWrittenTheMarker_MakesItsOwn()
    {
        _github.CreateIssue(FakeGitHub.Home, "Mine", "<!-- m-1 --> <!-- phaseflow-mark 0123456789abcdef0123456789abcdef -->", Draft("m-1").Labels);

        IssueRef issue = await Tracker(_github, _time).CreateAsync(Draft("m-1"), None);

        Assert.Equal(2, issue.Number);
    }

    [Fact]
    public async Task Create_WhenAnotherPhaseFlowHasTheSameMarker_MakesItsOwn()
    {
        await Tracker(_github, _time, secrets: Secrets(OtherKey)).CreateAsync(Draft("m-1"), None);

        IssueRef issue = await Tracker(_github, _time).CreateAsync(Draft("m-1"), None);

        Assert.Equal(2, issue.Number);
    }

    [Fact]
    public async Task Create_WhenTheMasterKeyWasRotatedMeanwhile_FindsTheFirst()
    {
        IssueRef first = await Tracker(_github, _time, secrets: Secrets(OtherKey)).CreateAsync(Draft("m-1"), None);

        Assert.Equal(first, await Tracker(_github, _time, secrets: Secrets(MasterKey, previous: OtherKey)).CreateAsync(Draft("m-1"), None));
    }

    [Fact]
    public async Task Create_WhenTheFeatureNamesAnotherRepository_MakesItThere()
    {
        IssueRef issue = await Tracker(_github, _time).CreateAsync(Draft("m-1") with { Repository = "octo/other" }, None);

        Assert.Equal("https://github.com/octo/other/issues/1", issue.Url);
        Assert.Empty(_github.IssuesOf());
    }

    [Theory]
    [InlineData(null, "the feature names no repository, and PhaseFlow__GitHub__Repository is not set")]
    [InlineData("octo/..", "the feature's repository is no name that GitHub gives")]
    public async Task Create_WhenThereIsNoRepository_AsksNobody(string? repository, string reason)
    {
        GitHubIssueTracker tracker = Tracker(_github, _time, Settings(repository: null));

        AgentLaunchException fault = await Assert.ThrowsAsync<AgentLaunchException>(() => tracker.CreateAsync(Draft("m-1") with { Repository = repository }, None));

        Assert.Equal($"The issue could not be created: {reason}.", fault.Message);
        Assert.Empty(_github.Calls);
        Assert.Equal("", tracker.UrlOf(repository, 1));
    }

    [Fact]
    public async Task Create_WhenTheTextIsLongerThanGitHubTakes_CutsItAndKeepsTheMark()
    {
        GitHubIssueTracker tracker = Tracker(_github, _time);
        IssueDraft draft = Draft("m-1") with { Title = new string('t', 300), Body = new string('x', IssueMarks.LongestBody - 100) + "😀😀" + new string('y', 100) };

        IssueRef first = await tracker.CreateAsync(draft, None);

        RemoteIssue issue = _github.IssuesOf()[0];
        Assert.InRange(issue.Body.Length, IssueMarks.LongestBody - 1, IssueMarks.LongestBody);
        Assert.Contains("… the rest did not fit", issue.Body, StringComparison.Ordinal);
        Assert.Equal(256, issue.Title.Length);
        Assert.Equal(first, await tracker.CreateAsync(draft, None));
    }

    [Fact]
    public async Task Create_WhenALimitIsReached_SaysWhenToComeAgainAndAsksNothingUntilThen()
    {
        GitHubIssueTracker tracker = Tracker(_github, _time);
        _github.FailOnce("CreateIssue", FakeFault.RetryAfter(60));
        TryLaterException first = await Assert.ThrowsAsync<TryLaterException>(() => tracker.CreateAsync(Draft("m-1"), None));
        Assert.Equal(new RemoteDelay(_time.GetUtcNow().AddSeconds(61), "GitHub's secondary rate limit is reached"), first.Delay);
        int asked = _github.Calls.Count;

        TryLaterException second = await Assert.ThrowsAsync<TryLaterException>(() => tracker.CreateAsync(Draft("m-2"), None));
        Assert.Equal((first.Delay, asked), (second.Delay, _github.Calls.Count));

        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(1, (await tracker.CreateAsync(Draft("m-1"), None)).Number);
    }

    [Fact]
    public async Task Create_WhenEightyWereMadeInAMinute_WaitsForTheNext()
    {
        GitHubIssueTracker tracker = Tracker(_github, _time);
        DateTimeOffset begin = _time.GetUtcNow();
        for (int i = 0; i < ContentBudget.PerMinute; i++)
        {
            await tracker.CreateAsync(Draft($"m-{i}"), None);
        }

        TryLaterException later = await Assert.ThrowsAsync<TryLaterException>(() => tracker.CreateAsync(Draft("one more"), None));

        Assert.Equal(new RemoteDelay(begin.AddMinutes(1), "GitHub's limit of 80 issues and comments a minute is reached"), later.Delay);
        Assert.Equal(80, _github.CountOf("CreateIssue"));
    }

    [Fact]
    public async Task Create_WhenTheCredentialsMayNot_SaysItInWords()
    {
        _github.FailOnce("CreateIssue", new FakeFault(403, "Resource not accessible by personal access token"));

        AgentLaunchException fault = await Assert.ThrowsAsync<AgentLaunchException>(() => Tracker(_github, _time).CreateAsync(Draft("m-1"), None));

        Assert.Equal(
            "The issue could not be created: GitHub forbids it for octo/app (403): Resource not accessible by personal access token.", fault.Message);
    }

    [Fact]
    public async Task Comment_WhenTheAnswerToTheFirstTryWasLost_IsThereOnce()
    {
        GitHubIssueTracker tracker = Tracker(_github, _time);
        await tracker.CreateAsync(Draft("m-1"), None);
        _github.FailOnce("CreateComment", new FakeFault(0, "connection reset", IsDone: true));
        await Assert.ThrowsAsync<TryLaterException>(() => tracker.CommentAsync(FakeGitHub.Home, 1, "c-1", "Done.", None));

        await tracker.CommentAsync(FakeGitHub.Home, 1, "c-1", "Done.", None);

        Assert.Single(_github.CommentsOf(1));
    }

    [Fact]
    public async Task Comment_WhenTheIssueIsSomebodyElses_SaysNothingThere()
    {
        _github.CreateIssue(FakeGitHub.Home, "A bug", "It hurts.", []);

        GitHubException fault = await Assert.ThrowsAsync<GitHubException>(() => Tracker(_github, _time).CommentAsync(null, 1, "c-1", "Done.", None));

        Assert.Equal("issue 1 of octo/app is not PhaseFlow's: nothing is said there", fault.Message);
        Assert.Empty(_github.CommentsOf(1));
    }

    [Fact]
    public async Task Get_WhenTheIssueIsSomebodyElses_GivesNull()
    {
        _github.CreateIssue(FakeGitHub.Home, "A bug", "It hurts.", ImmutableArray<string>.Empty);

        Assert.Null(await Tracker(_github, _time).GetAsync(null, 1, None));
    }

    [Fact]
    public async Task Get_WhenTheIssueIsInAnotherRepository_ReadsItThere()
    {
        GitHubIssueTracker tracker = Tracker(_github, _time);
        await tracker.CreateAsync(Draft("m-1") with { Repository = "octo/other" }, None);

        Assert.Equal("octo/other", (await tracker.GetAsync("octo/other", 1, None))?.Repository);
        Assert.Null(await tracker.GetAsync(null, 1, None));
        Assert.Null(await tracker.GetAsync("octo/..", 1, None));
    }

    [Fact]
    public async Task Remove_WhenAFeatureGoes_LeavesItsIssuesToThoseWhoHaveThem()
    {
        IIssueTracker tracker = Tracker(_github, _time);
        IssueRef issue = await tracker.CreateAsync(Draft("m-1"), None);

        await tracker.RemoveAsync(["m-1"], None);

        Assert.NotNull(await tracker.GetAsync(null, issue.Number, None));
    }

    protected override Task<IIssueTracker> OpenAsync() => Task.FromResult<IIssueTracker>(Tracker(_github, _time));
}
