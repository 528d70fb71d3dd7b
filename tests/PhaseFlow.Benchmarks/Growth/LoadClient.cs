using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Webhooks;

namespace PhaseFlow.Benchmarks.Growth;

/// <summary>Submits features and plays their agents, over HTTP as anybody would.</summary>
internal sealed class LoadClient(string url, byte[] masterKey) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(5) };

    public HttpClient Http => _http;

    public void Dispose() => _http.Dispose();

    /// <summary>Stores a feature of so many phases and executes it; gives its id.</summary>
    /// <param name="phases">How many.</param>
    /// <param name="chain">Each behind the one before it, or all at once.</param>
    /// <param name="attempts">Attempts of each phase.</param>
    public async Task<int> ExecuteAsync(int phases, bool chain, int attempts = 1)
    {
        var feature = new
        {
            title = "Growth",
            description = "One of very many features.",
            phases = Enumerable.Range(1, phases).Select(n => new
            {
                phase_number = n,
                title = $"Phase {n}",
                content = "Do what the feature needs, and say how it went.",
                workflow_type = GrowthHost.WorkflowType,
                depends_on = n == 1 || !chain ? Array.Empty<int>() : [n - 1],
                max_attempts = attempts,
                retry_backoff = "0s",
            }),
        };
        using HttpResponseMessage answer = await _http.PostAsJsonAsync("/api/v1/planned-features?execute=true", feature);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetInt32();
    }

    /// <summary>Reports for an attempt, and gives what was answered: the result, or the status where it was refused.</summary>
    public async Task<string> ReportAsync(Launch launch, bool completed)
    {
        string queueId = QueueId.Format(launch.FeatureId, launch.Phase);
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            queue_id = queueId,
            attempt = launch.Attempt,
            status = completed ? "completed" : "failed",
            adw_id = launch.AdwId,
            summary = "What there was to do is done.",
            error_message = completed ? null : "It did not work.",
        });
        string id = $"{launch.AdwId}-exit";
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/workflow-complete") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, FormattableString.Invariant($"{now.ToUnixTimeSeconds()}"));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign(id, now, body, AttemptSecret.Derive(masterKey, queueId, launch.Attempt)));
        using HttpResponseMessage answer = await _http.SendAsync(request);
        return answer.IsSuccessStatusCode
            ? (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("result").GetString()!
            : FormattableString.Invariant($"{(int)answer.StatusCode}");
    }

    public async Task<HttpStatusCode> PostAsync(string path)
    {
        using HttpResponseMessage answer = await _http.PostAsync(new Uri(path, UriKind.Relative), null);
        return answer.StatusCode;
    }

    public async Task<JsonElement> GetAsync(string path) => await _http.GetFromJsonAsync<JsonElement>(path);

    /// <summary>The status of a feature; <c>gone</c> where it was removed.</summary>
    public async Task<string> StatusAsync(int featureId)
    {
        using HttpResponseMessage answer = await _http.GetAsync(new Uri(FormattableString.Invariant($"/api/v1/planned-features/{featureId}"), UriKind.Relative));
        return answer.StatusCode == HttpStatusCode.NotFound ? "gone" : (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString()!;
    }
}
