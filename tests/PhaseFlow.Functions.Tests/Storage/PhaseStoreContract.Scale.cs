using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Storage;

/// <content>Many writers, long texts and many rows.</content>
public abstract partial class PhaseStoreContract
{
    private const int MaxPhases = PhaseLimits.MaxPhases;

    [Fact]
    public async Task Write_WhenManyWritersMeetAtAFeature_LosesNothing()
    {
        IPhaseStore store = await OpenAsync();
        PhasePlan[] phases = [.. Enumerable.Range(1, 8).Select(n => Phase(n))];
        int id = await CreateAsync(store, Plan(phases: phases));
        foreach (PhasePlan phase in phases)
        {
            await store.BeginAttemptAsync(Attempt(id, phase.Number, 1), T0, None);
        }

        await Task.WhenAll(
        [
            .. phases.Select(p => store.ReceiveReportAsync(Report(id, p.Number, 1), T1, kept: null, None)),
            .. phases.Select(_ => store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Reconcile), T1, None)),
            .. phases.Select(p => store.HeartbeatAsync(QueueId.Format(id, p.Number), 1, T1, None)),
            store.PublishAsync(Publication(id, 1, phases: [.. phases.Select(p => State(p.Number, PhaseStatus.Running, 1))]), T1, None),
        ]);

        LoadedRun loaded = (await store.LoadRunAsync(id, None))!;
        Assert.Equal(Enumerable.Range(1, 16).Select(i => (long)i), loaded.Inbox.Select(e => e.Seq));
        Assert.Equal(phases.Select(p => p.Number), loaded.Inbox.Select(e => e.Report?.Phase).OfType<int>().Order());
        Assert.All(loaded.Run.Phases.Values, p => Assert.Equal(PhaseStatus.Running, p.Status));
        Assert.All(await store.ListAttemptsAsync(id, None), a => Assert.Equal((AttemptStatus.Closed, T1), (a.Status, a.ReportedAt)));
        ImmutableArray<Change> changes = await ChangesAsync(store);
        Assert.Equal(8, changes.Count(c => c.Type == ChangePayload.ReportReceived));
        Assert.Equal(8, changes.Count(c => c.Type == ChangePayload.PhaseChanged));
    }

    [Fact]
    public async Task Publish_WhenVersionsRace_KeepsTheNewest()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));

        await Task.WhenAll(Enumerable.Range(1, 20).Select(
            version => store.PublishAsync(Publication(id, version, phases: [State(1, PhaseStatus.Ready, version)]), T1, None)));

        FeatureRun run = (await store.LoadRunAsync(id, None))!.Run;
        Assert.Equal((20L, 20), (run.Version, run.Phases[1].Attempt));
    }

    [Fact]
    public async Task CreateFeature_WhenManyAskForOneId_GivesItToOne()
    {
        IPhaseStore store = await OpenAsync();

        FeatureCreation[] answers = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(i => store.CreateFeatureAsync(Plan(7, $"Writer {i}", Phase(1), Phase(2)), null, T0, None)));

        Assert.Single(answers, a => a.Result == CreationResult.Created);
        Assert.Equal(15, answers.Count(a => a.Result == CreationResult.IdTaken));
        StoredFeature feature = (await store.GetFeatureAsync(7, None))!;
        Assert.Equal(CreationResult.Created, answers[int.Parse(feature.Plan.Title["Writer ".Length..], null)].Result);
        Assert.Equal([1, 2], feature.Plan.Phases.Select(p => p.Number));
    }

    [Theory]
    [InlineData(32 * 1024)]
    [InlineData(64 * 1024)]
    [InlineData(PhaseLimits.MaxContentLength)]
    public async Task Write_WhenTextsAreLong_KeepsThemWhole(int length)
    {
        IPhaseStore store = await OpenAsync();
        string text = LongText(length);
        FeaturePlan plan = Plan(5, phases: Phase(1) with { Content = text }) with { Description = text };
        await CreateAsync(store, plan);
        await store.BeginAttemptAsync(Attempt(5, 1, 1), T0, None);
        ReportReceipt receipt = await store.ReceiveReportAsync(Report(5, 1, 1, error: text[..4000]) with { Body = text }, T1, kept: null, None);
        await store.PublishAsync(
            Publication(5, 1, phases: [State(1, PhaseStatus.Failed, 1) with { Error = text[..4000], Summary = text[..4000] }]), T1, None);

        StoredFeature feature = (await store.GetFeatureAsync(5, None))!;
        Assert.Equal(plan, feature.Plan);
        Assert.Equal(text[..4000], feature.Run.Phases[1].Error);
        Assert.Equal(text, (await store.GetPhaseBriefAsync(5, 1, None))!.Phase.Content);
        Assert.Equal(text[..4000], receipt.Entry!.Report!.Error);
        Assert.Equal(plan.Description, (await store.ListFeaturesAsync(new FeatureFilter(null, "long text", null, 1), None)).Items[0].Plan.Description);
    }

    [Fact]
    public async Task Write_WhenATextGrowsShorter_LeavesNothingOfItBehind()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        await store.PublishAsync(Publication(id, 1, phases: [State(1, PhaseStatus.Failed, 1) with { Error = LongText(64 * 1024) }]), T1, None);

        await store.PublishAsync(Publication(id, 2, phases: [State(1, PhaseStatus.Failed, 1) with { Error = "short" }]), T2, None);

        Assert.Equal("short", (await store.LoadRunAsync(id, None))!.Run.Phases[1].Error);
    }

    [Fact]
    public async Task CreateFeature_WhenThePlanIsAsLargeAsItMayBe_KeepsAllOfIt()
    {
        IPhaseStore store = await OpenAsync();
        FeaturePlan plan = Plan(9, phases: [.. Enumerable.Range(1, MaxPhases).Select(n => Phase(n) with { Content = LongText(5000) })]);

        await CreateAsync(store, plan);

        Assert.Equal(plan, (await store.GetFeatureAsync(9, None))!.Plan);
        Assert.Single(await ChangesAsync(store));
    }

    [Fact]
    public async Task Publish_WhenThousandsOfRowsFollow_PagesThroughAllOfThem()
    {
        const int Rounds = 26;
        IPhaseStore store = await OpenAsync();
        int[] numbers = [.. Enumerable.Range(1, MaxPhases)];
        int id = await CreateAsync(store, Plan(phases: [.. numbers.Select(n => Phase(n))]));
        for (int round = 1; round <= Rounds; round++)
        {
            await store.PublishAsync(Publication(id, round, phases: [.. numbers.Select(n => State(n, PhaseStatus.Running, round))]), T1, None);
        }

        ImmutableArray<AttemptRecord> attempts = await store.ListAttemptsAsync(id, None);
        Assert.Equal(Rounds * MaxPhases, attempts.Length);
        Assert.Equal(numbers.SelectMany(n => Enumerable.Range(1, Rounds).Select(a => (n, a))), attempts.Select(a => (a.PhaseNumber, a.Attempt)));
        Assert.Equal(MaxPhases, attempts.Count(a => a.Status == AttemptStatus.Live));
        List<Change> changes = [];
        for (ChangePage page = await store.ReadChangesAsync(0, 1000, None); page.Changes.Length > 0; page = await store.ReadChangesAsync(page.Cursor, 1000, None))
        {
            changes.AddRange(page.Changes);
        }

        Assert.Equal(changes.Select(c => c.Cursor).Distinct().Order(), changes.Select(c => c.Cursor));
        string[] told = [.. changes.Where(c => c.Type == ChangePayload.PhaseChanged).Select(c => c.QueueId!)];
        Assert.Equal(Enumerable.Range(1, Rounds).SelectMany(_ => numbers.Select(n => QueueId.Format(id, n))), told);
    }

    [Fact]
    public async Task ListFeatures_WhenThereAreThousands_CountsAndWalksThemAll()
    {
        const int Features = 1100;
        IPhaseStore store = await OpenAsync();
        await Parallel.ForEachAsync(
            Enumerable.Range(1, Features),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (id, _) => await CreateAsync(store, Plan(id)));

        List<int> seen = [];
        var filter = new FeatureFilter(FeatureStatus.Planned, null, null, 200);
        do
        {
            Page<StoredFeature> page = await store.ListFeaturesAsync(filter, None);
            Assert.Equal(Features, page.Total);
            seen.AddRange(page.Items.Select(f => f.Run.FeatureId));
            filter = filter with { Cursor = page.NextCursor };
        }
        while (filter.Cursor is not null);

        Assert.Equal(Enumerable.Range(1, Features).Reverse(), seen);
        Assert.Equal(Features, (await store.ListFeaturesAsync(new FeatureFilter(null, "sockets", null, 1), None)).Total);
        Assert.Equal(Features, (await store.ListFeaturesAsync(new FeatureFilter(null, null, null, 1), None)).Total);
    }

    /// <summary>Of signs of one to four bytes, so that a cut anywhere would show, and without a pattern that packs it small.</summary>
    private static string LongText(int length)
    {
        var random = new Random(length);
        var text = new StringBuilder("a long text ");
        while (text.Length < length - 5)
        {
            text.Append(CultureInfo.InvariantCulture, $"\U0001F600é\"{(char)random.Next('\u4e00', '\u9fff')}");
        }

        return text.ToString();
    }
}
