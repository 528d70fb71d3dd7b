using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Hosting;

/// <summary>Speaks the HTTP contract, as a client that knows nothing of the program's types.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly TimeSpan _patience;
    private long _cursor;

    /// <param name="url">The address of the host.</param>
    /// <param name="key">What it asks of operators, where it asks for one.</param>
    /// <param name="patience">How long something may take before it counts as hanging.</param>
    public ApiClient(string url, string? key = null, TimeSpan? patience = null)
    {
        _patience = patience ?? TimeSpan.FromMinutes(2);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(url), Timeout = _patience };
        if (key is not null)
        {
            _http.DefaultRequestHeaders.Add("x-functions-key", key);
        }
    }

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
        using HttpRequestMessage request = SignedReport.Of(agent, status, costUsd).ToRequest();
        using HttpResponseMessage response = await _http.SendAsync(request);
        await ExpectAsync(HttpStatusCode.OK, response);
        return (string)(await JsonAsync(response))["result"]!;
    }

    /// <summary>Sends a request, and gives its answer whatever it is.</summary>
    public async Task<ApiAnswer> SendAsync(HttpRequestMessage request)
    {
        using HttpResponseMessage response = await _http.SendAsync(request);
        return await ApiAnswer.OfAsync(response);
    }

    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        return await SendAsync(request);
    }

    /// <summary>Waits until the host answers that it is ready.</summary>
    public async Task ReadyAsync()
    {
        using var patience = new CancellationTokenSource(_patience);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!await IsReadyAsync())
        {
            await poll.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>Where the change feed ends now.</summary>
    public async Task<long> FeedEndAsync()
    {
        while (!await IsFeedReadAsync())
        {
        }

        return _cursor;
    }

    /// <summary>The change feed, whole or from a place on.</summary>
    public async Task<List<FeedEvent>> FeedAsync(long after = 0)
    {
        List<FeedEvent> all = [];
        long cursor = after;
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
        using var patience = new CancellationTokenSource(_patience);
        while (true)
        {
            // The feed's end first: a change after this read ends the next wait.
            if (!await IsFeedReadAsync())
            {
                continue;
            }

            JsonNode seen = await read(this);
            if (condition(seen))
            {
                return seen;
            }

            Assert.False(patience.IsCancellationRequested, $"It stayed at {seen.ToJsonString()}");
            await GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/events?after={_cursor}&wait=1"));
        }
    }

    /// <summary>Waits until phases of a feature run, and gives their queue ids.</summary>
    public async Task<string[]> RunningAsync(int count)
    {
        JsonNode slots = await UntilAsync(api => api.GetAsync("/api/v1/queue?status=running"), q => q["phases"]!.AsArray().Count == count);
        return [.. slots["phases"]!.AsArray().Select(p => (string)p!["queue_id"]!)];
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            return (await SendAsync(HttpMethod.Get, "/api/health/ready")).Status == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            // Nothing listens yet.
            return false;
        }
    }

    private async Task<bool> IsFeedReadAsync()
    {
        JsonNode page = await GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/events?after={_cursor}&wait=0"));
        _cursor = (long)page["cursor"]!;
        return page["events"]!.AsArray().Count == 0;
    }

    private static async Task<JsonNode> JsonAsync(HttpResponseMessage response) => (await response.Content.ReadFromJsonAsync<JsonNode>(JsonSerializerOptions.Web))!;

    private static async Task ExpectAsync(HttpStatusCode expected, HttpResponseMessage response)
    {
        if (response.StatusCode != expected)
        {
            Assert.Fail($"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }
}
