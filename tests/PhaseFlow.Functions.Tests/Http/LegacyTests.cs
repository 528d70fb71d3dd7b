using System.Text.Json;
using PhaseFlow.Core.Runs;
using static PhaseFlow.Functions.Tests.Http.HttpTestHost;

namespace PhaseFlow.Functions.Tests.Http;

public sealed class LegacyTests(HttpTestHost host) : IClassFixture<HttpTestHost>
{
    [Fact]
    public async Task Request_WhenItHasPhases_StoresAChainAndExecutesIt()
    {
        using HttpResponseMessage response = await host.PostAsync(
            "/api/request",
            """
            { "nl_input": "# Big change\nwords", "auto_post": true, "phases": [
                { "number": 1, "title": "A", "content": "Do A.", "externalDocs": ["a.md"] },
                { "number": 2, "title": "B", "content": "Do B." },
                { "number": 3, "title": "C", "content": "Do C.", "depends_on": [1] } ] }
            """);

        JsonElement answer = await Answer.JsonOf(response, 200);
        int id = answer.GetProperty("feature_id").GetInt32();
        Assert.True(answer.GetProperty("is_multi_phase").GetBoolean());
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("parent_issue_number").ValueKind);
        Assert.Equal($"queue-{id}-2", answer.GetProperty("child_issues")[1].GetProperty("queue_id").GetString());
        JsonElement feature = await host.GetAsync($"/api/v1/planned-features/{id}");
        Assert.Equal("Big change", feature.GetProperty("title").GetString());
        Assert.Equal(["[]", "[1]", "[1]"], feature.GetProperty("phases").EnumerateArray().Select(p => p.GetProperty("depends_on").GetRawText()));
        Assert.Equal(1, host.RaisedFor(id));
    }

    [Fact]
    public async Task Request_WhenItHasNoPhases_IsOne()
    {
        using HttpResponseMessage response = await host.PostAsync("/api/request", """{ "nl_input": "Fix the bug" }""");

        JsonElement answer = await Answer.JsonOf(response, 200);
        Assert.False(answer.GetProperty("is_multi_phase").GetBoolean());
        Assert.Equal(1, answer.GetProperty("child_issues").GetArrayLength());
    }

    [Theory]
    [InlineData("""{ }""", "missing-field /nl_input")]
    [InlineData("""{ "nl_input": "x", "phases": [ { "number": 0, "title": "A" } ] }""", "invalid-number /phases/0/number")]
    [InlineData("""{ "nl_input": "x", "phases": [] }""", "no-phases /phases")]
    public async Task Request_WhenItHasFaults_TellsThemInItsOwnWords(string json, string error)
    {
        using HttpResponseMessage response = await host.PostAsync("/api/request", json);

        Assert.Contains(error, Answer.ErrorsOf(await Answer.ProblemOf(response, 422, "invalid-plan")));
    }

    [Fact]
    public async Task Queue_WhenItIsRead_HasTheFirstShape()
    {
        int id = await host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.AwaitingApproval), State(2, PhaseStatus.Cancelled, 1, "external", 1));

        JsonElement all = await host.GetAsync("/api/queue");
        JsonElement one = await host.GetAsync($"/api/queue/{id}");

        Assert.Contains(all.GetProperty("phases").EnumerateArray(), p => p.GetProperty("queue_id").GetString() == $"queue-{id}-1");
        Assert.Equal(2, one.GetProperty("total").GetInt32());
        JsonElement second = one.GetProperty("phases")[1];
        Assert.Equal((id, 2, "failed", 1), (second.GetProperty("parent_issue").GetInt32(), second.GetProperty("phase_number").GetInt32(), second.GetProperty("status").GetString(), second.GetProperty("depends_on_phase").GetInt32()));
        Assert.Equal("""{"title":"Phase 2","content":"Do 2.","externalDocs":[]}""", second.GetProperty("phase_data").GetRawText());
        Assert.Equal("queued", one.GetProperty("phases")[0].GetProperty("status").GetString());
    }

    [Fact]
    public async Task Queue_WhenAPhaseIsEnqueuedAndCancelled_DoesBoth()
    {
        int id = await host.FeatureAsync(FeatureStatus.InProgress, State(1));

        using HttpResponseMessage enqueued = await host.PostAsync(
            "/api/queue/enqueue",
            $$"""{ "parent_issue": {{id}}, "phase_number": 2, "phase_data": { "title": "B", "content": "Do.", "externalDocs": [] }, "depends_on_phase": 1 }""");
        using HttpResponseMessage cancelled = await host.SendAsync(HttpMethod.Delete, $"/api/queue/queue-{id}-2");
        using HttpResponseMessage again = await host.SendAsync(HttpMethod.Delete, $"/api/queue/queue-{id}-2");

        Assert.Equal($$"""{"success":true,"queue_id":"queue-{{id}}-2"}""", (await Answer.JsonOf(enqueued, 200)).GetRawText());
        Assert.True((await Answer.JsonOf(cancelled, 200)).GetProperty("success").GetBoolean());
        await Answer.ProblemOf(again, 409, "conflict");
    }
}
