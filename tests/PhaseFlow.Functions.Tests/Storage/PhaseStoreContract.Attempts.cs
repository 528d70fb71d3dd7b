using System.Collections.Immutable;
using System.Text.Json;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Storage;

/// <content>Attempts and their reports.</content>
public abstract partial class PhaseStoreContract
{
    [Fact]
    public async Task BeginAttempt_WhenRepeated_GivesTheFirstRecord()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));

        AttemptRecord first = await store.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);
        AttemptRecord second = await store.BeginAttemptAsync(Attempt(id, 1, 1), T1, None);

        Assert.Equal(first, second);
        Assert.Equal((AttemptStatus.Live, T0, AdwId.Of(id, 1, 1)), (first.Status, first.LaunchedAt, first.AdwId));
        Assert.Equal(first, await store.GetAttemptAsync(QueueId.Format(id, 1), 1, None));
        Assert.Equal([first], (await store.ListAttemptsAsync(id, None)).AsEnumerable());
    }

    [Fact]
    public async Task BeginAttempt_WhenItWasClosedBefore_StaysClosed()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.CloseAttemptAsync(Attempt(id, 1, 1), T0, None);

        Assert.Equal(AttemptStatus.Closed, (await store.BeginAttemptAsync(Attempt(id, 1, 1), T1, None)).Status);
    }

    [Fact]
    public async Task BeginAttempt_WhenItsTurnHasGoneBy_IsClosed()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: [Phase(1), Phase(2)]));
        await store.BeginAttemptAsync(Attempt(id, 1, 2), T0, None);
        await store.PublishAsync(Publication(id, 1, phases: [State(2, PhaseStatus.Cancelled, 1)]), T0, None);

        Assert.Equal(AttemptStatus.Closed, (await store.BeginAttemptAsync(Attempt(id, 1, 1), T1, None)).Status);
        Assert.Equal(AttemptStatus.Closed, (await store.BeginAttemptAsync(Attempt(id, 2, 1), T1, None)).Status);
    }

    [Fact]
    public async Task BeginAttempt_WhenThePublicationLags_IsLive()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);

        await store.PublishAsync(Publication(id, 1, phases: [State(1, PhaseStatus.Ready, 1)]), T1, None);
        await store.PublishAsync(Publication(id, 2, phases: [State(1, PhaseStatus.Running, 1)]), T1, None);

        Assert.Equal(AttemptStatus.Live, (await store.GetAttemptAsync(QueueId.Format(id, 1), 1, None))!.Status);
        Assert.Equal(ReceiptResult.Accepted, (await store.ReceiveReportAsync(Report(id, 1, 1), T2, kept: null, None)).Result);
    }

    [Theory]
    [InlineData(PhaseStatus.Completed, 1)]
    [InlineData(PhaseStatus.Failed, 1)]
    [InlineData(PhaseStatus.Cancelled, 1)]
    [InlineData(PhaseStatus.Queued, 1)] // waits for its next attempt
    [InlineData(PhaseStatus.Ready, 2)]
    [InlineData(PhaseStatus.Running, 2)]
    public async Task Publish_WhenThePhaseHasLeftAnAttempt_ClosesIt(PhaseStatus status, int attempt)
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);

        await store.PublishAsync(Publication(id, 1, phases: [State(1, status, attempt)]), T1, None);

        Assert.Equal(AttemptStatus.Closed, (await store.GetAttemptAsync(QueueId.Format(id, 1), 1, None))!.Status);
        Assert.Equal(ReceiptResult.Stale, (await store.ReceiveReportAsync(Report(id, 1, 1), T2, kept: null, None)).Result);
    }

    [Fact]
    public async Task Heartbeat_WhenTheAttemptIsLive_IsKept()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);
        string queueId = QueueId.Format(id, 1);

        Assert.True(await store.HeartbeatAsync(queueId, 1, T2, None));
        Assert.True(await store.HeartbeatAsync(queueId, 1, T1, None)); // late: the newer one holds

        Assert.Equal(T2, (await store.GetAttemptAsync(queueId, 1, None))!.HeartbeatAt);
    }

    [Fact]
    public async Task Heartbeat_WhenTheAttemptIsUnknownOrOver_IsRefused()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.CloseAttemptAsync(Attempt(id, 1, 1), T0, None);

        Assert.False(await store.HeartbeatAsync(QueueId.Format(id, 1), 1, T1, None));
        Assert.False(await store.HeartbeatAsync(QueueId.Format(id, 1), 2, T1, None));
    }

    [Fact]
    public async Task ReceiveReport_WhenTheAttemptIsLive_IsAcceptedAndKept()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);

        ReportReceipt receipt = await store.ReceiveReportAsync(Report(id, 1, 1, completed: false, error: "broke"), T1, kept: null, None);

        Assert.Equal(ReceiptResult.Accepted, receipt.Result);
        InboxEntry entry = receipt.Entry!;
        Assert.Equal((id, 1L, T1), (entry.FeatureId, entry.Seq, entry.ReceivedAt));
        Assert.Equal(
            new AgentReport(1, 1, 1, false) { Error = "broke", PrNumber = 7, Summary = "ok", Usage = new AgentUsage(1, 2, 0.5m) }, entry.Report);
        Assert.Equal([entry], (await store.LoadRunAsync(id, None))!.Inbox.AsEnumerable());
        AttemptRecord attempt = (await store.GetAttemptAsync(QueueId.Format(id, 1), 1, None))!;
        Assert.Equal((AttemptStatus.Closed, T1, false, "broke"), (attempt.Status, attempt.ReportedAt, attempt.Completed, attempt.Error));
        Assert.Equal(new AgentUsage(1, 2, 0.5m), attempt.Usage);
        Change change = (await ChangesAsync(store))[^1];
        Assert.Equal((ChangePayload.ReportReceived, QueueId.Format(id, 1)), (change.Type, change.QueueId));
        Assert.Equal("accepted", JsonDocument.Parse(change.Data).RootElement.GetProperty("result").GetString());
    }

    [Fact]
    public async Task ReceiveReport_WhenSixtyFourComeAtOnce_AcceptsExactlyOne()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);

        ReportReceipt[] receipts = await Task.WhenAll(Enumerable.Range(0, 64).Select(
            i => Task.Run(() => store.ReceiveReportAsync(Report(id, 1, 1, delivery: $"d-{i % 4}"), T1, kept: null, None))));

        Assert.Single(receipts, r => r.Result == ReceiptResult.Accepted);
        Assert.Equal(63, receipts.Count(r => r.Result == ReceiptResult.Duplicate));
        Assert.Single((await store.LoadRunAsync(id, None))!.Inbox);
    }

    [Fact]
    public async Task ReceiveReport_WhenRepeatedBeforeItIsApplied_GivesTheOpenEntry()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);
        ReportReceipt first = await store.ReceiveReportAsync(Report(id, 1, 1), T1, kept: null, None);

        ReportReceipt repeat = await store.ReceiveReportAsync(Report(id, 1, 1), T2, kept: null, None);
        await store.PublishAsync(Publication(id, 1, settled: [new InboxSettlement(1, MessageOutcome.Applied, null)]), T2, None);
        ReportReceipt late = await store.ReceiveReportAsync(Report(id, 1, 1, completed: false), T2, kept: null, None);

        Assert.Equal(new ReportReceipt(ReceiptResult.Duplicate, first.Entry), repeat);
        Assert.Equal(new ReportReceipt(ReceiptResult.Duplicate, null), late);
        Assert.True((await store.GetAttemptAsync(QueueId.Format(id, 1), 1, None))!.Completed);
    }

    [Fact]
    public async Task ReceiveReport_WithEachReceiptThatHasAnEntry_SaysThatItIsKept()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);
        var kept = new List<InboxEntry>();

        ReportReceipt wrong = await store.ReceiveReportAsync(Report(id, 1, 1, "wrong", adwIdMatches: false), T1, kept.Add, None);
        ReportReceipt first = await store.ReceiveReportAsync(Report(id, 1, 1, "right"), T1, kept.Add, None);
        ReportReceipt repeat = await store.ReceiveReportAsync(Report(id, 1, 1, "right"), T1, kept.Add, None);
        await store.PublishAsync(Publication(id, 1, settled: [new InboxSettlement(1, MessageOutcome.Applied, null)]), T2, None);
        ReportReceipt late = await store.ReceiveReportAsync(Report(id, 1, 1, "right"), T2, kept.Add, None);

        Assert.Null(wrong.Entry);
        Assert.Null(late.Entry);
        Assert.Equal([first.Entry!, repeat.Entry!], kept);
    }

    [Fact]
    public async Task ReceiveReport_WhenANewerAttemptHasBegun_IsStale()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);
        await store.BeginAttemptAsync(Attempt(id, 1, 2), T1, None);

        ReportReceipt receipt = await store.ReceiveReportAsync(Report(id, 1, 1), T2, kept: null, None);
        ReportReceipt repeat = await store.ReceiveReportAsync(Report(id, 1, 1), T2, kept: null, None);

        Assert.Equal(new ReportReceipt(ReceiptResult.Stale, null), receipt);
        Assert.Equal(new ReportReceipt(ReceiptResult.Duplicate, null), repeat);
        Assert.Empty((await store.LoadRunAsync(id, None))!.Inbox);
        Assert.Null((await store.GetAttemptAsync(QueueId.Format(id, 1), 1, None))!.ReportedAt);
        Assert.Equal("stale", JsonDocument.Parse((await ChangesAsync(store))[^1].Data).RootElement.GetProperty("result").GetString());
    }

    [Fact]
    public async Task ReceiveReport_WhenItNamesAnotherAgent_IsStaleAndDoesNotTakeTheTrueOnesPlace()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);

        ReportReceipt wrong = await store.ReceiveReportAsync(Report(id, 1, 1, "wrong", adwIdMatches: false), T1, kept: null, None);
        ReportReceipt right = await store.ReceiveReportAsync(Report(id, 1, 1, "right"), T1, kept: null, None);

        Assert.Equal(ReceiptResult.Stale, wrong.Result);
        Assert.Equal(ReceiptResult.Accepted, right.Result);
        Assert.Equal(1, right.Entry!.Seq); // the stale one has left no gap
    }

    [Fact]
    public async Task ReceiveReport_WhenTwoPhasesUseOneDeliveryId_AcceptsBoth()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: [Phase(1), Phase(2)]));
        await store.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);
        await store.BeginAttemptAsync(Attempt(id, 2, 1), T0, None);

        Assert.Equal(ReceiptResult.Accepted, (await store.ReceiveReportAsync(Report(id, 1, 1, "done"), T1, kept: null, None)).Result);
        Assert.Equal(ReceiptResult.Accepted, (await store.ReceiveReportAsync(Report(id, 2, 1, "done"), T1, kept: null, None)).Result);
    }

    [Fact]
    public async Task ReceiveReport_WhenTheAttemptWasNeverBegun_Throws()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));

        await Assert.ThrowsAsync<FeatureUnknownException>(() => store.ReceiveReportAsync(Report(id, 1, 1), T1, kept: null, None));
    }

    [Fact]
    public async Task ReceiveReport_WhenTheTextsAreLong_CutsThem()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.BeginAttemptAsync(Attempt(id, 1, 1), T0, None);

        string error = new string('x', 3999) + "\U0001F600 and more"; // the pair straddles the limit
        ReportReceipt receipt = await store.ReceiveReportAsync(Report(id, 1, 1, completed: false, error: error), T1, kept: null, None);

        Assert.Equal(new string('x', 3999), receipt.Entry!.Report!.Error);
        Assert.Equal(receipt.Entry.Report, (await store.LoadRunAsync(id, None))!.Inbox[0].Report);
    }

    [Fact]
    public async Task ListAttempts_WhenThereAreMany_SortsByPhaseAndAttempt()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: [Phase(2), Phase(10)]));
        int other = await CreateAsync(store, Plan(phases: Phase(1)));
        foreach (AttemptStart start in new[] { Attempt(id, 10, 1), Attempt(id, 2, 1), Attempt(id, 2, 2), Attempt(other, 1, 1) })
        {
            await store.BeginAttemptAsync(start, T0, None);
        }

        ImmutableArray<AttemptRecord> attempts = await store.ListAttemptsAsync(id, None);

        Assert.Equal([(2, 1), (2, 2), (10, 1)], attempts.Select(a => (a.PhaseNumber, a.Attempt)));
    }
}
