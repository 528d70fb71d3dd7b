using System.Collections.Immutable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Remote;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Features;

/// <summary>A mocked orchestration context around the real orchestrator, with a real ledger behind the limiter's one operation.</summary>
internal sealed class OrchestrationHarness
{
    private readonly Dictionary<string, Queue<Action<object>>> _waits = new(StringComparer.OrdinalIgnoreCase);
    private SlotLedger _ledger;

    public OrchestrationHarness(FeatureRun run, int capacity = 3, params InboxEntry[] inbox)
    {
        _ledger = SlotLedger.Empty(capacity);
        FeatureId = run.FeatureId;
        Context.SetupGet(c => c.InstanceId).Returns(FeatureEvents.InstanceId(run.FeatureId));
        Context.SetupGet(c => c.Entities).Returns(Entities.Object);
        Context.SetupGet(c => c.CurrentUtcDateTime).Returns(() => Now.UtcDateTime);
        Context.Setup(c => c.CreateReplaySafeLogger(It.IsAny<string>())).Returns(NullLogger.Instance);
        Context.Setup(c => c.GetInput<FeatureInput>()).Returns(new FeatureInput(run.FeatureId) { KeepsOrder = true });
        Context.Setup(c => c.CreateTimer(It.IsAny<DateTime>(), It.IsAny<CancellationToken>())).Returns((DateTime at, CancellationToken token) => SetTimer(at, token));
        Await<AgentReport>(FeatureEvents.WorkflowCompleted);
        Await<SlotGrant>(FeatureEvents.SlotGranted);
        Await<FeatureCommand>(FeatureEvents.Command);
        Activity<LoadedRun?>(nameof(LoadRunActivity), _ => new LoadedRun(run, [.. inbox]));
        Activity<ImmutableArray<InboxEntry>?>(nameof(PublishRunActivity), input =>
        {
            Published.Add((RunPublication)input!);
            return OnPublish((RunPublication)input!);
        });
        Activity<RemoteDelay?>(nameof(PostCommentActivity), _ => OnComment());
        Activity<LaunchResult>(nameof(LaunchAgentActivity), input => OnLaunch((LaunchRequest)input!));
        Activity<bool>(nameof(CancelAgentActivity), _ => OnStop());
        Entities.Setup(e => e.CallEntityAsync<SlotExchangeResult>(SlotLimiter.Id, nameof(SlotLimiter.Exchange), It.IsAny<object?>(), It.IsAny<CallEntityOptions?>()))
            .Returns((EntityInstanceId _, string _, object? input, CallEntityOptions? _) =>
            {
                Exchanges.Add((SlotExchange)input!);
                (_ledger, SlotExchangeResult result) = _ledger.Exchange((SlotExchange)input!, Now);
                return Task.FromResult(result);
            });
    }

    public Mock<TaskOrchestrationContext> Context { get; } = new();

    public Mock<TaskOrchestrationEntityFeature> Entities { get; } = new();

    public int FeatureId { get; }

    public DateTimeOffset Now { get; set; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public List<(string Name, object? Input)> Activities { get; } = [];

    public List<RunPublication> Published { get; } = [];

    public List<SlotExchange> Exchanges { get; } = [];

    public List<(DateTimeOffset Due, TaskCompletionSource Fire)> Timers { get; } = [];

    public SlotLedger Ledger => _ledger;

    public Func<RunPublication, ImmutableArray<InboxEntry>?> OnPublish { get; set; } = _ => ImmutableArray<InboxEntry>.Empty;

    public Func<bool> OnStop { get; set; } = () => true;

    public Func<RemoteDelay?> OnComment { get; set; } = () => null;

    public Func<LaunchRequest, LaunchResult> OnLaunch { get; set; } = r => new LaunchResult(200 + r.Agent.PhaseNumber, Error: null);

    /// <summary>The phases launched so far, in order.</summary>
    public IEnumerable<int> Launched =>
        Activities.Where(a => a.Name == nameof(LaunchAgentActivity)).Select(a => ((LaunchRequest)a.Input!).Agent.PhaseNumber);

    public Task<FeatureStatus?> Start() => FeatureOrchestrator.RunAsync(Context.Object);

    /// <summary>Gives the grant of a request that another feature holds up.</summary>
    public void Occupy(params SlotRequest[] requests) => (_ledger, _) = _ledger.Exchange(new SlotExchange([], [.. requests]), Now);

    public void Raise(string name, object payload) => _waits[name].Dequeue()(payload);

    public void Report(long seq, int phase, bool completed = true, int attempt = 1, string? error = null) =>
        Raise(FeatureEvents.WorkflowCompleted, new AgentReport(seq, phase, attempt, completed) { Error = error });

    /// <summary>Fires the earliest timer that is open, and says what it was set for.</summary>
    public DateTimeOffset FireTimer()
    {
        (DateTimeOffset due, TaskCompletionSource fire) = Timers.Where(t => !t.Fire.Task.IsCompleted).MinBy(t => t.Due);
        Now = due;
        fire.SetResult();
        return due;
    }

    /// <summary>A feature in progress with these phases and what each depends on.</summary>
    public static FeatureRun RunOf(params (int Number, int[] DependsOn)[] phases) => RunOf(p => p, phases);

    public static FeatureRun RunOf(Func<PhasePlan, PhasePlan> shape, params (int Number, int[] DependsOn)[] phases) =>
        FeatureRun.Create(104, new FeaturePlan
        {
            Title = "WebSocket Migration",
            Phases = [.. phases.Select(p => shape(new PhasePlan { Number = p.Number, Title = $"Phase {p.Number}", DependsOn = [.. p.DependsOn] }))],
        }) with
        { Status = FeatureStatus.InProgress };

    private void Await<T>(string name)
        where T : class =>
        Context.Setup(c => c.WaitForExternalEvent<T>(name, CancellationToken.None)).Returns(() =>
        {
            var wait = new TaskCompletionSource<T>();
            if (!_waits.TryGetValue(name, out Queue<Action<object>>? queue))
            {
                _waits[name] = queue = new Queue<Action<object>>();
            }

            queue.Enqueue(payload => wait.SetResult((T)payload));
            return wait.Task;
        });

    private void Activity<T>(string name, Func<object?, T> run) =>
        Context.Setup(c => c.CallActivityAsync<T>(It.Is<TaskName>(n => n.Name == name), It.IsAny<object?>(), It.IsAny<TaskOptions?>()))
            .Returns((TaskName _, object? input, TaskOptions? _) =>
            {
                Activities.Add((name, input));
                try
                {
                    return Task.FromResult(run(input));
                }
                catch (TaskFailedException failure)
                {
                    return Task.FromException<T>(failure);
                }
            });

    private Task SetTimer(DateTime at, CancellationToken token)
    {
        var fire = new TaskCompletionSource();
        token.Register(() => fire.TrySetCanceled(token));
        Timers.Add((new DateTimeOffset(at, TimeSpan.Zero), fire));
        return fire.Task;
    }
}
