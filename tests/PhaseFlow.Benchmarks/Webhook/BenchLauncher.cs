using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Agents;

namespace PhaseFlow.Benchmarks.Webhook;

/// <summary>A launch as the driver sees it.</summary>
internal readonly record struct SeenLaunch(int PhaseNumber, int Attempt, string AdwId, long Timestamp);

/// <summary>Stands where a launcher starts its agent: notes the moment, and checks that each attempt is launched once and that the cap holds.</summary>
internal sealed class BenchLauncher(int capacity) : IAgentLauncher
{
    public const string WorkflowType = "bench";

    private readonly ConcurrentDictionary<int, Channel<SeenLaunch>> _features = new();
    private readonly ConcurrentDictionary<string, bool> _launched = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private int _live;

    public IReadOnlyCollection<string> Faults => _faults;

    public int Launches => _launched.Count;

    public ChannelReader<SeenLaunch> Of(int featureId) => Feature(featureId).Reader;

    /// <summary>Called just before a report is sent: from then on the attempt does not count as live.</summary>
    public void Ending() => Interlocked.Decrement(ref _live);

    public void Fault(string what) => _faults.Enqueue(what);

    public bool Handles(string workflowType) => workflowType == WorkflowType;

    public Task LaunchAsync(AgentLaunch launch, CancellationToken cancellation)
    {
        long now = Stopwatch.GetTimestamp();
        string key = $"{QueueId.Format(launch.FeatureId, launch.Phase.Number)}:{launch.Attempt}";
        if (!_launched.TryAdd(key, true))
        {
            Fault($"{key} was launched twice");
        }

        if (Interlocked.Increment(ref _live) > capacity)
        {
            Fault($"{key} was launched beyond the cap of {capacity}");
        }

        Feature(launch.FeatureId).Writer.TryWrite(new SeenLaunch(launch.Phase.Number, launch.Attempt, launch.AdwId, now));
        return Task.CompletedTask;
    }

    public Task<bool> StopAsync(AgentRef agent, CancellationToken cancellation) => Task.FromResult(true);

    public Task<DateTimeOffset?> LastSignAsync(AgentRef agent, CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);

    public Task<AgentOutput?> ReadOutputAsync(AgentRef agent, long offset, int limit, CancellationToken cancellation) =>
        Task.FromResult<AgentOutput?>(null);

    private Channel<SeenLaunch> Feature(int featureId) => _features.GetOrAdd(featureId, _ => Channel.CreateUnbounded<SeenLaunch>());
}
