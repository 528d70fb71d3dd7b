using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Retention;

/// <summary>What goes, what stays, and what is finished after a process has ended in the middle.</summary>
public sealed class PruneTests : IAsyncDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly PruneBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Run_WhenFeaturesEndedLongAgo_RemovesThemAndKeepsTheOthers()
    {
        int completed = await _bench.EndedAsync(FeatureStatus.Completed, PruneBench.Now.AddDays(-31));
        int failed = await _bench.EndedAsync(FeatureStatus.Failed, PruneBench.Now.AddDays(-31));
        int young = await _bench.EndedAsync(FeatureStatus.Completed, PruneBench.Now.AddDays(-29));
        int planned = await _bench.PlannedAsync(PruneBench.Now.AddDays(-400));

        await _bench.PruneAsync();

        Assert.Equal([young, planned], await _bench.FeaturesAsync());
        await _bench.AssertGoneAsync(completed);
        await _bench.AssertGoneAsync(failed);
        Assert.Equal([$"feature-{completed}", $"feature-{failed}"], _bench.Purged.Order());
        Assert.NotNull(await _bench.Issues.GetAsync(null, (await _bench.IssueOfAsync(young))!.Value, None));
    }

    [Fact]
    public async Task Run_WhenTheFeedIsOld_KeepsWhatIsYoung()
    {
        await _bench.EndedAsync(FeatureStatus.Completed, PruneBench.Now.AddDays(-31));
        int young = await _bench.PlannedAsync(PruneBench.Now.AddDays(-1));

        await _bench.PruneAsync();

        ImmutableArray<Change> changes = (await _bench.Store.ReadChangesAsync(0, 100, None)).Changes;
        Assert.All(changes, change => Assert.True(change.At > PruneBench.Now.AddDays(-30)));
        Assert.Contains(changes, change => change.FeatureId == young);
    }

    [Theory]
    [InlineData("an orchestration")]
    [InlineData("a slot")]
    [InlineData("a place in the line")]
    [InlineData("an agent")]
    [InlineData("an open command")]
    public async Task Run_WhenSomethingOfTheFeatureIsLive_LeavesItUntilItIsNot(string live)
    {
        int id = await _bench.EndedAsync(FeatureStatus.Failed, PruneBench.Now.AddDays(-31));
        string queueId = QueueId.Format(id, 1);
        InboxEntry? command = null;
        switch (live)
        {
            case "an orchestration":
                _bench.Running.Add($"feature-{id}");
                break;
            case "a slot":
                _bench.Ledger = SlotLedger.Empty(1).Exchange(new SlotExchange([], [Asks(queueId, id)]), PruneBench.Now).Ledger;
                break;
            case "a place in the line":
                _bench.Ledger = SlotLedger.Empty(0).Exchange(new SlotExchange([], [Asks(queueId, id)]), PruneBench.Now).Ledger;
                break;
            case "an agent":
                _bench.Launcher.Working.Add(AdwId.Of(id, 1, 1));
                break;
            default:
                command = await _bench.Store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Retry), PruneBench.Now, None);
                break;
        }

        await _bench.PruneAsync();

        Assert.NotNull(await _bench.Store.GetFeatureAsync(id, None));
        Assert.Single(await _bench.Store.ListAttemptsAsync(id, None));
        Assert.NotNull(await _bench.Issues.GetAsync(null, (await _bench.IssueOfAsync(id))!.Value, None));
        Assert.Empty(_bench.Purged);

        _bench.Running.Clear();
        _bench.Ledger = SlotLedger.Empty(1);
        _bench.Launcher.Working.Clear();
        if (command is not null)
        {
            await _bench.SettleAsync(id, command, PruneBench.Now.AddDays(-31));
        }

        await _bench.PruneAsync();
        await _bench.AssertGoneAsync(id);
    }

    [Fact]
    public async Task Run_WhenMoreThanABatchCannotGo_RemovesWhatComesAfterThem()
    {
        for (int i = 0; i < 20; i++)
        {
            _bench.Launcher.Working.Add(AdwId.Of(await _bench.EndedAsync(FeatureStatus.Completed, PruneBench.Now.AddDays(-40)), 1, 1));
        }

        int last = await _bench.EndedAsync(FeatureStatus.Completed, PruneBench.Now.AddDays(-31));

        await _bench.PruneAsync();

        await _bench.AssertGoneAsync(last);
        Assert.Equal(20, (await _bench.FeaturesAsync()).Count);
    }

    [Fact]
    public async Task Run_WhenTheRetentionIsOff_RemovesNothingAndFinishesWhatHasBegun()
    {
        int begun = await _bench.EndedAsync(FeatureStatus.Completed, PruneBench.Now.AddDays(-400));
        int kept = await _bench.EndedAsync(FeatureStatus.Completed, PruneBench.Now.AddDays(-400));
        await _bench.Store.BeginRemovalAsync(begun, PruneBench.Now, PruneBench.Now, None);

        await _bench.PruneAsync(TimeSpan.Zero);

        await _bench.AssertGoneAsync(begun);
        Assert.Equal([kept], await _bench.FeaturesAsync());
        Assert.Equal(1, (await _bench.Store.ReadChangesAsync(0, 1, None)).Cursor);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_WhenTheProcessEndsAtAnyStep_IsFinishedByTheNextTurn(bool afterTheStep)
    {
        int cut = 0;
        for (bool wasCut = true; wasCut; cut++)
        {
            int[] ids =
            [
                await _bench.EndedAsync(FeatureStatus.Completed, PruneBench.Now.AddDays(-31), phases: 30),
                await _bench.EndedAsync(FeatureStatus.Cancelled, PruneBench.Now.AddDays(-32)),
            ];

            wasCut = await _bench.DieAtAsync(cut, afterTheStep);
            foreach (int id in ids)
            {
                // Whole, or unknown: nobody sees the half of one.
                StoredFeature? seen = await _bench.Store.GetFeatureAsync(id, None);
                Assert.True(seen is null || (await _bench.Store.ListAttemptsAsync(id, None)).Length == 1, $"cut {cut}, feature {id}");
            }

            await _bench.PruneAsync();
            foreach (int id in ids)
            {
                await _bench.AssertGoneAsync(id);
            }
        }

        Assert.True(cut > 8, $"only {cut} steps were cut");
    }

    private static SlotRequest Asks(string queueId, int id) => new(queueId, 2, id, 50, PruneBench.Now);
}
