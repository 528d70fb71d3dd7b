using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PhaseFlow.Core.Webhooks;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Hosting;

/// <summary>Speaks the HTTP contract, as a client that knows nothing of the program's types.</summary>
internal sealed class ApiClient(string url) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(url) };

    public void Dispose() => _http.Dispose();

    /// <summary>Submits and starts a feature of independent external phases.</summary>
    /// <returns>Its id.</returns>
    public async Task<int> SubmitExternalAsync(string title, int phases, int priority = 50, string timeout = "1h")
    {
        var feature = new JsonObject
        {
            ["title"] = title,
            ["priority"] = priority,
            ["phases"] = new JsonArray([.. Enumerable.Range(1, phases).Select(n => new JsonObject
            {
                ["phase_number"] = n,
                ["title"] = $"Phase {n}",
                ["content"] = "Do it.",
                ["workflow_type"] = "external",
                ["timeout"] = timeout,
            })]),
        };
        using HttpResponseMessage response = await _http.PostAsync(
            "/api/v1/planned-features?execute=true", new StringContent(feature.ToJsonString(), Encoding.UTF8, "application/json"));
        await ExpectAsync(HttpStatusCode.Accepted, response);
        return (int)(await JsonAsync(response))["id"]!;
    }

    /// <summary>Submits a feature as markdown.</summary>
    public async Task<(HttpStatusCode Status, JsonNode Answer)> SubmitMarkdownAsync(string markdown)
    {
        using HttpResponseMessage response = await _http.PostAsync(
            "/api/v1/planned-features?execute=true", new StringContent(markdown, Encoding.UTF8, "text/markdown"));
        return (response.StatusCode, await JsonAsync(response));
    }

    /// <summary>Approves or denies a phase.</summary>
    public async Task DecideAsync(string queueId, string decision)
    {
        using HttpResponseMessage response = await _http.PostAsync($"/api/v1/queue/{queueId}/{decision}", content: null);
        await ExpectAsync(HttpStatusCode.Accepted, response);
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        using HttpResponseMessage response = await _http.GetAsync(path);
        await ExpectAsync(HttpStatusCode.OK, response);
        return await JsonAsync(response);
    }

    public async Task<string> TextAsync(string path)
    {
        using HttpResponseMessage response = await _http.GetAsync(path);
        await ExpectAsync(HttpStatusCode.OK, response);
        return await response.Content.ReadAsStringAsync();
    }

    public Task<JsonNode> FeatureAsync(int id) => GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/planned-features/{id}"));

    /// <summary>What the agent of a phase's live attempt is given, once it is launched.</summary>
    public Task<JsonNode> AgentAsync(string queueId) => UntilAsync(
        async api =>
        {
            using HttpResponseMessage response = await api._http.GetAsync($"/api/v1/queue/{queueId}/agent");
            return await JsonAsync(response);
        },
        agent => agent["PHASEFLOW_WEBHOOK_SECRET"] is not null);

    /// <summary>Reports the outcome of an attempt, signed with its secret.</summary>
    /// <returns>The word of the answer: accepted, duplicate or stale.</returns>
    public async Task<string> ReportAsync(JsonNode agent, string status, decimal? costUsd = null)
    {
        var report = new JsonObject
        {
            ["queue_id"] = Value(agent, "PHASEFLOW_QUEUE_ID"),
            ["attempt"] = int.Parse(Value(agent, "PHASEFLOW_ATTEMPT"), CultureInfo.InvariantCulture),
            ["adw_id"] = Value(agent, "PHASEFLOW_ADW_ID"),
            ["status"] = status,
        };
        if (costUsd is { } cost)
        {
            report["usage"] = new JsonObject { ["cost_usd"] = cost };
        }

        string body = report.ToJsonString();
        string id = $"{Value(agent, "PHASEFLOW_ADW_ID")}-{status}";
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        Assert.True(AttemptSecret.TryParse(Value(agent, "PHASEFLOW_WEBHOOK_SECRET"), out byte[]? secret));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/workflow-complete") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSignature.Sign(id, now, Encoding.UTF8.GetBytes(body), secret));
        using HttpResponseMessage response = await _http.SendAsync(request);
        await ExpectAsync(HttpStatusCode.OK, response);
        return (string)(await JsonAsync(response))["result"]!;
    }

    /// <summary>The whole change feed.</summary>
    public async Task<List<FeedEvent>> FeedAsync()
    {
        List<FeedEvent> all = [];
        long cursor = 0;
        while (true)
        {
            JsonNode page = await GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/events?after={cursor}&wait=0"));
            JsonArray events = page["events"]!.AsArray();
            if (events.Count == 0)
            {
                return all;
            }

            all.AddRange(events.Select(e => FeedEvent.Of(e!)));
            cursor = (long)page["cursor"]!;
        }
    }

    /// <summary>Reads something again with each change until it fulfils a condition.</summary>
    public async Task<JsonNode> UntilAsync(Func<ApiClient, Task<JsonNode>> read, Func<JsonNode, bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        long cursor = 0;
        while (true)
        {
            // The feed's end first: a change after this read ends the next wait.
            JsonNode page = await GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/events?after={cursor}&wait=0"));
            bool isEnd = page["events"]!.AsArray().Count == 0;
            cursor = (long)page["cursor"]!;
            if (!isEnd)
            {
                continue;
            }

            JsonNode seen = await read(this);
            if (condition(seen))
            {
                return seen;
            }

            Assert.False(patience.IsCancellationRequested, $"It stayed at {seen.ToJsonString()}");
            await GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/events?after={cursor}&wait=1"));
        }
    }

    /// <summary>Waits until phases of a feature run, and gives their queue ids.</summary>
    public async Task<string[]> RunningAsync(int count)
    {
        JsonNode slots = await UntilAsync(api => api.GetAsync("/api/v1/queue?status=running"), q => q["phases"]!.AsArray().Count == count);
        return [.. slots["phases"]!.AsArray().Select(p => (string)p!["queue_id"]!)];
    }

    private static string Value(JsonNode agent, string name) => agent[name]?.ToString() ?? throw new InvalidOperationException($"{name} is not in {agent.ToJsonString()}");

    private static async Task<JsonNode> JsonAsync(HttpResponseMessage response) => (await response.Content.ReadFromJsonAsync<JsonNode>(JsonSerializerOptions.Web))!;

    private static async Task ExpectAsync(HttpStatusCode expected, HttpResponseMessage response)
    {
        if (response.StatusCode != expected)
        {
            Assert.Fail($"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }
}
