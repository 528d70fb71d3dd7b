using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.GitHub;

namespace PhaseFlow.Functions.Tests.GitHub;

/// <summary>Features whose issues are on GitHub, over the real engine and the real store.</summary>
public sealed class GitHubFeatureTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly FakeGitHub _github = new(TimeProvider.System);
    private EmbeddedHost? _host;
    private FeatureClient? _client;

    private FeatureClient Client => _client!;

    public Task InitializeAsync() => StartAsync();

    public async Task DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Feature_WhenIssuesAreOnGitHub_CreatesEachJustInTimeAndSaysHowItEnded()
    {
        int id = await Client.ExecuteAsync("""{ "phase_number": 1, "title": "Schema", "content": "Do 1." }, { "phase_number": 2, "title": "Code", "content": "Do 2.", "depends_on": [1] }""");
        await Client.RowUntilAsync(id, 1, r => r.GetProperty("issue_number").ValueKind == JsonValueKind.Number);
        Assert.Single(_github.IssuesOf());

        await Client.ReportAsync(id, 1, "completed");
        JsonElement second = await Client.RowUntilAsync(id, 2, r => r.GetProperty("issue_number").ValueKind == JsonValueKind.Number);
        await Client.ReportAsync(id, 2, "failed");
        await Client.FeatureUntilAsync(id, f => f.GetProperty("status").GetString() == "failed" && _github.CommentsOf(2).Count == 1);

        Assert.Equal(2, second.GetProperty("issue_number").GetInt32());
        Assert.Equal([$"Feature #{id} - Phase 1: Schema", $"Feature #{id} - Phase 2: Code"], _github.IssuesOf().Select(i => i.Title));
        Assert.Contains("- ✅ Phase 1: Schema (Issue #1) - Completed", _github.IssuesOf()[1].Body, StringComparison.Ordinal);
        Assert.Equal([$"feature-{id}", "phase-2"], _github.IssuesOf()[1].Labels.AsEnumerable());
        Assert.StartsWith("**✅ Completed**", Assert.Single(_github.CommentsOf(1)).Body, StringComparison.Ordinal);
        Assert.StartsWith("**❌ Failed**", Assert.Single(_github.CommentsOf(2)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Feature_WhenGitHubAsksToWait_WaitsWithAReasonOverARestartAndThenGoesOn()
    {
        _github.OnCall = call => call == "CreateIssue" ? FakeFault.RetryAfter(1) : null;
        int id = await Client.ExecuteAsync("""{ "phase_number": 1, "title": "Schema", "content": "Do 1." }""");
        JsonElement waiting = await Client.RowUntilAsync(id, 1, r => r.GetProperty("wait_reason").ValueKind == JsonValueKind.String && r.GetProperty("status").GetString() == "running");
        Assert.Matches(@"\Awaits \d+s to be launched: GitHub's secondary rate limit is reached\z", waiting.GetProperty("wait_reason").GetString());

        await StopAsync();
        await StartAsync();
        _github.OnCall = _ => null;

        JsonElement row = await Client.RowUntilAsync(id, 1, r => r.GetProperty("issue_number").ValueKind == JsonValueKind.Number);
        Assert.Equal((1, JsonValueKind.Null), (row.GetProperty("attempt").GetInt32(), row.GetProperty("wait_reason").ValueKind));
        Assert.Single(_github.IssuesOf());
    }

    [Fact]
    public async Task Feature_WhenACommentMustWait_IsOverAtOnceAndTheCommentComesLater()
    {
        _github.OnCall = call => call == "CreateComment" ? FakeFault.RetryAfter(1) : null;
        int id = await Client.ExecuteAsync("""{ "phase_number": 1, "title": "Schema", "content": "Do 1." }""");
        await Client.RowUntilAsync(id, 1, r => r.GetProperty("issue_number").ValueKind == JsonValueKind.Number);
        await Client.ReportAsync(id, 1, "completed");
        await Client.FeatureUntilAsync(id, f => f.GetProperty("status").GetString() == "completed" && _github.CountOf("CreateComment") > 0);
        Assert.Empty(_github.CommentsOf(1));

        _github.OnCall = _ => null;

        await Client.FeatureUntilAsync(id, _ => _github.CommentsOf(1).Count == 1);
    }

    [Fact]
    public async Task Feature_WhenGitHubRefuses_FailsWithWhatItSays()
    {
        _github.OnCall = call => call == "ListIssues" ? new FakeFault(404, "Not Found") : null;

        int id = await Client.ExecuteAsync("""{ "phase_number": 1, "title": "Schema", "content": "Do 1." }""");

        JsonElement row = await Client.RowUntilAsync(id, 1, r => r.GetProperty("status").GetString() == "failed");
        Assert.Equal(
            "The issue could not be created: GitHub does not know octo/app, or its credentials may not see it (404).", row.GetProperty("error_message").GetString());
    }

    [Fact]
    public async Task Issue_WhenItCannotBeReadNow_IsAnswered503()
    {
        _github.OnCall = _ => FakeFault.RetryAfter(60);

        JsonElement problem = await Client.GetAsync("/api/v1/issues/1", 503);

        Assert.Equal("The issue cannot be read now: GitHub's secondary rate limit is reached.", problem.GetProperty("detail").GetString());
    }

    private async Task StartAsync()
    {
        _host = await EmbeddedHost.StartAsync(
            new HostSettings
            {
                DataFolder = _folder.Path,
                Port = 0,
                ConfigureServices = services => services
                    .AddSingleton<IGitHubApi>(_github)
                    .AddGitHub(GitHubBench.Settings(), tracks: true, new Dictionary<string, WorkflowOptions>()),
            },
            CancellationToken.None);
        _client = new FeatureClient(_host.Url);
    }

    private async Task StopAsync()
    {
        _client?.Dispose();
        await _host!.DisposeAsync();
    }
}
