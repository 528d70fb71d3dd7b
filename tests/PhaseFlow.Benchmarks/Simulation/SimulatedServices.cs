using System.Diagnostics.Metrics;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Queue;
using PhaseFlow.Functions.Retention;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Sweeps;
using PhaseFlow.Functions.Telemetry;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>The services of one life of the process: the app's own, over what is simulated. A container would cost more than the rest of a run.</summary>
internal sealed class SimulatedServices : IServiceProvider, IServiceScopeFactory, IServiceScope
{
    private static readonly SweepMetrics Metrics = new(new SilentMeters());
    private static readonly PhaseFlowMetrics Figures = new(new SilentMeters(), TimeProvider.System);

    private readonly Dictionary<Type, object> _services = [];

    public SimulatedServices(
        IPhaseStore store, IAgentLauncher launcher, IIssueTracker issues, TimeProvider time, DurableTaskClient client, int capacity, string masterKey, ILogger<Sweep> sweeps, TimeSpan retention, ISlotProof proof,
        TimeProvider patience)
    {
        IAgentLauncher[] launchers = [launcher];
        var agents = new AgentConfiguration(launchers);
        var courier = new InboxCourier(NullLogger<InboxCourier>.Instance);
        var lookup = new AttemptLookup(store);
        var secrets = new WebhookSecrets(Options.Create(new WebhookOptions { MasterKey = masterKey }));
        Gate = new WebhookGate(lookup, secrets, time);
        Commands = new FeatureCommands(store, agents, courier, patience);
        Additions = new PhaseAdditions(store, Commands, agents, time);
        Questions = new Questions(store, Commands, time);
        Webhook = new CompleteWorkflow(store, Gate, courier, Figures, time);
        IOptions<SlotOptions> slots = Options.Create(new SlotOptions { Capacity = capacity });
        Prune = new Prune(
            store, new FeatureRemover(store, issues, launchers), Options.Create(new RetentionOptions { FinishedFeatures = retention }), time, NullLogger<Prune>.Instance);
        Sweep = new Sweep(store, Options.Create(new SweepOptions()), slots, time, Metrics, Figures, sweeps);
        Secrets = secrets;
        Client = client;
        Add<IPhaseStore>(store);
        Add<IEnumerable<IAgentLauncher>>(launchers);
        Add<IIssueTracker>(issues);
        Add(time);
        Add(slots);
        Add(client);
        Add(proof);
        Add(Figures);
        Add(new RunTelemetry(store, secrets, Figures, NullLogger<RunTelemetry>.Instance));
    }

    public DurableTaskClient Client { get; }

    public FeatureCommands Commands { get; }

    public PhaseAdditions Additions { get; }

    public Questions Questions { get; }

    public CompleteWorkflow Webhook { get; }

    public WebhookGate Gate { get; }

    public WebhookSecrets Secrets { get; }

    public Sweep Sweep { get; }

    public Prune Prune { get; }

    public IServiceProvider ServiceProvider => this;

    /// <summary>Adds what only a part of the simulations has.</summary>
    public void Add<T>(T service)
        where T : notnull => _services.Add(typeof(T), service);

    public object? GetService(Type serviceType) =>
        serviceType == typeof(IServiceScopeFactory) || serviceType == typeof(IServiceProvider) ? this : _services.GetValueOrDefault(serviceType);

    public IServiceScope CreateScope() => this;

    public void Dispose()
    {
    }

    private sealed class SilentMeters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
