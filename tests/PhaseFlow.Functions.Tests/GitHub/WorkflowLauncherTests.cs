using Microsoft.Extensions.Configuration;
using Moq;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.GitHub;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Remote;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.GitHub;

public sealed class WorkflowLauncherTests
{
    private const string AdwId = "adw-74991998";

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly AgentRef Agent = new(104, 2, 1, AdwId);

    private readonly FakeTime _time = new();
    private readonly FakeGitHub _github;
    private readonly Mock<IPhaseStore> _store = new();

    public WorkflowLauncherTests()
    {
        _github = new FakeGitHub(_time);
        Record("cloud");
        _store.Setup(s => s.GetPhaseBriefAsync(104, 2, It.IsAny<CancellationToken>())).ReturnsAsync(
            () => new PhaseBrief(new FeaturePlan { Title = "Sockets", Repository = "octo/other", Phases = [] }, 5, Plan(), System.Collections.Immutable.ImmutableSortedDictionary<int, string>.Empty));
    }

    [Fact]
    public async Task Launch_WhenNoRunIsThere_DispatchesTheWorkflowWithAllThatTheAgentNeeds()
    {
        await Launcher().LaunchAsync(Launch(), None);

        (string repository, string workflow, string reference, IReadOnlyDictionary<string, string> inputs) = Assert.Single(_github.Dispatches);
        Assert.Equal((FakeGitHub.Home, "agent.yml", "trunk"), (repository, workflow, reference));
        Assert.Equal(
            ["PHASEFLOW_ADW_ID", "PHASEFLOW_ATTEMPT", "PHASEFLOW_FEATURE_ID", "PHASEFLOW_ISSUE_NUMBER", "PHASEFLOW_ISSUE_URL", "PHASEFLOW_PHASE_NUMBER", "PHASEFLOW_PROMPT", "PHASEFLOW_QUEUE_ID", "PHASEFLOW_URL", "PHASEFLOW_WEBHOOK_SECRET"],
            inputs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("queue-104-2", AdwId, "200"), (inputs["PHASEFLOW_QUEUE_ID"], inputs["PHASEFLOW_ADW_ID"], inputs["PHASEFLOW_ISSUE_NUMBER"]));
        Assert.Equal(GitHubBench.Secrets().SecretText("queue-104-2", 1), inputs["PHASEFLOW_WEBHOOK_SECRET"]);
        Assert.Contains("Write it.", inputs["PHASEFLOW_PROMPT"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Launch_WhenItIsRepeated_StartsNoSecondRun()
    {
        WorkflowLauncher launcher = Launcher();

        await launcher.LaunchAsync(Launch(), None);
        await launcher.LaunchAsync(Launch(), None);

        Assert.Single(_github.Dispatches);
    }

    [Fact]
    public async Task Launch_WhenTheAnswerWasLost_FailsAndFindsTheRunNextTime()
    {
        WorkflowLauncher launcher = Launcher();
        _github.FailOnce("Dispatch", new FakeFault(0, "connection reset", IsDone: true));

        await Assert.ThrowsAsync<GitHubException>(() => launcher.LaunchAsync(Launch(), None));
        await launcher.LaunchAsync(Launch(), None);

        Assert.Single(_github.Dispatches);
    }

    [Fact]
    public async Task Launch_WhenALimitIsReached_SaysWhenToComeAgain()
    {
        _github.FailOnce("Dispatch", FakeFault.RetryAfter(30));

        TryLaterException later = await Assert.ThrowsAsync<TryLaterException>(() => Launcher().LaunchAsync(Launch(), None));

        Assert.Equal(_time.GetUtcNow().AddSeconds(31), later.Delay.Until);
    }

    [Fact]
    public async Task Launch_WhenTheWorkflowNamesNoRepository_TakesThatOfTheFeature()
    {
        await Launcher(("cloud", new WorkflowOptions("agent.yml", "main", null))).LaunchAsync(Launch(), None);

        Assert.Equal("octo/other", Assert.Single(_github.Dispatches).Repository);
    }

    [Fact]
    public async Task Launch_WhenThereIsNoSuchWorkflow_IsRefusedInWords()
    {
        WorkflowLauncher launcher = Launcher(("cloud", new WorkflowOptions("gone.yml", "main", GitHubBench.Repository(FakeGitHub.Home))));

        AgentLaunchException refusal = await Assert.ThrowsAsync<AgentLaunchException>(() => launcher.LaunchAsync(Launch(), None));

        Assert.Equal(
            "The workflow was not started: GitHub does not know the workflow gone.yml of octo/app, or its credentials may not see it (404).", refusal.Message);
    }

    [Fact]
    public async Task Launch_WhenThePromptIsLongerThanADispatchCarries_IsRefused()
    {
        AgentLaunch launch = Launch();

        AgentLaunchException refusal = await Assert.ThrowsAsync<AgentLaunchException>(
            () => Launcher().LaunchAsync(launch with { Phase = launch.Phase with { Content = new string('x', 60_000) } }, None));

        Assert.EndsWith("a workflow on GitHub can be given 60000.", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(_github.Calls);
    }

    [Fact]
    public async Task Stop_WhenTheRunWorks_CancelsItAndIsSureOnceItHasEnded()
    {
        WorkflowLauncher launcher = Launcher();
        await launcher.LaunchAsync(Launch(), None);

        Assert.False(await launcher.StopAsync(Agent, None));
        Assert.Equal(1, _github.CountOf("CancelRun"));

        _github.EndRun(1000);
        Assert.True(await launcher.StopAsync(Agent, None));
        Assert.Equal(1, _github.CountOf("CancelRun"));
    }

    [Fact]
    public async Task Stop_WhenNoRunIsThere_IsNotSure() => Assert.False(await Launcher().StopAsync(Agent, None));

    [Fact]
    public async Task Stop_WhenTheAttemptIsOfAnotherLauncher_AsksNobody()
    {
        Record("shell");

        Assert.True(await Launcher().StopAsync(Agent, None));
        Assert.Empty(_github.Calls);
    }

    [Fact]
    public async Task LastSign_WhileTheRunWorks_IsNowAndAfterwardsItsEnd()
    {
        WorkflowLauncher launcher = Launcher();
        Assert.Null(await launcher.LastSignAsync(Agent, None));
        await launcher.LaunchAsync(Launch(), None);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(_time.GetUtcNow(), await launcher.LastSignAsync(Agent, None));

        _github.EndRun(1000);
        DateTimeOffset end = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(end, await launcher.LastSignAsync(Agent, None));
    }

    [Theory]
    [InlineData("Workflow=agent.yml;Ref=feature/x;Repository=octo/agents", null)]
    [InlineData("Workflow=../secrets.yml", "PhaseFlow__Agents__cloud__Workflow is the name of a file such as agent.yml.")]
    [InlineData("Workflow=agent.yml;Ref=a b", "PhaseFlow__Agents__cloud__Ref is no branch or tag.")]
    [InlineData("Workflow=agent.yml;Repository=octo", "PhaseFlow__Agents__cloud__Repository is written owner/name.")]
    [InlineData("Workflow=agent.yml;Command=x", "PhaseFlow__Agents__cloud__Workflow is set, and so is another way to launch cloud: set one of them.")]
    public void TypesOf_WhenASettingIsWrong_SaysWhich(string settings, string? fault)
    {
        var faults = new List<string>();

        Dictionary<string, WorkflowOptions> types = WorkflowOptions.TypesOf(
            new ConfigurationBuilder().AddInMemoryCollection(
                settings.Split(';').Select(s => KeyValuePair.Create($"PhaseFlow:Agents:cloud:{s.Split('=')[0]}", (string?)s.Split('=')[1]))).Build(),
            faults);

        Assert.Equal(fault is null ? [] : [fault], faults);
        Assert.True(types.ContainsKey("CLOUD"));
    }

    private void Record(string workflowType) => _store.Setup(s => s.GetAttemptAsync("queue-104-2", 1, It.IsAny<CancellationToken>())).ReturnsAsync(new AttemptRecord
    {
        QueueId = "queue-104-2",
        FeatureId = 104,
        PhaseNumber = 2,
        Attempt = 1,
        AdwId = AdwId,
        WorkflowType = workflowType,
        LaunchedAt = _time.GetUtcNow(),
    });

    private WorkflowLauncher Launcher(params (string Type, WorkflowOptions Options)[] types)
    {
        types = types.Length > 0 ? types : [("cloud", new WorkflowOptions("agent.yml", "trunk", GitHubBench.Repository(FakeGitHub.Home)))];
        return new WorkflowLauncher(
            GitHubBench.Settings(),
            types.ToDictionary(t => t.Type, t => t.Options, StringComparer.OrdinalIgnoreCase),
            _github,
            GitHubBench.Gate(_time),
            _store.Object,
            GitHubBench.Secrets(),
            new Address(),
            _time);
    }

    private static PhasePlan Plan() => new() { Number = 2, Title = "Backend", Content = "Write it.", WorkflowType = "cloud" };

    private static AgentLaunch Launch() => new()
    {
        FeatureId = 104,
        FeatureTitle = "Sockets",
        Repository = "octo/other",
        Phase = Plan(),
        TotalPhases = 5,
        Attempt = 1,
        AdwId = AdwId,
        IssueNumber = 200,
        IssueUrl = "https://github.com/octo/app/issues/200",
    };

    private sealed class Address : IPublicAddress
    {
        public string Url => "https://phaseflow.example.com";
    }
}
