using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Features;

/// <summary>A command that is stored and then seems not to fit any more: the run decides, and who asked is told what it decided.</summary>
public sealed class FeatureCommandsTests
{
    private static readonly FeaturePlan Plan = new() { Id = 104, Title = "Sample", Phases = [new PhasePlan { Number = 1, Title = "One" }] };

    private readonly FakeTime _time = new();
    private readonly Mock<IPhaseStore> _store = new();
    private readonly Mock<DurableTaskClient> _client = new("test");
    private readonly Queue<MessageOutcome?> _outcomes = new();

    [Theory]
    [InlineData(MessageOutcome.Applied, 202)]
    [InlineData(MessageOutcome.Ignored, 409)]
    public async Task RunPhaseAsync_WhenTheCommandSeemsTooLate_SaysWhatTheRunHasMadeOfIt(MessageOutcome outcome, int status)
    {
        _outcomes.Enqueue(null);
        _outcomes.Enqueue(null);
        _outcomes.Enqueue(outcome);

        Assert.Equal(status, await RetryAsync());
        Assert.Empty(_outcomes);
    }

    /// <summary>It is stored, and will be done or not: nobody may be told that it will not.</summary>
    [Fact]
    public async Task RunPhaseAsync_WhenTheCommandSeemsTooLateAndTheRunIsNotHeard_SaysThatItIsAccepted()
    {
        DateTimeOffset begun = _time.GetUtcNow();

        Assert.Equal(202, await RetryAsync());
        Assert.InRange(_time.GetUtcNow() - begun, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));
    }

    /// <summary>Its event came to an orchestration that was about to end, and nothing runs that would take it.</summary>
    [Fact]
    public async Task RunPhaseAsync_WhenTheFeatureHasEndedAndNothingTakesTheCommand_StartsItsOrchestration()
    {
        for (int i = 0; i < 30; i++)
        {
            _outcomes.Enqueue(null);
        }

        _outcomes.Enqueue(MessageOutcome.Applied);

        Assert.Equal(202, await RetryAsync(hasEnded: true));
        Assert.Empty(_outcomes);
        _client.Verify(
            c => c.ScheduleNewOrchestrationInstanceAsync(nameof(FeatureOrchestrator), new FeatureInput(104) { KeepsOrder = true }, It.IsAny<StartOrchestrationOptions>(), It.IsAny<CancellationToken>()),
            Times.AtLeastOnce);
    }

    private async Task<int?> RetryAsync(bool hasEnded = false)
    {
        FeatureRun cancelled = Run(PhaseStatus.Cancelled) with { Status = FeatureStatus.Cancelled };
        FeatureRun running = hasEnded ? cancelled : Run(PhaseStatus.Running);
        var entry = new InboxEntry(104, 2, _time.GetUtcNow()) { Command = new FeatureCommand(2, CommandKind.RetryPhase) { Phase = 1 } };
        _store.Setup(s => s.GetFeatureAsync(104, It.IsAny<CancellationToken>())).ReturnsAsync(
            new StoredFeature { Plan = Plan, Run = cancelled, CreatedAt = _time.GetUtcNow(), UpdatedAt = _time.GetUtcNow(), PhaseUpdatedAt = ImmutableSortedDictionary<int, DateTimeOffset>.Empty });
        int loads = 0;
        MessageOutcome? outcome = null;
        _store.Setup(s => s.LoadRunAsync(104, It.IsAny<CancellationToken>()))
            .ReturnsAsync(() => ++loads == 1 ? new LoadedRun(cancelled, []) : new LoadedRun(running, outcome is null ? [entry] : []));
        _store.Setup(s => s.ReceiveCommandAsync(104, It.IsAny<FeatureCommand>(), It.IsAny<DateTimeOffset>(), It.IsAny<Action<InboxEntry>?>(), It.IsAny<CancellationToken>())).ReturnsAsync(entry);
        _store.Setup(s => s.GetOutcomeAsync(104, 2, It.IsAny<CancellationToken>())).ReturnsAsync(() => outcome = _outcomes.TryDequeue(out MessageOutcome? known) ? known : null);
        _client.SetupGet(c => c.Entities).Returns(new Mock<DurableEntityClient>("entities").Object);
        var commands = new FeatureCommands(_store.Object, new AgentConfiguration([]), new InboxCourier(NullLogger<InboxCourier>.Instance), _time);
        Task<IResult> answer = commands.RunPhaseAsync(
            new DefaultHttpContext().Request, _client.Object, "queue-104-1", CommandKind.RetryPhase, CancellationToken.None);
        while (!answer.IsCompleted)
        {
            _time.AdvanceToNext();
            await Task.Yield();
        }

        return ((IStatusCodeHttpResult)await answer).StatusCode;
    }

    private static FeatureRun Run(PhaseStatus status) => new()
    {
        FeatureId = 104,
        Status = FeatureStatus.InProgress,
        Phases = PhaseTable.Of([new PhaseState { Number = 1, Rule = new PhaseRule(), Status = status, Attempt = 1 }]),
    };
}
