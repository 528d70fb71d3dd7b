using PhaseFlow.Functions.Agents;

namespace PhaseFlow.Functions.Tests.Agents;

public sealed class ExternalLauncherTests
{
    [Fact]
    public async Task Stop_WhenTheAgentIsOutside_IsConfirmed()
    {
        var launcher = new ExternalLauncher();
        var agent = new AgentRef(1, 1, 1, "adw-12345678");

        Assert.True(launcher.Handles("external"));
        Assert.False(launcher.Handles("shell"));
        Assert.True(await launcher.StopAsync(agent, CancellationToken.None));
        Assert.Null(await launcher.LastSignAsync(agent, CancellationToken.None));
        Assert.Null(await launcher.ReadOutputAsync(agent, 0, 100, CancellationToken.None));
    }
}
