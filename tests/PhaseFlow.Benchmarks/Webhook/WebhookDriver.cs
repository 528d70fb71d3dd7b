using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Webhooks;

namespace PhaseFlow.Benchmarks.Webhook;

/// <summary>Plays all agents: reports each launch as completed as soon as it is seen, signed, over HTTP.</summary>
internal sealed class WebhookDriver(string url, byte[] masterKey, BenchLauncher launcher) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = new Uri(url) };

    public async Task<(double[] Latencies, TimeSpan Elapsed)> RunAsync(WebhookLoad load)
    {
        int[] features = new int[load.Features];
        for (int i = 0; i < features.Length; i++)
        {
            features[i] = await SubmitAsync(load.Phases);
        }

        long start = Stopwatch.GetTimestamp();
        double[][] latencies = await Task.WhenAll(features.Select(id => ExecuteAsync(id, load.Phases)));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        await CheckEndAsync(features);
        return ([.. latencies.SelectMany(l => l)], elapsed);
    }

    public void Dispose() => _http.Dispose();

    private async Task<int> SubmitAsync(int phases)
    {
        var feature = new
        {
            title = "Chain",
            phases = Enumerable.Range(1, phases).Select(n => new
            {
                phase_number = n,
                title = $"Phase {n}",
                content = "Do it.",
                workflow_type = BenchLauncher.WorkflowType,
                depends_on = n == 1 ? Array.Empty<int>() : [n - 1],
            }),
        };
        using HttpResponseMessage answer = await _http.PostAsJsonAsync("/api/v1/planned-features", feature);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetInt32();
    }

    private async Task<double[]> ExecuteAsync(int featureId, int phases)
    {
        using HttpResponseMessage started = await _http.PostAsync(new Uri($"/api/v1/planned-features/{featureId}/execute", UriKind.Relative), null);
        started.EnsureSuccessStatusCode();
        var latencies = new List<double>(phases);
        long sent = 0;
        for (int phase = 1; phase <= phases; phase++)
        {
            SeenLaunch launch = await launcher.Of(featureId).ReadAsync();
            if (launch.PhaseNumber != phase)
            {
                launcher.Fault($"feature {featureId} launched phase {launch.PhaseNumber} where {phase} was due");
            }

            if (phase > 1)
            {
                latencies.Add(Stopwatch.GetElapsedTime(sent, launch.Timestamp).TotalMilliseconds);
            }

            launcher.Ending();
            using HttpRequestMessage report = Report(featureId, launch);
            sent = Stopwatch.GetTimestamp();
            using HttpResponseMessage answer = await _http.SendAsync(report);
            if (!answer.IsSuccessStatusCode)
            {
                launcher.Fault($"a report was answered with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            }
        }

        return [.. latencies];
    }

    private HttpRequestMessage Report(int featureId, SeenLaunch launch)
    {
        string queueId = QueueId.Format(featureId, launch.PhaseNumber);
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            queue_id = queueId,
            feature_id = featureId,
            phase_number = launch.PhaseNumber,
            attempt = launch.Attempt,
            status = "completed",
            adw_id = launch.AdwId,
        });
        string id = $"{launch.AdwId}-exit";
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var request = new HttpRequestMessage(HttpMethod.Post, "/workflow-complete") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSignature.Sign(id, now, body, AttemptSecret.Derive(masterKey, queueId, launch.Attempt)));
        return request;
    }

    private async Task CheckEndAsync(int[] features)
    {
        long cursor = 0;
        foreach (int id in features)
        {
            while (true)
            {
                JsonElement feature = await _http.GetFromJsonAsync<JsonElement>($"/api/v1/planned-features/{id}");
                if (feature.GetProperty("status").GetString() == "completed")
                {
                    break;
                }

                cursor = (await _http.GetFromJsonAsync<JsonElement>($"/api/v1/events?after={cursor}&wait=10")).GetProperty("cursor").GetInt64();
            }
        }

        JsonElement slots = await _http.GetFromJsonAsync<JsonElement>("/api/v1/slots");
        if (slots.GetProperty("held").GetArrayLength() != 0)
        {
            launcher.Fault($"slots are held at the end: {slots.GetProperty("held").GetRawText()}");
        }
    }
}
