using System.Globalization;
using System.Text;
using System.Text.Json;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Tests.Http;

namespace PhaseFlow.Functions.Tests.GitHub;

/// <summary>What an operator and an agent do over HTTP, and waiting for what comes of it.</summary>
internal sealed class FeatureClient : IDisposable
{
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(2);

    private readonly HttpClient _client;

    public FeatureClient(string url) => _client = new HttpClient { BaseAddress = new Uri(url), Timeout = Generous };

    public async Task<int> ExecuteAsync(string phases, string members = "")
    {
        using var content = new StringContent($$"""{ {{members}} "title": "Sockets", "phases": [ {{phases}} ] }""", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _client.PostAsync(new Uri("/api/v1/planned-features?execute=true", UriKind.Relative), content);
        return (await Answer.JsonOf(response, 202)).GetProperty("id").GetInt32();
    }

    public async Task<JsonElement> GetAsync(string path, int status = 200)
    {
        using HttpResponseMessage response = await _client.GetAsync(new Uri(path, UriKind.Relative));
        return await Answer.JsonOf(response, status);
    }

    public async Task ReportAsync(int id, int phase, string status)
    {
        JsonElement agent = await GetAsync($"/api/v1/queue/queue-{id}-{phase}/agent");
        string Value(string name) => agent.GetProperty($"PHASEFLOW_{name}").GetString()!;
        byte[] body = Encoding.UTF8.GetBytes(
            $$"""{ "queue_id": "{{Value("QUEUE_ID")}}", "attempt": {{Value("ATTEMPT")}}, "status": "{{status}}", "adw_id": "{{Value("ADW_ID")}}" }""");
        Assert.True(AttemptSecret.TryParse(Value("WEBHOOK_SECRET"), out byte[]? secret));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/workflow-complete") { Content = new ByteArrayContent(body) };
        request.Headers.Add(WebhookSignature.IdHeader, Value("ADW_ID"));
        request.Headers.Add(WebhookSignature.TimestampHeader, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign(Value("ADW_ID"), now, body, secret));
        using HttpResponseMessage response = await _client.SendAsync(request);
        Assert.Equal("accepted", (await Answer.JsonOf(response, 200)).GetProperty("result").GetString());
    }

    public Task<JsonElement> FeatureUntilAsync(int id, Func<JsonElement, bool> condition) => UntilAsync($"/api/v1/planned-features/{id}", condition);

    public async Task<JsonElement> RowUntilAsync(int id, int phase, Func<JsonElement, bool> condition)
    {
        JsonElement queue = await UntilAsync($"/api/v1/queue/{id}", q => Row(q) is { ValueKind: JsonValueKind.Object } row && condition(row));
        return Row(queue);
        JsonElement Row(JsonElement q) => q.GetProperty("phases").EnumerateArray().FirstOrDefault(p => p.GetProperty("phase_number").GetInt32() == phase);
    }

    public void Dispose() => _client.Dispose();

    // What is not there yet comes with a change, or a moment after one where it is outside of PhaseFlow: the feed is waited for a second at most.
    private async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> condition)
    {
        using var patience = new CancellationTokenSource(Generous);
        long cursor = (await GetAsync("/api/v1/events?after=latest")).GetProperty("cursor").GetInt64();
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
}
