using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Moq;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Telemetry;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Tests.Telemetry;

/// <summary>The activity that publishes, as the platform may treat it: run twice, cut off, or in the middle of something else.</summary>
public sealed class PublicationTelemetryTests : IDisposable
{
    private static readonly PhaseState Running = new()
    {
        Number = 1,
        Rule = new PhaseRule(),
        Status = PhaseStatus.Running,
        Attempt = 1,
        AttemptBudget = 1,
        ReadyAt = DateTimeOffset.UnixEpoch,
        StartedAt = DateTimeOffset.UnixEpoch.AddSeconds(1),
    };

    private static readonly RunPublication Publication = new(
        104,
        2,
        FeatureStatus.Completed,
        Cancelling: false,
        InboxPosition.Start,
        [Running with { Status = PhaseStatus.Completed, FinishedAt = DateTimeOffset.UnixEpoch.AddSeconds(9) }],
        []);

    private readonly Mock<IPhaseStore> _store = new();
    private readonly Meters _meters = new();
    private readonly WebhookSecrets _secrets = new(Options.Create(new WebhookOptions { MasterKey = Convert.ToBase64String(Guid.NewGuid().ToByteArray().Concat(Guid.NewGuid().ToByteArray()).ToArray()) }));
    private FeatureRun _stored = new() { FeatureId = 104, Version = 1, Status = FeatureStatus.InProgress, Phases = PhaseTable.Of([Running]) };

    public PublicationTelemetryTests()
    {
        _store.Setup(s => s.LoadRunAsync(104, It.IsAny<CancellationToken>())).ReturnsAsync(() => new LoadedRun(_stored, []));
        _store.Setup(s => s.ListAttemptsAsync(104, It.IsAny<CancellationToken>())).ReturnsAsync(
        [
            new AttemptRecord { QueueId = "queue-104-1", FeatureId = 104, PhaseNumber = 1, Attempt = 1, AdwId = "adw-1", WorkflowType = "external", LaunchedAt = DateTimeOffset.UnixEpoch.AddSeconds(2) },
        ]);
        _store.Setup(s => s.PublishAsync(Publication, It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>())).ReturnsAsync(() =>
        {
            _stored = _stored with { Version = Publication.Version, Status = Publication.Status, Phases = PhaseTable.Of(Publication.Phases) };
            return [];
        });
    }

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task Publish_WhenItRunsTwice_TellsOnce()
    {
        using var spans = new Spans();
        _meters.Listen();

        await PublishAsync();
        await PublishAsync();

        Assert.Equal(["attempt", "phase", "feature"], spans.Of(_secrets.Traces.Trace(104)).Select(s => s.OperationName));
        Assert.Single(_meters.All, m => m.Instrument == "phaseflow.attempt.duration");
        _store.Verify(s => s.PublishAsync(Publication, It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()), Times.Exactly(2));
    }

    [Fact]
    public async Task Publish_WhenANewerOneIsStored_TellsNothing()
    {
        using var spans = new Spans();
        _meters.Listen();
        _stored = _stored with { Version = Publication.Version + 1 };

        await PublishAsync();

        Assert.Empty(spans.Of(_secrets.Traces.Trace(104)));
        Assert.Empty(_meters.All);
    }

    [Fact]
    public async Task Publish_WhenSomethingElseIsTraced_KeepsOutOfItsTrace()
    {
        using var spans = new Spans();
        using var outer = new Activity("the platform's own");
        outer.Start();

        await PublishAsync();

        Assert.Same(outer, Activity.Current);
        Assert.Equal(default, spans.Of(_secrets.Traces.Trace(104)).Single(s => s.OperationName == "feature").ParentSpanId);
        Assert.Equal(outer.TraceId, Activity.Current!.TraceId);
    }

    [Fact]
    public async Task Publish_WhenTheStoreCannotBeReadForIt_PublishesAllTheSame()
    {
        using var spans = new Spans();
        _store.Setup(s => s.LoadRunAsync(104, It.IsAny<CancellationToken>())).ThrowsAsync(new InvalidOperationException("busy"));

        await PublishAsync();

        Assert.Equal(Publication.Version, _stored.Version);
        Assert.Empty(spans.Of(_secrets.Traces.Trace(104)));
    }

    [Fact]
    public async Task Publish_WhenItsTelemetryFails_HasPublishedAllTheSame()
    {
        using var spans = new Spans();
        _store.Setup(s => s.ListAttemptsAsync(104, It.IsAny<CancellationToken>())).ThrowsAsync(new InvalidOperationException("busy"));

        await PublishAsync();

        Assert.Equal(Publication.Version, _stored.Version);
    }

    private async Task PublishAsync()
    {
        var telemetry = new RunTelemetry(_store.Object, _secrets, new PhaseFlowMetrics(_meters, TimeProvider.System), NullLogger<RunTelemetry>.Instance);
        await new PublishRunActivity(_store.Object, TimeProvider.System, telemetry).RunAsync(Publication, CancellationToken.None);
    }
}
