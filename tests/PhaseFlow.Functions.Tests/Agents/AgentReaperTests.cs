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
        AgentLaunch launch = await AtWorkAsync(bench);
        if (hasReported)
        {
            await ReportAsync(bench);
        }

        await ReapAsync(bench, bench.Supervisor, bench.Launcher);

        Assert.Equal(hasReported, bench.Folders.Of(launch.AdwId).HasExited);
        Assert.True(await bench.Launcher.StopAsync(AgentBench.RefOf(launch), CancellationToken.None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reap_WhenTheHostEndedBetweenTheReportAndTheStop_IsDoneByTheNextHost(bool hadBegun)
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await AtWorkAsync(bench);
        AgentFolder folder = bench.Folders.Of(launch.AdwId);
        await ReportAsync(bench);
        await bench.Supervisor.StopAsync(CancellationToken.None);
        if (hadBegun)
        {
            folder.MarkStopped();
        }

        AgentSupervisor next = bench.NewSupervisor();
        await next.StartAsync(CancellationToken.None);
        await next.ExecuteTask!;
        await ReapAsync(bench, next, bench.NewLauncher(next));

        Assert.True(folder.HasExited);
    }

    private static async Task<AgentLaunch> AtWorkAsync(AgentBench bench)
    {
        var plan = new FeaturePlan { Id = 1, Title = "Feature", Phases = [new PhasePlan { Number = 1, Title = "Phase" }] };
        await bench.Store.CreateFeatureAsync(plan, null, TimeProvider.System.GetUtcNow(), CancellationToken.None);
        AgentLaunch launch = await bench.BeginAsync("echo at work > work.txt; sleep 600");
        await bench.Launcher.LaunchAsync(launch, CancellationToken.None);
        await bench.LineOfAsync("work.txt");
        return launch;
    }

    private static async Task ReportAsync(AgentBench bench) => await bench.Store.ReceiveReportAsync(
        new ReceivedReport("own word", 1, QueueId.Format(1, 1), AdwIdMatches: true, new AgentReport(0, 1, 1, Completed: true), "{}"),
        TimeProvider.System.GetUtcNow(),
        kept: null,
        CancellationToken.None);

    private static async Task ReapAsync(AgentBench bench, AgentSupervisor supervisor, LocalProcessLauncher launcher)
    {
        using var reaper = new AgentReaper(bench.Store, supervisor, launcher, TimeProvider.System, NullLogger<AgentReaper>.Instance);
        await reaper.ReapAsync(TimeProvider.System.GetUtcNow().AddMinutes(1), CancellationToken.None);
    }
}
