using System.Text.Json;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Queue;
using static PhaseFlow.Functions.Tests.Http.HttpTestHost;

namespace PhaseFlow.Functions.Tests.Http;

public sealed class QueueTests : IAsyncLifetime
{
    private readonly HttpTestHost _host = new();

    public Task InitializeAsync() => _host.InitializeAsync();

    public Task DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task List_WhenPhasesWaitForSlots_ShowsThemInTrueDispatchOrder()
    {
        int first = await _host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Ready, 1), State(2, PhaseStatus.Ready, 1), State(3, dependsOn: [1, 2]));
        int second = await _host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Ready, 1), State(2, PhaseStatus.Running, 1) with { Slot = 1, StartedAt = Now, DeadlineAt = Now.AddHours(2) });
        await _host.FeatureAsync(FeatureStatus.Planned, State(1));
        _host.Ledger = LedgerOf((first, 1, 50), (first, 2, 50), (second, 1, 50));

        JsonElement queue = await _host.GetAsync("/api/v1/queue");

        Assert.Equal(5, queue.GetProperty("total").GetInt32());
        Assert.Equal(
            [
                $"queue-{second}-2 running  ",
                $"queue-{first}-1 ready 1 waits for a slot, 1st in line",
                $"queue-{second}-1 ready 2 waits for a slot, 2nd in line",
                $"queue-{first}-2 ready 3 waits for a slot, 3rd in line",
                $"queue-{first}-3 queued  waits for phases 1 and 2",
            ],
            queue.GetProperty("phases").EnumerateArray().Select(p => $"{p.GetProperty("queue_id")} {p.GetProperty("status")} {p.GetProperty("position")} {p.GetProperty("wait_reason")}"));
        JsonElement running = queue.GetProperty("phases")[0];
        Assert.Equal(AdwId.Of(second, 2, 1), running.GetProperty("adw_id").GetString());
        Assert.Equal("2026-03-01T12:00:00.000Z", running.GetProperty("started_at").GetString());
        Assert.Equal("2026-03-01T14:00:00.000Z", running.GetProperty("timeout_at").GetString());
    }

    [Fact]
    public async Task List_WhenAStatusIsAsked_ShowsThoseAloneAndFinishedOnesToo()
    {
        int done = await _host.FeatureAsync(FeatureStatus.Completed, State(1, PhaseStatus.Completed, 1));
        int open = await _host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Completed, 1), State(2), State(3, PhaseStatus.Failed, 1));

        Assert.Equal([$"queue-{open}-2", $"queue-{open}-1", $"queue-{open}-3"], await IdsAsync("/api/v1/queue"));
        Assert.Equal([$"queue-{done}-1", $"queue-{open}-1"], await IdsAsync("/api/v1/queue?status=completed"));
        Assert.Equal([$"queue-{open}-2", $"queue-{open}-3"], await IdsAsync("/api/v1/queue?status=failed,queued"));
        Assert.Equal([$"queue-{done}-1"], await IdsAsync($"/api/v1/queue/{done}"));
    }

    [Fact]
    public async Task List_WhenAPhaseIsNamed_ShowsItAlone()
    {
        int id = await _host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Completed, 1), State(2));

        Assert.Equal([$"queue-{id}-2"], await IdsAsync($"/api/v1/queue/queue-{id}-2"));
        using HttpResponseMessage response = await _host.SendAsync(HttpMethod.Get, $"/api/v1/queue/queue-{id}-3");
        JsonElement problem = await Answer.ProblemOf(response, 404, "not-found");
        Assert.Equal($"There is no phase queue-{id}-3.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task List_WhenAPersonHasRetried_CountsTheAttemptsThatMayFollow()
    {
        int id = await _host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Running, 2) with { AttemptBudget = 2 }, State(2));

        JsonElement rows = (await _host.GetAsync($"/api/v1/queue/{id}")).GetProperty("phases");
        Assert.Equal([(1, 2), (2, 1)], rows.EnumerateArray().Select(r => (r.GetProperty("phase_number").GetInt32(), r.GetProperty("max_attempts").GetInt32())));
    }

    [Theory]
    [InlineData(PhaseStatus.Ready, false)]
    [InlineData(PhaseStatus.Running, false)]
    [InlineData(PhaseStatus.AwaitingApproval, false)]
    [InlineData(PhaseStatus.Queued, false)]
    [InlineData(PhaseStatus.Failed, true)]
    [InlineData(PhaseStatus.Cancelled, true)]
    public async Task List_WhenAnAttemptFailedBefore_TellsItsErrorOnlyWhereItIsThatOfThePhase(PhaseStatus status, bool holds)
    {
        int id = await _host.FeatureAsync(FeatureStatus.InProgress, State(1, status, 2) with { Error = "Flaky." }, State(2));

        JsonElement row = (await _host.GetAsync($"/api/v1/queue/queue-{id}-1")).GetProperty("phases")[0];
        JsonElement told = (await _host.GetAsync($"/api/v1/events?feature={id}&after=0")).GetProperty("events").EnumerateArray()
            .Last(e => e.GetProperty("queue_id").GetString() == $"queue-{id}-1").GetProperty("data");
        string? expected = holds ? "Flaky." : null;
        Assert.Equal((expected, expected), (row.GetProperty("error_message").GetString(), told.GetProperty("error_message").GetString()));
    }

    [Fact]
    public async Task List_WhenAPhaseIsBeingStoppedOrWaitsToBeTriedAgain_TellsWhy()
    {
        int id = await _host.FeatureAsync(
            FeatureStatus.InProgress,
            State(1, PhaseStatus.Running, 1) with { Error = "Cancelled.", Stopping = StopReason.Cancelled },
            State(2, PhaseStatus.Queued, 1) with { Error = "Flaky.", NotBefore = Now.AddMinutes(1) });

        JsonElement rows = (await _host.GetAsync($"/api/v1/queue/{id}")).GetProperty("phases");
        Assert.Equal(["Cancelled.", "Flaky."], rows.EnumerateArray().Select(r => r.GetProperty("error_message").GetString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task List_WhenItIsLong_ComesInPages()
    {
        int id = await _host.FeatureAsync(FeatureStatus.InProgress, [.. Enumerable.Range(1, 5).Select(n => State(n))]);

        JsonElement first = await _host.GetAsync("/api/v1/queue?limit=3");
        JsonElement second = await _host.GetAsync($"/api/v1/queue?limit=3&cursor={first.GetProperty("next_cursor").GetString()}");

        Assert.Equal(5, second.GetProperty("total").GetInt32());
        Assert.Equal([$"queue-{id}-4", $"queue-{id}-5"], second.GetProperty("phases").EnumerateArray().Select(p => p.GetProperty("queue_id").GetString()!));
        Assert.False(second.TryGetProperty("next_cursor", out _));
    }

    [Theory]
    [InlineData("/api/v1/queue?status=idle", "status")]
    [InlineData("/api/v1/queue?limit=0", "limit")]
    [InlineData("/api/v1/queue?limit=x", "limit")]
    [InlineData("/api/v1/queue?cursor=x", "cursor")]
    [InlineData("/api/v1/planned-features?status=1", "status")]
    [InlineData("/api/v1/planned-features?cursor=x", "cursor")]
    [InlineData("/api/v1/events?after=-1", "after")]
    [InlineData("/api/v1/events?wait=x", "wait")]
    [InlineData("/api/v1/queue?stauts=ready", "stauts")]
    [InlineData("/api/v1/planned-features?offset=3", "offset")]
    [InlineData("/api/v1/events?since=3", "since")]
    [InlineData("/api/v1/queue/queue-1-1/output?tail=3", "tail")]
    [InlineData("/api/v1/issues/1?repo=a/b", "repo")]
    [InlineData("/api/v1/slots?feature=1", "feature")]
    [InlineData("/api/v1/planned-features/1?phases=1", "phases")]
    [InlineData("/api/v1/queue/queue-1-1/agent?attempt=1", "attempt")]
    public async Task Query_WhenAParameterCannotBeRead_NamesIt(string path, string parameter)
    {
        using HttpResponseMessage response = await _host.SendAsync(HttpMethod.Get, path);

        Assert.Equal([$"invalid-parameter {parameter}"], Answer.ErrorsOf(await Answer.ProblemOf(response, 400, "invalid-query")));
    }

    [Fact]
    public async Task Slots_WhenSomeAreHeld_NamesHoldersAndWaiters()
    {
        _host.Ledger = LedgerOf((1, 1, 50), (1, 2, 50), (2, 1, 10)) with
        {
            Held = [new SlotHolder(2, "queue-7-3", 2, 7, 50, Now)],
        };

        JsonElement slots = await _host.GetAsync("/api/v1/slots");

        Assert.Equal(3, slots.GetProperty("capacity").GetInt32());
        JsonElement held = Assert.Single(slots.GetProperty("held").EnumerateArray());
        Assert.Equal((2, "queue-7-3", 2, AdwId.Of(7, 3, 2)), (held.GetProperty("slot").GetInt32(), held.GetProperty("queue_id").GetString(), held.GetProperty("attempt").GetInt32(), held.GetProperty("adw_id").GetString()));
        Assert.Equal(
            ["queue-2-1 1 10", "queue-1-1 2 50", "queue-1-2 3 50"],
            slots.GetProperty("waiting").EnumerateArray().Select(w => $"{w.GetProperty("queue_id")} {w.GetProperty("position")} {w.GetProperty("priority")}"));
    }

    [Fact]
    public async Task Features_WhenListed_CountProgressAndUsageAndAreFiltered()
    {
        PhaseState completed = State(1, PhaseStatus.Completed, 1) with { Usage = new AgentUsage(1, 2, 0.5m) };
        int id = await _host.FeatureAsync(FeatureStatus.InProgress, completed, State(2, PhaseStatus.Queued) with { Usage = new AgentUsage(10, 20, 1m) }, State(3));
        await _host.FeatureAsync(FeatureStatus.Planned, State(1));

        JsonElement list = await _host.GetAsync("/api/v1/planned-features?status=in_progress&q=SOCK&limit=1");

        Assert.Equal(1, list.GetProperty("total").GetInt32());
        JsonElement feature = Assert.Single(list.GetProperty("features").EnumerateArray());
        Assert.Equal((id, 3, 1, 33), (feature.GetProperty("id").GetInt32(), feature.GetProperty("total_phases").GetInt32(), feature.GetProperty("phases_completed").GetInt32(), feature.GetProperty("progress").GetInt32()));
        Assert.Equal("""{"input_tokens":11,"output_tokens":22,"cost_usd":1.5}""", feature.GetProperty("usage").GetRawText());
        Assert.False(feature.GetProperty("phases")[0].TryGetProperty("content", out _));
    }

    [Fact]
    public async Task Enqueue_WhenThePhaseFits_StoresAndRaisesIt()
    {
        int id = await _host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Running, 1));

        using HttpResponseMessage response = await _host.PostAsync(
            "/api/v1/queue/enqueue", $$"""{ "feature_id": {{id}}, "phase_number": 2, "title": "More", "content": "Do.", "depends_on": [1] }""");

        JsonElement row = await Answer.JsonOf(response, 202);
        Assert.Equal(($"queue-{id}-2", "waits for phase 1"), (row.GetProperty("queue_id").GetString(), row.GetProperty("wait_reason").GetString()));
        Assert.Equal(1, _host.RaisedFor(id));
        Assert.Equal(2, (await _host.GetAsync($"/api/v1/queue/{id}")).GetProperty("total").GetInt32());
    }

    [Theory]
    [InlineData("""{ "feature_id": ID, "phase_number": 2, "title": "A", "depends_on": [2] }""", 422, "self-dependency /depends_on/0")]
    [InlineData("""{ "feature_id": ID, "phase_number": 2, "title": "A", "depends_on": [9] }""", 422, "missing-dependency /depends_on/0")]
    [InlineData("""{ "feature_id": ID, "phase_number": 1, "title": "A" }""", 422, "duplicate-number /phase_number")]
    [InlineData("""{ "feature_id": ID, "title": "A" }""", 422, "missing-field /phase_number")]
    [InlineData("""{ "phase_number": 2, "title": "A" }""", 422, "missing-field /feature_id")]
    [InlineData("""{ "feature_id": ID, "phase_number": 2, "title": "A", "budget": 5 }""", 422, "unknown-field /budget")]
    [InlineData("""{ "feature_id": 999999, "phase_number": 2, "title": "A" }""", 404, null)]
    [InlineData("""{ "feature_id": ID, "phase_number": 2, "title": "A", "workflow_type": "adw_x" }""", 409, "agent-not-configured")]
    public async Task Enqueue_WhenThePhaseDoesNotFit_IsRefused(string json, int status, string? error)
    {
        int id = await _host.FeatureAsync(FeatureStatus.InProgress, State(1));

        using HttpResponseMessage response = await _host.PostAsync("/api/v1/queue/enqueue", json.Replace("ID", $"{id}", StringComparison.Ordinal));

        JsonElement problem = await Answer.JsonOf(response, status);
        Assert.Equal(error, error is null ? null : Assert.Single(Answer.ErrorsOf(problem)));
        Assert.Equal(0, _host.RaisedFor(id));
    }

    [Fact]
    public async Task Enqueue_WhenTheFeatureIsFinished_IsRefused()
    {
        int id = await _host.FeatureAsync(FeatureStatus.Completed, State(1, PhaseStatus.Completed, 1));

        using HttpResponseMessage response = await _host.PostAsync("/api/v1/queue/enqueue", $$"""{ "feature_id": {{id}}, "phase_number": 2, "title": "A" }""");

        await Answer.ProblemOf(response, 409, "conflict");
    }

    [Fact]
    public async Task Agent_WhenAnAttemptIsLive_GivesWhatItsAgentNeeds()
    {
        (int id, string queueId, string adwId) = await _host.RunningAsync();

        using HttpResponseMessage response = await _host.SendAsync(HttpMethod.Get, $"/api/v1/queue/{queueId}/agent");

        JsonElement agent = await Answer.JsonOf(response, 200);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal(_host.Client.BaseAddress!.ToString().TrimEnd('/'), agent.GetProperty("PHASEFLOW_URL").GetString());
        Assert.Equal((queueId, $"{id}", "1", "1", adwId), (Value("QUEUE_ID"), Value("FEATURE_ID"), Value("PHASE_NUMBER"), Value("ATTEMPT"), Value("ADW_ID")));
        Assert.Equal(Core.Webhooks.AttemptSecret.ToText(_host.SecretOf(queueId, 1)), Value("WEBHOOK_SECRET"));
        string? Value(string name) => agent.GetProperty($"PHASEFLOW_{name}").GetString();
    }

    [Fact]
    public async Task Agent_WhenNoneIsLive_IsRefused()
    {
        int id = await _host.FeatureAsync(FeatureStatus.InProgress, State(1));

        using HttpResponseMessage response = await _host.SendAsync(HttpMethod.Get, $"/api/v1/queue/queue-{id}-1/agent");

        await Answer.ProblemOf(response, 409, "conflict");
    }

    [Fact]
    public async Task Output_WhenItIsRead_ComesFromTheOffsetOn()
    {
        (_, string queueId, _) = await _host.RunningAsync(FakeLauncher.WorkflowType);
        _host.Launcher.Output = "hello world";

        using HttpResponseMessage text = await _host.SendAsync(HttpMethod.Get, $"/api/v1/queue/{queueId}/output?offset=6&limit=3");
        using HttpResponseMessage json = await _host.SendAsync(
            HttpMethod.Get, $"/api/v1/queue/{queueId}/output?attempt=1", change: r => r.Headers.Accept.ParseAdd("application/json"));

        Assert.Equal("wor", await text.Content.ReadAsStringAsync());
        Assert.Equal("text/plain", text.Content.Headers.ContentType!.MediaType);
        Assert.Equal(["9"], text.Headers.GetValues(GetOutput.NextOffsetHeader));
        Assert.Equal(["false"], text.Headers.GetValues(GetOutput.CompleteHeader));
        JsonElement whole = await Answer.JsonOf(json, 200);
        Assert.Equal(("hello world", true), (whole.GetProperty("text").GetString(), whole.GetProperty("complete").GetBoolean()));
    }

    [Fact]
    public async Task Output_WhenTheAttemptIsUnknown_IsNotFound()
    {
        (_, string queueId, _) = await _host.RunningAsync();

        using HttpResponseMessage response = await _host.SendAsync(HttpMethod.Get, $"/api/v1/queue/{queueId}/output?attempt=2");

        await Answer.ProblemOf(response, 404, "not-found");
    }

    private static SlotLedger LedgerOf(params (int Feature, int Phase, int Priority)[] waiting) => SlotLedger.Empty(3) with
    {
        Waiting = [.. waiting.Select((w, i) => new SlotWaiter(QueueId.Format(w.Feature, w.Phase), 1, w.Feature, w.Priority, Now, i + 1, 0))],
    };

    private async Task<string[]> IdsAsync(string path) =>
        [.. (await _host.GetAsync(path)).GetProperty("phases").EnumerateArray().Select(p => p.GetProperty("queue_id").GetString()!)];
}
