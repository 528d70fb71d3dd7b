using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace PhaseFlow.EndToEnd.Tests.Crash;

/// <summary>A client that knows that the host may die under any request, and then asks the next one.</summary>
internal sealed class CrashClient(string url) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(2) };

    public void Dispose() => _http.Dispose();

    /// <summary>Submits the feature; under the same key it is one feature, however often.</summary>
    public async Task SubmitAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/planned-features?execute=true&default_workflow=shell")
        {
            Content = new StringContent(CrashFeature.Markdown, Encoding.UTF8, "text/markdown"),
        };
        request.Headers.Add("Idempotency-Key", "crash");
        using HttpResponseMessage response = await _http.SendAsync(request);
        await ExpectAsync(response, HttpStatusCode.Accepted);
    }

    /// <summary>Approves a phase. Refused where it was approved already and the answer was lost.</summary>
    public async Task ApproveAsync(string queueId)
    {
        using HttpResponseMessage response = await _http.PostAsync($"/api/v1/queue/{queueId}/approve", content: null);
        await ExpectAsync(response, HttpStatusCode.Accepted, HttpStatusCode.Conflict);
    }

    public Task<JsonNode> FeatureAsync() => GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/planned-features/{CrashFeature.Id}"));

    public Task<JsonNode> SlotsAsync() => GetAsync("/api/v1/slots");

    /// <summary>The changes after a cursor, waiting for one a little while.</summary>
    public async Task<List<FeedEntry>> ChangesAsync(long after)
    {
        JsonNode page = await GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/events?after={after}&wait=5"));
        return [.. page["events"]!.AsArray().Select(e => FeedEntry.Of(e!))];
    }

    private async Task<JsonNode> GetAsync(string path)
    {
        using HttpResponseMessage response = await _http.GetAsync(path);
        await ExpectAsync(response, HttpStatusCode.OK);
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    private static async Task ExpectAsync(HttpResponseMessage response, params HttpStatusCode[] expected)
    {
        if (!expected.Contains(response.StatusCode))
        {
            throw new InvalidOperationException(
                $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }
}

/// <summary>One change, with its text as it was sent: what was seen before a crash must be there after it.</summary>
internal sealed record FeedEntry(long Cursor, string Type, int Phase, string? Status, int Attempt, string? Result, string Text)
{
    public string Brief => string.Create(CultureInfo.InvariantCulture, $"{Phase}:{Status}:{Attempt}");

    public static FeedEntry Of(JsonNode entry)
    {
        JsonNode data = entry["data"]!;
        string? queueId = (string?)entry["queue_id"];
        return new FeedEntry(
            (long)entry["cursor"]!,
            (string)entry["type"]!,
            queueId is null ? 0 : int.Parse(queueId[(queueId.LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture),
            (string?)data["status"],
            (int?)data["attempt"] ?? 0,
            (string?)data["result"],
            entry.ToJsonString());
    }
}
