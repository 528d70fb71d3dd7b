using Microsoft.Extensions.Logging.Abstractions;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Embedded.Agents;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Agents;

public sealed class AgentReaperTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reap_WhenAnAgentWorks_StopsItOnlyIfItHasReported(bool hasReported)
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        var plan = new FeaturePlan { Id = 1, Title = "Feature", Phases = [new PhasePlan { Number = 1, Title = "Phase" }] };
        await bench.Store.CreateFeatureAsync(plan, null, TimeProvider.System.GetUtcNow(), CancellationToken.None);
        AgentLaunch launch = await bench.BeginAsync("echo at work > work.txt; sleep 600");
        await bench.Launcher.LaunchAsync(launch, CancellationToken.None);
        AgentFolder folder = bench.Folders.Of(launch.AdwId);
        await bench.LineOfAsync("work.txt");
        if (hasReported)
        {
            await bench.Store.ReceiveReportAsync(
                new ReceivedReport("own word", 1, QueueId.Format(1, 1), AdwIdMatches: true, new AgentReport(0, 1, 1, Completed: true), "{}"),
                TimeProvider.System.GetUtcNow(),
                CancellationToken.None);
        }

        using var reaper = new AgentReaper(bench.Store, bench.Supervisor, bench.Launcher, TimeProvider.System, NullLogger<AgentReaper>.Instance);
        await reaper.ReapAsync(TimeProvider.System.GetUtcNow().AddMinutes(1), CancellationToken.None);

        Assert.Equal(hasReported, folder.HasExited);
        Assert.True(await bench.Launcher.StopAsync(AgentBench.RefOf(launch), CancellationToken.None));
    }
}
