using System.Collections.Immutable;
using Moq;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Agents;

public sealed class LaunchAgentActivityTests
{
    [Theory]
    [InlineData("shell", "No agent is configured for workflow_type 'shell'. Set PhaseFlow__Agents__shell__Enabled=true.")]
    [InlineData("claude", "No agent is configured for workflow_type 'claude'. Set PhaseFlow__Agents__claude__Command or __Url.")]
    public async Task RunAsync_WhenNothingLaunchesTheType_NamesTheSettingThatDoes(string type, string error)
    {
        var store = new Mock<IPhaseStore>();
        var plan = new PhasePlan { Number = 1, Title = "One", WorkflowType = type };
        store.Setup(s => s.GetPhaseBriefAsync(1, 1, It.IsAny<CancellationToken>()))
            .ReturnsAsync(new PhaseBrief(new FeaturePlan { Title = "Feature", Phases = [plan] }, 1, plan, ImmutableSortedDictionary<int, string>.Empty));
        var activity = new LaunchAgentActivity(store.Object, [], Mock.Of<IIssueTracker>(), new StoredBeforeTold(), TimeProvider.System);

        LaunchResult result = await activity.RunAsync(new LaunchRequest(new AgentRef(1, 1, 1, "adw-12345678"), type, null, []), null!, CancellationToken.None);

        Assert.Equal(error, result.Error);
    }
}
