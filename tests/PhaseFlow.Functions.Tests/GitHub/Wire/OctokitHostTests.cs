using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Functions.Tests.GitHub.Wire;

/// <summary>The embedded host with issues and agents on GitHub, from its settings to the wire.</summary>
public sealed class OctokitHostTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly FakeGitHub _github = new(TimeProvider.System);
    private readonly Notes _notes = new();
    private GitHubServer? _server;
    private EmbeddedHost? _host;

    private GitHubServer Server => _server!;

    public async Task InitializeAsync() => _server = await GitHubServer.StartAsync(_github);

    public async Task DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await _server!.DisposeAsync();
        _folder.Dispose();
        _notes.Dispose();
    }

    [Fact]
    public async Task Feature_WhenAnAppIsUsed_RunsOnGitHubToItsEnd()
    {
        using FeatureClient client = await StartAsync(
            ("GitHub:AppId", GitHubServer.AppId), ("GitHub:PrivateKey", Server.PrivateKey), ("Agents:cloud:Workflow", "agent.yml"), ("Agents:cloud:Ref", "trunk"));
        int id = await client.ExecuteAsync("""{ "phase_number": 1, "title": "Schema", "content": "Do 1.", "workflow_type": "cloud" }""", "\"repository\": \"octo/app\",");
        await client.FeatureUntilAsync(id, _ => !_github.Dispatches.IsEmpty);
        IReadOnlyDictionary<string, string> inputs = _github.Dispatches.Single().Inputs;
        Assert.Equal(("trunk", "1", $"{Server.Url}/octo/app/issues/1"), (_github.Dispatches.Single().Reference, inputs["PHASEFLOW_ISSUE_NUMBER"], inputs["PHASEFLOW_ISSUE_URL"]));

        await client.ReportAsync(id, 1, "completed");
        await client.FeatureUntilAsync(id, f => f.GetProperty("status").GetString() == "completed" && _github.CommentsOf(1).Count == 1);

        Assert.Equal(1, Server.TokensMade);
        AssertNothingIsShown();
    }

    [Fact]
    public async Task Feature_WhenTheLimitIsReached_WaitsInWordsAndThenGoesOn()
    {
        _github.OnCall = call => call == "CreateIssue" ? FakeFault.RetryAfter(1) : null;
        using FeatureClient client = await StartAsync(("GitHub:Token", GitHubServer.PersonalToken), ("GitHub:Repository", FakeGitHub.Home));
        int id = await client.ExecuteAsync("""{ "phase_number": 1, "title": "Schema", "content": "Do 1." }""");
        JsonElement waiting = await client.RowUntilAsync(id, 1, r => r.GetProperty("wait_reason").ValueKind == JsonValueKind.String && r.GetProperty("status").GetString() == "running");
        Assert.Matches(@"\Awaits \d+s to be launched: GitHub's secondary rate limit is reached\z", waiting.GetProperty("wait_reason").GetString());

        _github.OnCall = _ => null;

        await client.RowUntilAsync(id, 1, r => r.GetProperty("issue_number").ValueKind == JsonValueKind.Number && r.GetProperty("attempt").GetInt32() == 1);
        AssertNothingIsShown();
    }

    [Fact]
    public async Task Feature_WhenTheTokenIsNotAccepted_FailsInWordsThatDoNotShowIt()
    {
        Server.Tokens.Clear();
        using FeatureClient client = await StartAsync(("GitHub:Token", GitHubServer.PersonalToken), ("GitHub:Repository", FakeGitHub.Home));

        int id = await client.ExecuteAsync("""{ "phase_number": 1, "title": "Schema", "content": "Do 1." }""");

        JsonElement row = await client.RowUntilAsync(id, 1, r => r.GetProperty("status").GetString() == "failed");
        Assert.StartsWith("The issue could not be created: GitHub does not accept the credentials (401)", row.GetProperty("error_message").GetString(), StringComparison.Ordinal);
        AssertNothingIsShown();
    }

    [Fact]
    public async Task Start_WhenTheSettingsAreIncomplete_SaysItInOneLine() => Assert.Equal(
        "A setting cannot be used: PhaseFlow__GitHub__Token is not set, and neither are PhaseFlow__GitHub__AppId and its PhaseFlow__GitHub__PrivateKeyFile: GitHub needs one of the two.",
        await GitHubServicesTests.RefusalAsync(("Issues:Provider", "github")));

    private async Task<FeatureClient> StartAsync(params (string Key, string? Value)[] settings)
    {
        _host = await EmbeddedHost.StartAsync(
            new HostSettings
            {
                DataFolder = _folder.Path,
                Port = 0,
                LogLevel = LogLevel.Trace,
                Overrides = settings.Append(("Issues:Provider", "github")).Append(("GitHub:BaseUrl", Server.Url)).ToDictionary(s => $"PhaseFlow:{s.Item1}", s => s.Item2),
                ConfigureServices = services => services.AddSingleton<ILoggerProvider>(_notes),
            },
            CancellationToken.None);
        return new FeatureClient(_host.Url);
    }

    private void AssertNothingIsShown()
    {
        Assert.NotEmpty(_notes.Lines);
        Assert.All(_notes.Lines, line => Assert.DoesNotContain("s3cret", line, StringComparison.Ordinal));
        Assert.All(_notes.Lines, line => Assert.DoesNotContain("PRIVATE KEY", line, StringComparison.Ordinal));
    }

    /// <summary>Keeps every line of the log, whatever its level.</summary>
    private sealed class Notes : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
