using System.Collections.Immutable;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Moq;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Queue;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Slots;

public sealed class SlotLineTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Queue_WhenAPhaseHasItsSlotAndItsRunDoesNotShowItYet_KeepsItBeforeTheLine()
    {
        // One slot; the phases ask in the order 2, 1, 3: phase 2 has the slot, and its run still waits to hear of it.
        SlotLedger ledger = SlotLedger.Empty(1).Exchange(new SlotExchange([], [Request(2), Request(1), Request(3)]), Now).Ledger;

        QueueRow[] rows = [.. QueueOrder.Sort(QueueRow.Of(Feature(3), new SlotLine(ledger), Now))];

        Assert.Equal(
            [(2, null, "starts now"), (1, 1, "waits for a slot, 1st in line"), (3, 2, "waits for a slot, 2nd in line")],
            rows.Select(r => (r.PhaseNumber, r.Position, r.WaitReason)));
    }

    [Fact]
    public void Queue_WhenAPhaseHasNotReachedTheLine_PutsItBehind()
    {
        SlotLedger ledger = SlotLedger.Empty(0).Exchange(new SlotExchange([], [Request(2)]), Now).Ledger;

        QueueRow[] rows = [.. QueueOrder.Sort(QueueRow.Of(Feature(2), new SlotLine(ledger), Now))];

        Assert.Equal([(2, 1), (1, null)], rows.Select(r => (r.PhaseNumber, r.Position)));
    }

    /// <summary>A long line lies in a blob that is replaced while it is read.</summary>
    [Fact]
    public async Task ReadAsync_WhenTheLimiterCannotBeReadForAMoment_ReadsItAgain()
    {
        SlotLedger ledger = SlotLedger.Empty(1).Exchange(new SlotExchange([], [Request(2)]), Now).Ledger;
        var entities = new Mock<DurableEntityClient>("entities");
        entities.SetupSequence(e => e.GetEntityAsync<SlotLedger>(SlotLimiter.Id, It.IsAny<CancellationToken>()))
            .ThrowsAsync(new InvalidOperationException("BlobNotFound"))
            .ThrowsAsync(new InvalidOperationException("BlobNotFound"))
            .ReturnsAsync(new EntityMetadata<SlotLedger>(SlotLimiter.Id, ledger));
        var client = new Mock<DurableTaskClient>("client");
        client.SetupGet(c => c.Entities).Returns(entities.Object);

        Assert.True((await SlotLine.ReadAsync(client.Object, CancellationToken.None)).IsGranted("queue-1-2", 1));
    }

    private static SlotRequest Request(int phase) => new(QueueId.Format(1, phase), 1, 1, 50, Now);

    private static StoredFeature Feature(int phases)
    {
        ImmutableArray<PhasePlan> plans = [.. Enumerable.Range(1, phases).Select(n => new PhasePlan { Number = n, Title = $"Phase {n}" })];
        return new StoredFeature
        {
            Plan = new FeaturePlan { Id = 1, Title = "F", Phases = plans },
            Run = new FeatureRun
            {
                FeatureId = 1,
                Status = FeatureStatus.InProgress,
                Phases = PhaseTable.Of(plans.Select(p => new PhaseState { Number = p.Number, Rule = PhaseRule.Of(p), Status = PhaseStatus.Ready, Attempt = 1, ReadyAt = Now })),
            },
            CreatedAt = Now,
            UpdatedAt = Now,
            PhaseUpdatedAt = ImmutableSortedDictionary<int, DateTimeOffset>.Empty,
        };
    }
}
