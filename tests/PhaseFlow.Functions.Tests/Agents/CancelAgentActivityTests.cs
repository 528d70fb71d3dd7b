using Moq;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Agents;

public sealed class CancelAgentActivityTests
{
    [Fact]
    public async Task RunAsync_WhenTheLauncherDoesNotAnswer_FailsAfterItsTime()
    {
        var time = new FakeTime();
        var launcher = new Mock<IAgentLauncher>();
        launcher.Setup(l => l.Handles("cloud")).Returns(true);
        launcher.Setup(l => l.StopAsync(It.IsAny<AgentRef>(), It.IsAny<CancellationToken>()))
            .Returns(async (AgentRef _, CancellationToken cancellation) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
                return true;
            });
        var activity = new CancelAgentActivity(Mock.Of<IPhaseStore>(), [launcher.Object], time);

        Task<bool> stop = activity.RunAsync(new CancelRequest(new AgentRef(1, 1, 1, "adw-12345678"), "cloud"), CancellationToken.None);
        time.Advance(CancelAgentActivity.Timeout);

        var failure = await Assert.ThrowsAsync<TimeoutException>(() => stop);
        Assert.Equal("The stop was not answered within 2m.", failure.Message);
    }
}
