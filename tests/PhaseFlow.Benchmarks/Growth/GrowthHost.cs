using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Agents;

namespace PhaseFlow.Benchmarks.Growth;

/// <summary>The real host in a process of its own: it says each launch on its standard output, and how it stands when it is asked.</summary>
internal static class GrowthHost
{
    /// <summary>The command that is this process.</summary>
    public const string Command = "growth-host";

    public const string WorkflowType = "bench";

    public static async Task<int> RunAsync(string[] args)
    {
        var said = new Lines(Console.OpenStandardOutput());
        var settings = new HostSettings
        {
            DataFolder = args[0],
            Port = 0,
            Overrides = args[1..].Select(a => a.Split('=', 2)).ToDictionary(a => a[0], a => (string?)a[1]),
            ConfigureServices = services => services.AddSingleton<IAgentLauncher>(new SayingLauncher(said)),
        };
        await using EmbeddedHost host = await EmbeddedHost.StartAsync(settings, CancellationToken.None);
        _ = host.Faulted.ContinueWith(fault => said.Say($"F {fault.Result}"), TaskScheduler.Default);
        said.Say($"U {host.Url}");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line == "heap")
            {
                GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: false);
                said.Say(string.Create(CultureInfo.InvariantCulture, $"H {GC.GetTotalMemory(forceFullCollection: false)}"));
            }
            else if (line == "stop")
            {
                break;
            }
        }

        return 0;
    }

    /// <summary>Writes lines from any thread.</summary>
    private sealed class Lines(Stream output)
    {
        private readonly Lock _gate = new();

        public void Say(string line)
        {
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(line + "\n");
            lock (_gate)
            {
                output.Write(bytes);
                output.Flush();
            }
        }
    }

    /// <summary>Stands where a launcher starts its agent; the agent is whoever reads the line.</summary>
    private sealed class SayingLauncher(Lines said) : IAgentLauncher
    {
        public bool Handles(string workflowType) => workflowType == WorkflowType;

        public Task LaunchAsync(AgentLaunch launch, CancellationToken cancellation)
        {
            said.Say(string.Create(CultureInfo.InvariantCulture, $"L {launch.FeatureId} {launch.Phase.Number} {launch.Attempt} {launch.AdwId}"));
            return Task.CompletedTask;
        }

        public Task<bool> StopAsync(AgentRef agent, CancellationToken cancellation)
        {
            said.Say(string.Create(CultureInfo.InvariantCulture, $"S {agent.FeatureId} {agent.PhaseNumber} {agent.Attempt} {agent.AdwId}"));
            return Task.FromResult(true);
        }

        public Task<DateTimeOffset?> LastSignAsync(AgentRef agent, CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);

        public Task<AgentOutput?> ReadOutputAsync(AgentRef agent, long offset, int limit, CancellationToken cancellation) =>
            Task.FromResult<AgentOutput?>(null);
    }
}
