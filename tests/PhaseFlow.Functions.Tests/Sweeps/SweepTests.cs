using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Moq;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Sweeps;
using PhaseFlow.Functions.Telemetry;

namespace PhaseFlow.Functions.Tests.Sweeps;

public sealed class SweepTests
{
    private static readonly DateTimeOffset LongAgo = TimeProvider.System.GetUtcNow().AddMinutes(-10);

    private readonly Mock<DurableTaskClient> _client = new("test");
    private readonly Mock<DurableEntityClient> _entities = new("test");
    private readonly Mock<IPhaseStore> _store = new();
    private SlotLedger _ledger = SlotLedger.Empty(3);

    public SweepTests()
    {
        _client.SetupGet(c => c.Entities).Returns(_entities.Object);
        _entities.Setup(e => e.GetEntityAsync<SlotLedger>(SlotLimiter.Id, It.IsAny<CancellationToken>()))
            .ReturnsAsync(() => new EntityMetadata<SlotLedger>(SlotLimiter.Id, _ledger));
        _store.Setup(s => s.ListOpenFeaturesAsync(It.IsAny<CancellationToken>())).ReturnsAsync([]);
        _store.Setup(s => s.ListOpenInboxAsync(It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>())).ReturnsAsync([]);
    }

    [Fact]
    public async Task RunAsync_WhenNothingIsWrong_DoesNothing()
    {
        Open(PhaseStatus.Running);
        Alive("feature-104");
        Hold("queue-104-1", 1);

        await SweepAsync();

        Started(Times.Never());
        _client.Verify(c => c.RaiseEventAsync(It.IsAny<string>(), It.IsAny<string>(), It.IsAny<object?>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    [Fact]
    public async Task RunAsync_WhenAnOpenFeatureHasNoOrchestration_StartsIt()
    {
        Open(PhaseStatus.Running);
        Hold("queue-104-1", 1);

        await SweepAsync();

        Started(Times.Once(), nameof(FeatureOrchestrator));
    }

    [Fact]
    public async Task RunAsync_WhenAnEntryWasNotApplied_RaisesItAgain()
    {
        Open(PhaseStatus.Running);
        Alive("feature-104");
        Hold("queue-104-1", 1);
        var report = new AgentReport(3, 1, 1, Completed: true);
        _store.Setup(s => s.ListOpenInboxAsync(It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync([new InboxEntry(104, 3, LongAgo) { Report = report }]);

        await SweepAsync();

        _client.Verify(c => c.RaiseEventAsync("feature-104", FeatureEvents.WorkflowCompleted, report, It.IsAny<CancellationToken>()), Times.Once);
    }

    [Fact]
    public async Task RunAsync_WhenAHolderDoesNotRun_GivesItsSlotBack()
    {
        Hold("queue-9-1", 1);

        await SweepAsync();

        Started(Times.Once(), nameof(SweepOrchestrator));
    }

    [Fact]
    public async Task RunAsync_WhenTheHolderIsNewerThanItsRow_AsksItsFeatureInsteadOfTakingTheSlot()
    {
        Open(PhaseStatus.Queued);
        Alive("feature-104");
        Hold("queue-104-1", 2, TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(2));

        await SweepAsync();

        Started(Times.Never());
        _client.Verify(
            c => c.RaiseEventAsync("feature-104", FeatureEvents.Command, new FeatureCommand(0, CommandKind.Reconcile), It.IsAny<CancellationToken>()),
            Times.Once);
    }

    [Fact]
    public async Task RunAsync_WhenAReadyPhaseIsNotInLine_AsksItsFeatureToAskAgain()
    {
        Open(PhaseStatus.Ready);
        Alive("feature-104");

        await SweepAsync();

        _client.Verify(
            c => c.RaiseEventAsync("feature-104", FeatureEvents.Command, new FeatureCommand(0, CommandKind.Reconcile), It.IsAny<CancellationToken>()),
            Times.Once);
    }

    [Fact]
    public async Task RunAsync_WhenTheCapacityWasRaisedWhileAPhaseWaits_ServesTheLine()
    {
        Open(PhaseStatus.Running);
        Alive("feature-104");
        Hold("queue-104-1", 1);
        _ledger = _ledger with { Capacity = 1, Waiting = [new SlotWaiter("queue-7-1", 1, 7, 50, LongAgo, 1, 0)] };

        await SweepAsync();

        Started(Times.Once(), nameof(SweepOrchestrator));
    }

    [Fact]
    public async Task RunAsync_WhenItIsDone_TellsHowTheSlotsStand()
    {
        Open(PhaseStatus.Running);
        Alive("feature-104");
        Hold("queue-104-1", 1);
        _ledger = _ledger with { Waiting = [new SlotWaiter("queue-7-1", 1, 7, 50, LongAgo, 1, 0)] };
        var said = new List<string>();
        var log = new Mock<ILogger<Sweep>>();
        log.Setup(l => l.IsEnabled(It.IsAny<LogLevel>())).Returns(true);
        log.Setup(l => l.Log(It.IsAny<LogLevel>(), 1251, It.IsAny<It.IsAnyType>(), null, It.IsAny<Func<It.IsAnyType, Exception?, string>>()))
            .Callback(new InvocationAction(call => said.Add($"{call.Arguments[2]}")));

        await SweepAsync(log.Object);

        Assert.Matches(@"^Slots: 1 of 3 held, 1 waiting, the longest for 6\d\d s\.$", Assert.Single(said));
    }

    private Task SweepAsync(ILogger<Sweep>? log = null)
    {
        IMeterFactory meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var sweep = new Sweep(
            _store.Object, Options.Create(new SweepOptions()), Options.Create(new SlotOptions { Capacity = 3 }), TimeProvider.System, new SweepMetrics(meters),
            new PhaseFlowMetrics(meters, TimeProvider.System), log ?? NullLogger<Sweep>.Instance);
        return sweep.RunAsync(new TimerInfo(), _client.Object, CancellationToken.None);
    }

    private void Open(PhaseStatus status)
    {
        FeatureRun run = OrchestrationRun(status);
        _store.Setup(s => s.ListOpenFeaturesAsync(It.IsAny<CancellationToken>())).ReturnsAsync(
        [
            new StoredFeature
            {
                Plan = new FeaturePlan { Id = 104, Title = "Feature", Phases = [] },
                Run = run,
                CreatedAt = LongAgo,
                UpdatedAt = LongAgo,
                PhaseUpdatedAt = ImmutableSortedDictionary<int, DateTimeOffset>.Empty,
            },
        ]);
    }

    private static FeatureRun OrchestrationRun(PhaseStatus status)
    {
        FeatureRun run = Features.OrchestrationHarness.RunOf((1, []));
        PhaseState phase = run.Phases[1] with { Status = status, Attempt = 1, ReadyAt = LongAgo, StartedAt = LongAgo };
        return run with { Phases = run.Phases.Set(phase) };
    }

    private void Hold(string queueId, int attempt, DateTimeOffset? since = null) =>
        _ledger = _ledger with { Held = _ledger.Held.Add(new SlotHolder(1, queueId, attempt, 104, 50, since ?? LongAgo)) };

    private void Alive(string instance) =>
        _client.Setup(c => c.GetInstanceAsync(instance, It.IsAny<CancellationToken>()))
            .ReturnsAsync(new OrchestrationMetadata(nameof(FeatureOrchestrator), instance) { RuntimeStatus = OrchestrationRuntimeStatus.Running });

    private void Started(Times times, string? name = null) =>
        _client.Verify(
            c => c.ScheduleNewOrchestrationInstanceAsync(
                It.Is<TaskName>(n => name == null || n.Name == name), It.IsAny<object?>(), It.IsAny<StartOrchestrationOptions?>(), It.IsAny<CancellationToken>()),
            times);
}
