namespace PhaseFlow.Functions.Tests.GitHub;

/// <summary>A build that has no adapter for GitHub.</summary>
public sealed class WithoutOctokitTests
{
    [Fact]
    public async Task Start_WhenGitHubIsAskedFor_SaysHowToBuildIt()
    {
        Assert.Equal(
            "A setting cannot be used: PhaseFlow__Issues__Provider is github, and this build has no adapter for GitHub: build it with -p:WithGitHub=true.",
            await GitHubServicesTests.RefusalAsync(("Issues:Provider", "github"), ("GitHub:Token", "ghp_1")));
        Assert.Equal(
            "A setting cannot be used: PhaseFlow__Agents__cloud__Workflow is set, and this build has no adapter for GitHub: build it with -p:WithGitHub=true.",
            await GitHubServicesTests.RefusalAsync(("Agents:cloud:Workflow", "agent.yml")));
    }
}
