using System.Globalization;
using System.Text;
using System.Text.Json;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Functions.Tests.Http;

/// <summary>The routes over the real engine and the real store: what an operator and an agent see.</summary>
public sealed class WholeAppTests : IAsyncLifetime
{
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(2);

    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = new() { Timeout = Generous };
    private EmbeddedHost? _host;

    public async Task InitializeAsync()
    {
        _host = await EmbeddedHost.StartAsync(new HostSettings { DataFolder = _folder.Path, Port = 0 }, CancellationToken.None);
        _client.BaseAddress = new Uri(_host.Url);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _host!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Feature_WhenItsAgentsReport_RunsInOrderToItsEnd()
    {
        int id = await ExecuteAsync(Phase(1), Phase(2, dependsOn: 1));
        await RowUntilAsync(id, 1, row => Status(row) == "running");
        Assert.Equal("waits for phase 1", Reason(await RowUntilAsync(id, 2, row => Status(row) == "queued")));

        Assert.Equal("accepted", await ReportAsync(id, 1, "completed"));
        await RowUntilAsync(id, 2, row => Status(row) == "running");
        Assert.Equal("accepted", await ReportAsync(id, 2, "completed"));

        JsonElement feature = await FeatureUntilAsync(id, f => Status(f) == "completed");
        Assert.Equal((2, 100), (feature.GetProperty("phases_completed").GetInt32(), feature.GetProperty("progress").GetInt32()));
        Assert.Equal(2, feature.GetProperty("attempts").GetArrayLength());
        Assert.Equal(0, (await GetAsync("/api/v1/queue")).GetProperty("total").GetInt32());
        JsonElement issue = await GetAsync($"/api/v1/issues/{feature.GetProperty("phases")[0].GetProperty("issue_number").GetInt32()}");
        Assert.Contains("Do 1.", issue.GetProperty("body").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_WhenSixtyFourComeAtOnce_StartsOneFurtherAttempt()
    {
        int id = await ExecuteAsync(Phase(1, members: "\"max_attempts\": 5, \"retry_backoff\": \"0s\","));
        JsonElement agent = await AgentAsync(id, 1);

        string?[] results = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => ReportAsync(agent, "failed")));

        Assert.Equal(1, results.Count(r => r == "accepted"));
        // The rows are read before the attempts: a row of an attempt comes with its record, and not the other way round.
        JsonElement feature = await FeatureUntilAsync(id, f => Status(f.GetProperty("phases")[0]) == "running" && Attempt(f.GetProperty("phases")[0]) > 1);
        Assert.Equal(2, Attempt(feature.GetProperty("phases")[0]));
        Assert.Equal(2, feature.GetProperty("attempts").GetArrayLength());
    }

    [Fact]
    public async Task Queue_WhenSlotsAreTaken_SaysWhoIsNextAndWhy()
    {
        int first = await ExecuteAsync(Phase(1), Phase(2), Phase(3));
        await GetUntilAsync("/api/v1/slots", slots => slots.GetProperty("held").GetArrayLength() == 3);
        int second = await ExecuteAsync(Phase(1), Phase(2));

        JsonElement slots = await GetUntilAsync("/api/v1/slots", s => s.GetProperty("waiting").GetArrayLength() == 2);
        Assert.Equal([$"queue-{second}-1", $"queue-{second}-2"], slots.GetProperty("waiting").EnumerateArray().Select(w => w.GetProperty("queue_id").GetString()));
        Assert.Equal("waits for a slot, 2nd in line", Reason(await RowUntilAsync(second, 2, r => Status(r) == "ready")));

        await RowUntilAsync(first, 2, r => Status(r) == "running");
        Assert.Equal("accepted", await ReportAsync(first, 2, "completed"));
        await RowUntilAsync(second, 1, r => Status(r) == "running");
    }

    [Theory]
    [InlineData("approve", "running")]
    [InlineData("deny", "failed")]
    public async Task Approval_WhenItIsDecided_IsObeyed(string decision, string status)
    {
        int id = await ExecuteAsync(Phase(1, members: "\"approval\": \"required\","));
        Assert.Equal("waits for approval", Reason(await RowUntilAsync(id, 1, r => Status(r) == "awaiting_approval")));
        Assert.Equal(0, (await GetAsync("/api/v1/slots")).GetProperty("held").GetArrayLength());

        using HttpResponseMessage response = await PostAsync($"/api/v1/queue/queue-{id}-1/{decision}", """{ "reason": "so" }""");

        await Answer.JsonOf(response, 202);
        await RowUntilAsync(id, 1, r => Status(r) == status);
    }

    [Fact]
    public async Task Enqueue_WhenTheFeatureRuns_RunsTheNewPhaseToo()
    {
        int id = await ExecuteAsync(Phase(1));

        using HttpResponseMessage response = await PostAsync("/api/v1/queue/enqueue", $$"""{ "feature_id": {{id}}, "phase_number": 2, "title": "More" }""");

        await Answer.JsonOf(response, 202);
        await RowUntilAsync(id, 2, r => Status(r) == "running");
    }

    [Fact]
    public async Task Cancel_WhenAnAgentWorks_EndsTheFeatureAndItsReportIsStale()
    {
        int id = await ExecuteAsync(Phase(1), Phase(2, dependsOn: 1));
        JsonElement agent = await AgentAsync(id, 1);

        using HttpResponseMessage response = await PostAsync($"/api/v1/planned-features/{id}/cancel", """{ "reason": "enough" }""");

        await Answer.JsonOf(response, 202);
        await FeatureUntilAsync(id, f => Status(f) == "cancelled");
        Assert.Equal("stale", await ReportAsync(agent, "completed"));
        Assert.Equal("cancelled", Status(await RowUntilAsync(id, 1, _ => true)));
        using HttpResponseMessage retry = await PostAsync($"/api/v1/planned-features/{id}/retry", null);
        await Answer.JsonOf(retry, 202);
        await RowUntilAsync(id, 1, r => Status(r) == "running" && Attempt(r) == 2);
    }

    private static string Phase(int number, int? dependsOn = null, string members = "") =>
        $$"""{ {{members}} "phase_number": {{number}}, "title": "Phase {{number}}", "content": "Do {{number}}.", "depends_on": [{{dependsOn}}] }""";

    private static string? Status(JsonElement row) => row.GetProperty("status").GetString();

    private static string? Reason(JsonElement row) => row.GetProperty("wait_reason").GetString();

    private static int Attempt(JsonElement row) => row.GetProperty("attempt").GetInt32();

    private async Task<int> ExecuteAsync(params string[] phases)
    {
        using HttpResponseMessage response = await PostAsync(
            "/api/v1/planned-features?execute=true", $$"""{ "title": "Sockets", "phases": [ {{string.Join(',', phases)}} ] }""");
        return (await Answer.JsonOf(response, 202)).GetProperty("id").GetInt32();
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string? json)
    {
        using StringContent? content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        return await _client.PostAsync(new Uri(path, UriKind.Relative), content);
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using HttpResponseMessage response = await _client.GetAsync(new Uri(path, UriKind.Relative));
        return await Answer.JsonOf(response, 200);
    }

    private Task<JsonElement> FeatureUntilAsync(int id, Func<JsonElement, bool> condition) => GetUntilAsync($"/api/v1/planned-features/{id}", condition);

    private async Task<JsonElement> RowUntilAsync(int id, int phase, Func<JsonElement, bool> condition)
    {
        JsonElement queue = await GetUntilAsync($"/api/v1/queue/{id}", q => Row(q) is { ValueKind: JsonValueKind.Object } row && condition(row));
        return Row(queue);
        JsonElement Row(JsonElement q) => q.GetProperty("phases").EnumerateArray().FirstOrDefault(p => p.GetProperty("phase_number").GetInt32() == phase);
    }

    // What is not there yet comes with a change, so the feed says when to look again.
    private async Task<JsonElement> GetUntilAsync(string path, Func<JsonElement, bool> condition)
    {
        using var patience = new CancellationTokenSource(Generous);
        long cursor = (await GetAsync("/api/v1/events?after=0")).GetProperty("cursor").GetInt64();
        while (true)
        {
            JsonElement answer = await GetAsync(path);
            if (condition(answer))
            {
                return answer;
            }

            Assert.False(patience.IsCancellationRequested, $"{path} still answers {answer}");
            cursor = (await GetAsync($"/api/v1/events?wait=1&after={cursor}")).GetProperty("cursor").GetInt64();
        }
    }

    private async Task<JsonElement> AgentAsync(int id, int phase)
    {
        await RowUntilAsync(id, phase, r => Status(r) == "running");
        return await GetAsync($"/api/v1/queue/queue-{id}-{phase}/agent");
    }

    private async Task<string?> ReportAsync(int id, int phase, string status) => await ReportAsync(await AgentAsync(id, phase), status);

    private async Task<string?> ReportAsync(JsonElement agent, string status)
    {
        string Value(string name) => agent.GetProperty($"PHASEFLOW_{name}").GetString()!;
        byte[] body = Encoding.UTF8.GetBytes(
            $$"""{ "queue_id": "{{Value("QUEUE_ID")}}", "feature_id": {{Value("FEATURE_ID")}}, "phase_number": {{Value("PHASE_NUMBER")}}, "attempt": {{Value("ATTEMPT")}}, "status": "{{status}}", "adw_id": "{{Value("ADW_ID")}}" }""");
        Assert.True(AttemptSecret.TryParse(Value("WEBHOOK_SECRET"), out byte[]? secret));
        string id = $"{Value("ADW_ID")}-{Guid.NewGuid()}";
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/workflow-complete") { Content = new ByteArrayContent(body) };
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign(id, now, body, secret));
        using HttpResponseMessage response = await _client.SendAsync(request);
        return (await Answer.JsonOf(response, 200)).GetProperty("result").GetString();
    }
}
