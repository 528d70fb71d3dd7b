using System.Net;
using Moq;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Agents.Dispatch;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Tests.Agents.Dispatch;

/// <summary>A launcher, a receiver, and a clock that moves when the test moves it.</summary>
internal sealed class DispatchBench : IAsyncDisposable
{
    public const string Type = "cloud";

    public static readonly byte[] Secret = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    public static readonly byte[] OldSecret = [.. Enumerable.Range(101, 32).Select(i => (byte)i)];

    private readonly Mock<IPhaseStore> _store = new();
    private readonly DispatchLauncher _launcher;

    private DispatchBench(Receiver receiver, IHostResolver resolver, string host, string? stop)
    {
        Receiver = receiver;
        Options.Types[Type] = new DispatchTypeOptions
        {
            Url = $"http://{host}:{receiver.Url.Port}/launch",
            StopUrl = stop is null ? null : $"http://{host}:{receiver.Url.Port}{stop}",
            Secret = $"{AttemptSecret.ToText(Secret)} {AttemptSecret.ToText(OldSecret)}",
        };
        Attempt = new AttemptRecord
        {
            QueueId = "queue-104-2",
            FeatureId = 104,
            PhaseNumber = 2,
            Attempt = 1,
            AdwId = AdwId.Of(104, 2, 1),
            WorkflowType = Type,
            LaunchedAt = Time.GetUtcNow(),
        };
        _store.Setup(s => s.GetAttemptAsync("queue-104-2", 1, It.IsAny<CancellationToken>())).ReturnsAsync(() => Attempt);
        var address = new Mock<IPublicAddress>();
        address.SetupGet(a => a.Url).Returns("https://phaseflow.example");
        Secrets = new WebhookSecrets(Microsoft.Extensions.Options.Options.Create(new WebhookOptions { MasterKey = Convert.ToBase64String(OldSecret) }));
        _launcher = new DispatchLauncher(_store.Object, Secrets, address.Object, Microsoft.Extensions.Options.Options.Create(Options), resolver, Time);
    }

    public Receiver Receiver { get; }

    public FakeTime Time { get; } = new();

    public DispatchOptions Options { get; } = new() { AllowLoopback = true };

    public WebhookSecrets Secrets { get; }

    public AttemptRecord? Attempt { get; set; }

    public IAgentLauncher Launcher => _launcher;

    public static async Task<DispatchBench> StartAsync(IHostResolver? resolver = null, string host = "127.0.0.1", string? stop = "/stop") =>
        new(await Receiver.StartAsync(), resolver ?? new FakeResolver([IPAddress.Loopback]), host, stop);

    public static AgentRef Agent { get; } = new(104, 2, 1, AdwId.Of(104, 2, 1));

    public Task LaunchAsync(string type = Type) => _launcher.LaunchAsync(
        new AgentLaunch
        {
            FeatureId = 104,
            FeatureTitle = "Sockets",
            Repository = "octo/app",
            Phase = new PhasePlan
            {
                Number = 2,
                Title = "Backend API",
                Content = "Write it.",
                WorkflowType = type,
                Timeout = TimeSpan.FromHours(2),
                HeartbeatTimeout = TimeSpan.FromMinutes(15),
            },
            TotalPhases = 5,
            Attempt = 1,
            AdwId = AdwId.Of(104, 2, 1),
            IssueNumber = 12,
            IssueUrl = "https://github.com/octo/app/issues/12",
        },
        CancellationToken.None);

    public Task<bool> StopAgentAsync() => _launcher.StopAsync(Agent, CancellationToken.None);

    /// <summary>Waits until the next timer is set to a span from now: that is what is waited for.</summary>
    public async Task WaitsForAsync(TimeSpan span)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (Time.UntilNext != span)
        {
            await Task.Delay(5, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _launcher.Dispose();
        await Receiver.DisposeAsync();
    }
}

/// <summary>Gives one answer after another, and the last one for ever.</summary>
internal sealed class FakeResolver(params IPAddress[][] answers) : IHostResolver
{
    private int _asked;

    public int Asked => _asked;

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation) =>
        Task.FromResult(answers[Math.Min(Interlocked.Increment(ref _asked), answers.Length) - 1]);
}
