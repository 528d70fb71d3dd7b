using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Storage;

/// <content>Features and their plans.</content>
public abstract partial class PhaseStoreContract
{
    [Fact]
    public async Task CreateFeature_WhenThePlanIsNew_KeepsAllOfItQueued()
    {
        IPhaseStore store = await OpenAsync();
        FeaturePlan plan = Plan(104, phases: [Phase(1), Phase(2, 1)]);

        Assert.Equal(new FeatureCreation(CreationResult.Created, 104), await store.CreateFeatureAsync(plan, null, T0, None));

        StoredFeature feature = (await store.GetFeatureAsync(104, None))!;
        Assert.Equal(plan, feature.Plan);
        Assert.Equal(FeatureStatus.Planned, feature.Run.Status);
        Assert.Equal([1, 2], feature.Run.Phases.Keys);
        Assert.All(feature.Run.Phases.Values, p => Assert.Equal(PhaseStatus.Queued, p.Status));
        Assert.Equal([1], feature.Run.Phases[2].Rule.DependsOn.AsEnumerable());
        Assert.Equal((10, 12.5m), (feature.Run.Priority, feature.Run.MaxCostUsd));
        Assert.Equal((T0, T0), (feature.CreatedAt, feature.UpdatedAt));
        Assert.Equal([T0, T0], feature.PhaseUpdatedAt.Values);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.0001)]
    [InlineData(1_000_000.0)]
    public async Task CreateFeature_WhenItsSpendIsCappedOrNot_TellsItsRunSo(double? usd)
    {
        IPhaseStore store = await OpenAsync();
        decimal? cap = (decimal?)usd;
        int id = await CreateAsync(store, Plan(phases: Phase(1)) with { MaxCostUsd = cap });
        await store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Execute), T0, None);

        await store.PublishAsync(Publication(id, 1, phases: [new PhaseState { Number = 1, Rule = PhaseRule.Of(Phase(1)), MayPassCap = cap is not null }]), T1, None);

        FeatureRun run = (await store.LoadRunAsync(id, None))!.Run;
        Assert.Equal((cap, cap is not null), (run.MaxCostUsd, run.Phases[1].MayPassCap));
        StoredFeature open = Assert.Single(await store.ListOpenFeaturesAsync(None));
        StoredFeature listed = Assert.Single((await store.ListFeaturesAsync(new FeatureFilter(null, null, null, 10), None)).Items);
        Assert.Equal((cap, cap), (open.Plan.MaxCostUsd, open.Run.MaxCostUsd));
        Assert.Equal((cap, cap), (listed.Plan.MaxCostUsd, listed.Run.MaxCostUsd));
    }

    [Fact]
    public async Task CreateFeature_WhenNoIdIsAskedFor_GivesTheNextFreeOne()
    {
        IPhaseStore store = await OpenAsync();

        Assert.Equal(1, await CreateAsync(store, Plan()));
        Assert.Equal(104, await CreateAsync(store, Plan(104)));
        Assert.Equal(105, await CreateAsync(store, Plan()));
    }

    [Fact]
    public async Task CreateFeature_WhenTheGreatestIdIsTaken_GivesTheLowestFreeOne()
    {
        IPhaseStore store = await OpenAsync();
        await CreateAsync(store, Plan(int.MaxValue));
        await CreateAsync(store, Plan(1));

        Assert.Equal(2, await CreateAsync(store, Plan()));
    }

    [Fact]
    public async Task CreateFeature_WhenTheIdIsTaken_SaysSoAndChangesNothing()
    {
        IPhaseStore store = await OpenAsync();
        await CreateAsync(store, Plan(104, phases: Phase(1)));

        FeatureCreation second = await store.CreateFeatureAsync(Plan(104, "Another"), null, T1, None);

        Assert.Equal(CreationResult.IdTaken, second.Result);
        Assert.Equal("Sockets", (await store.GetFeatureAsync(104, None))!.Plan.Title);
    }

    [Fact]
    public async Task CreateFeature_WhenAKeyIsUsedAgain_AnswersWithTheFirstFeature()
    {
        IPhaseStore store = await OpenAsync();
        var key = new IdempotencyKey("k", "digest");
        FeatureCreation first = await store.CreateFeatureAsync(Plan(), key, T0, None);

        Assert.Equal(new FeatureCreation(CreationResult.Repeated, first.FeatureId), await store.CreateFeatureAsync(Plan(), key, T1, None));
        FeatureCreation other = await store.CreateFeatureAsync(Plan(), key with { BodyDigest = "other" }, T1, None);

        Assert.Equal(CreationResult.KeyReused, other.Result);
        Assert.Equal(1, (await store.ListFeaturesAsync(new FeatureFilter(null, null, null, 10), None)).Total);
    }

    [Fact]
    public async Task CreateFeature_WhenAKeyIsUsedByManyAtOnce_CreatesOneFeature()
    {
        IPhaseStore store = await OpenAsync();
        var key = new IdempotencyKey("k", "digest");

        FeatureCreation[] answers = await Task.WhenAll(
            Enumerable.Range(0, 32).Select(_ => store.CreateFeatureAsync(Plan(), key, T0, None)));

        Assert.Single(answers, a => a.Result == CreationResult.Created);
        Assert.Single(answers.Select(a => a.FeatureId).Distinct());
    }

    [Fact]
    public async Task CreateFeature_WhenTheIdIsTaken_DoesNotUseUpTheKey()
    {
        IPhaseStore store = await OpenAsync();
        await CreateAsync(store, Plan(5));
        var key = new IdempotencyKey("k", "digest");
        await store.CreateFeatureAsync(Plan(5), key, T0, None);

        Assert.Equal(CreationResult.Created, (await store.CreateFeatureAsync(Plan(6), key, T0, None)).Result);
    }

    [Fact]
    public async Task SetPhases_WhenThePlanHasNone_GivesThemOnce()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan());

        Assert.True(await store.SetPhasesAsync(id, [Phase(1), Phase(2, 1)], T1, None));
        Assert.False(await store.SetPhasesAsync(id, [Phase(3)], T2, None));

        StoredFeature feature = (await store.GetFeatureAsync(id, None))!;
        Assert.Equal([1, 2], feature.Plan.Phases.Select(p => p.Number));
        Assert.Equal([1, 2], feature.Run.Phases.Keys);
    }

    [Fact]
    public async Task SetPhases_WhenTheFeatureIsUnknownOrStarted_Refuses()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan());
        await store.PublishAsync(Publication(id, 1), T1, None);

        Assert.False(await store.SetPhasesAsync(id, [Phase(1)], T1, None));
        Assert.False(await store.SetPhasesAsync(999, [Phase(1)], T1, None));
    }

    [Fact]
    public async Task AddPhase_WhenTheNumberIsFree_PlansItAndTellsTheRun()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));

        InboxEntry entry = (await store.AddPhaseAsync(id, Phase(2, 1), expectedPhaseCount: 1, T1, None))!;

        FeatureCommand command = entry.Command!;
        Assert.Equal((CommandKind.AddPhase, 2, entry.Seq), (command.Kind, command.Phase, command.Seq));
        Assert.Equal([1], command.Rule!.DependsOn.AsEnumerable());
        StoredFeature feature = (await store.GetFeatureAsync(id, None))!;
        Assert.Equal([1, 2], feature.Plan.Phases.Select(p => p.Number));
        Assert.Equal([1], feature.Run.Phases.Keys);
        Assert.Equal("Do 2.", (await store.GetPhaseBriefAsync(id, 2, None))!.Phase.Content);
    }

    [Theory]
    [InlineData(2, 0)] // somebody else has added one
    [InlineData(1, 1)] // the number is taken
    public async Task AddPhase_WhenThePlanHasMovedOn_AddsNothing(int number, int expectedCount)
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));

        Assert.Null(await store.AddPhaseAsync(id, Phase(number), expectedCount, T1, None));

        Assert.Empty((await store.LoadRunAsync(id, None))!.Inbox);
        Assert.Single((await store.GetFeatureAsync(id, None))!.Plan.Phases);
    }

    [Fact]
    public async Task AddPhase_WhenTheRunRefusesIt_LeavesThePlan()
    {
        IPhaseStore store = await OpenAsync();
        int id = await CreateAsync(store, Plan(phases: Phase(1)));
        InboxEntry entry = (await store.AddPhaseAsync(id, Phase(2), 1, T1, None))!;

        await store.PublishAsync(
            Publication(id, 1, FeatureStatus.Cancelled, settled: [new InboxSettlement(entry.Seq, MessageOutcome.Ignored, "being cancelled")]), T2, None);

        Assert.Equal([1], (await store.GetFeatureAsync(id, None))!.Plan.Phases.Select(p => p.Number));
        Assert.Null(await store.GetPhaseBriefAsync(id, 2, None));
    }

    [Fact]
    public async Task GetFeature_WhenNothingIsKnownOfIt_GivesNull()
    {
        IPhaseStore store = await OpenAsync();

        Assert.Null(await store.GetFeatureAsync(1, None));
        Assert.Null(await store.GetPhaseBriefAsync(1, 1, None));
        Assert.Null(await store.LoadRunAsync(1, None));
        Assert.Null(await store.GetAttemptAsync("queue-1-1", 1, None));
    }

    [Fact]
    public async Task ListFeatures_WhenThereAreMoreThanAPage_WalksThemNewestFirst()
    {
        IPhaseStore store = await OpenAsync();
        for (int i = 0; i < 5; i++)
        {
            await CreateAsync(store, Plan(phases: Phase(1)));
        }

        var filter = new FeatureFilter(null, null, null, 2);
        Page<StoredFeature> first = await store.ListFeaturesAsync(filter, None);
        Page<StoredFeature> second = await store.ListFeaturesAsync(filter with { Cursor = first.NextCursor }, None);
        Page<StoredFeature> third = await store.ListFeaturesAsync(filter with { Cursor = second.NextCursor }, None);

        Assert.Equal([5, 4, 3, 2, 1], first.Items.Concat(second.Items).Concat(third.Items).Select(f => f.Run.FeatureId));
        Assert.Null(third.NextCursor);
        Assert.All([first, second, third], page => Assert.Equal(5, page.Total));
        Assert.Equal("", first.Items[0].Plan.Phases[0].Content);
    }

    [Theory]
    [InlineData("WEBSOCKET", new[] { 1 })] // in a title
    [InlineData("élan", new[] { 2 })] // beyond ASCII
    [InlineData("OCTO/", new[] { 3, 2, 1 })] // in the repository
    [InlineData("to sockets.", new[] { 3, 2, 1 })] // in the description
    [InlineData("50%", new[] { 3 })] // taken as it is written
    [InlineData("_", new int[0])]
    [InlineData("\\", new int[0])]
    public async Task ListFeatures_WhenATextIsGiven_FindsItWhateverTheCase(string text, int[] expected)
    {
        IPhaseStore store = await OpenAsync();
        await CreateAsync(store, Plan(title: "WebSocket migration"));
        await CreateAsync(store, Plan(title: "ÉLAN"));
        await CreateAsync(store, Plan(title: "Use 50% less"));

        Page<StoredFeature> page = await store.ListFeaturesAsync(new FeatureFilter(null, text, null, 10), None);

        Assert.Equal(expected, page.Items.Select(f => f.Run.FeatureId));
        Assert.Equal(expected.Length, page.Total);
    }

    [Fact]
    public async Task ListFeatures_WhenAStatusIsGiven_GivesThoseAlone()
    {
        IPhaseStore store = await OpenAsync();
        int planned = await CreateAsync(store, Plan());
        int started = await CreateAsync(store, Plan());
        await store.PublishAsync(Publication(started, 1), T1, None);

        async Task<int[]> ListAsync(FeatureStatus status, string? text) =>
            [.. (await store.ListFeaturesAsync(new FeatureFilter(status, text, null, 10), None)).Items.Select(f => f.Run.FeatureId)];

        Assert.Equal([planned], await ListAsync(FeatureStatus.Planned, null));
        Assert.Equal([started], await ListAsync(FeatureStatus.InProgress, "sockets"));
        Assert.Empty(await ListAsync(FeatureStatus.Failed, null));
    }

    [Fact]
    public async Task ListOpenFeatures_WhenSomeHaveFinished_GivesThoseThatHaveNot()
    {
        IPhaseStore store = await OpenAsync();
        foreach (FeatureStatus status in Enum.GetValues<FeatureStatus>())
        {
            int id = await CreateAsync(store, Plan(100 + (int)status, phases: Phase(1)));
            await store.PublishAsync(Publication(id, 1, status), T1, None);
        }

        Assert.Equal(
            [FeatureStatus.InProgress, FeatureStatus.Suspended],
            (await store.ListOpenFeaturesAsync(None)).Select(f => f.Run.Status).Order());
    }
}
