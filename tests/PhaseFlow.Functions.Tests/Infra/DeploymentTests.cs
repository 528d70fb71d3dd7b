using Microsoft.Extensions.Logging;
using PhaseFlow.Functions.Sweeps;

namespace PhaseFlow.Functions.Tests.Infra;

/// <summary>What deploys and watches the app names things that are there.</summary>
public sealed class DeploymentTests
{
    [Fact]
    public void AzureYaml_WhenAzdReadsIt_PointsToTheAppAndItsTemplate()
    {
        string yaml = Repository.Read("azure.yaml");

        string project = Assert.Single(Repository.All(yaml, "^    project: (.+)$"));
        Assert.Single(Directory.GetFiles(Path.Combine(Repository.Root, project), "*.csproj"));
        string folder = Assert.Single(Repository.All(yaml, "^  path: (.+)$"));
        string module = Assert.Single(Repository.All(yaml, "^  module: (.+)$"));
        Assert.True(File.Exists(Path.Combine(Repository.Root, folder, module + ".bicep")));
        string service = Assert.Single(Repository.All(yaml, "^services:\n  (.+):$"));
        Assert.Contains($"'azd-service-name': '{service}'", Repository.Read("infra/app.bicep"), StringComparison.Ordinal);
    }

    [Fact]
    public void Workflows_WhenTheyUseAnAction_NameItsCommit()
    {
        string[] files = Directory.GetFiles(Path.Combine(Repository.Root, ".github/workflows"), "*.yml");
        string[] uses = [.. files.SelectMany(f => Repository.All(Repository.Read(f), "^ *(?:- )?uses: (.+)$"))];

        Assert.NotEmpty(uses);
        Assert.All(uses, use => Assert.Matches(@"^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", use));
    }

    [Fact]
    public void Guard_WhenThePlatformRefusesPaths_PassesEveryRouteAndNoManagementEndpoint()
    {
        string[] passed = Repository.All(Repository.Block(Repository.Read("infra/app.bicep"), "excludedPaths:", "]"), "^ +'(/[^']*)'");
        string[] routes = [.. Repository.AppSources().SelectMany(text => Repository.All(text, "Route = \"([^\"]+)\""))];

        Assert.Contains("workflow-complete", routes);
        // The root of the panel has a route that matches nothing.
        Assert.DoesNotContain(routes.Select(r => r == "{nothing:maxlength(0)?}" ? "/" : "/" + r), path => !Passes(passed, path));
        Assert.False(Passes(passed, "/runtime/webhooks/durabletask/instances"));
        Assert.False(Passes(passed, "/admin/host/status"));
    }

    [Fact]
    public void Alerts_WhenTheyReadTheLineOfTheSweep_ReadWhatItSays()
    {
        var log = new OneLine();

        log.SlotsStand(held: 3, capacity: 4, waiting: 2, seconds: 120);

        string pattern = Assert.Single(Repository.All(Repository.Read("infra/alerts.bicep"), "parse message with (\"Slots: .+\")'$"));
        string expected = string.Concat(pattern.Split('"', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(part => part switch
        {
            "held:long" => " 3 ",
            "capacity:long" => " 4 ",
            "waiting:long" => " 2 ",
            "seconds:long" => " 120 ",
            _ => part,
        }));
        Assert.Equal(expected, log.Text);
    }

    [Fact]
    public void Alerts_WhenTheyReadTheFindsOfTheSweep_ReadHowTheyBegin()
    {
        var log = new OneLine();

        log.SweepFound("idle_slot", "a slot is free while a phase waits for one");

        string begin = Assert.Single(Repository.All(Repository.Read("infra/alerts.bicep"), "message startswith \"(The sweep [^\"]+)\""));
        Assert.StartsWith(begin, log.Text, StringComparison.Ordinal);
    }

    private static bool Passes(string[] passed, string path) =>
        passed.Any(p => p.EndsWith("/*", StringComparison.Ordinal) ? path.StartsWith(p[..^1], StringComparison.Ordinal) : path == p);

    private sealed class OneLine : ILogger
    {
        public string Text { get; private set; } = "";

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Text = formatter(state, exception);
    }
}
