using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Tests.Http;

namespace PhaseFlow.Functions.Tests.Agents.Dispatch;

/// <summary>The embedded host and a receiver that does what the documents say: a feature from its submission to its end.</summary>
public sealed class DispatchedFeatureTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromMinutes(2) };
    private Receiver _receiver = null!;
    private EmbeddedHost _host = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        var settings = new Dictionary<string, string?>
        {
            ["PhaseFlow:Agents:cloud:Url"] = $"{_receiver.Url}launch",
            ["PhaseFlow:Agents:cloud:StopUrl"] = $"{_receiver.Url}stop",
            ["PhaseFlow:Agents:cloud:Secret"] = AttemptSecret.ToText(DispatchBench.Secret),
            ["PhaseFlow:Dispatch:AllowLoopback"] = "true",
        };
        _host = await EmbeddedHost.StartAsync(new HostSettings { DataFolder = _folder.Path, Port = 0, Overrides = settings }, CancellationToken.None);
        _client.BaseAddress = new Uri(_host.Url);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
        await _receiver.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Feature_WhenItsPhasesAreDispatched_RunsToItsEnd()
    {
        _receiver.Answer(503, "", ("Retry-After", "0"));
        int id = await ExecuteAsync();
        await _receiver.CameAsync();
        await _receiver.CameAsync();
        Received[] launches = [.. _receiver.Requests];
        Assert.All(launches, l => Assert.Equal(SignatureVerdict.Valid, l.Judge(DispatchBench.Secret, TimeProvider.System.GetUtcNow())));
        Assert.Single(launches.Select(l => l.Header("Idempotency-Key")).Distinct());

        Assert.Equal("accepted", await ReportAsync(launches[1].Json));

        Assert.Equal("completed", await EndOfAsync(id));
    }

    [Fact]
    public async Task Feature_WhenTheReceiverRefuses_FailsAndSaysWhy()
    {
        _receiver.Answer(422, """{"detail":"No machine of that size."}""");

        int id = await ExecuteAsync();

        Assert.Equal("failed", await EndOfAsync(id));
        JsonElement feature = await Answer.JsonOf(await _client.GetAsync(new Uri($"/api/v1/planned-features/{id}", UriKind.Relative)), 200);
        Assert.Equal("The dispatch of 'cloud' was answered 422: No machine of that size.", feature.GetProperty("phases")[0].GetProperty("error_message").GetString());
    }

    [Fact]
    public async Task Feature_WhenTheReceiverRefusesATryAfterOneThatItDidNotAnswer_IsStoppedBeforeItFails()
    {
        _receiver.Answer(503, "", ("Retry-After", "0"));
        _receiver.Answer(422, """{"detail":"No machine of that size."}""");
        _receiver.Answer(200);

        int id = await ExecuteAsync();

        Assert.Equal("failed", await EndOfAsync(id));
        Assert.Equal(["/launch", "/launch", "/stop"], _receiver.Requests.Select(r => r.Path));
        JsonElement feature = await Answer.JsonOf(await _client.GetAsync(new Uri($"/api/v1/planned-features/{id}", UriKind.Relative)), 200);
        Assert.Equal("The dispatch of 'cloud' was answered 422: No machine of that size.", feature.GetProperty("phases")[0].GetProperty("error_message").GetString());
    }

    [Fact]
    public async Task Feature_WhenItIsCancelled_StopsItsAgent()
    {
        int id = await ExecuteAsync();
        await _receiver.CameAsync();
        _receiver.Answer(200);

        using HttpResponseMessage cancelled = await _client.PostAsync(new Uri($"/api/v1/planned-features/{id}/cancel", UriKind.Relative), null);

        Assert.Equal("cancelled", await EndOfAsync(id));
        Received stop = _receiver.Requests.First(r => r.Path == "/stop");
        Assert.Equal(_receiver.Requests.First().Json.GetProperty("adw_id").GetString(), stop.Json.GetProperty("adw_id").GetString());
    }

    [Fact]
    public async Task Feature_WhenItsAgentCannotBeToldToStop_SaysWhyAndTakesAPersonsWordThatItIsGone()
    {
        int id = await ExecuteAsync();
        await _receiver.CameAsync();
        for (int i = 0; i < 100; i++)
        {
            _receiver.Answer(503, "", ("Retry-After", "0"));
        }

        using HttpResponseMessage cancelled = await _client.PostAsync(new Uri($"/api/v1/planned-features/{id}/cancel", UriKind.Relative), null);
        JsonElement stuck = await SeenAsync(id, f => WaitReasonOf(f)?.StartsWith("its agent cannot be stopped", StringComparison.Ordinal) == true);
        Assert.Equal(
            "its agent cannot be stopped (cancel the phase once more to give its slot on all the same): The stop of 'cloud' was answered 503.", WaitReasonOf(stuck));

        using HttpResponseMessage givenUp = await _client.DeleteAsync(new Uri($"/api/v1/queue/queue-{id}-1", UriKind.Relative));

        Assert.Equal("cancelled", await EndOfAsync(id));
    }

    private static string? WaitReasonOf(JsonElement feature) => feature.GetProperty("phases")[0].GetProperty("wait_reason").GetString();

    private async Task<int> ExecuteAsync()
    {
        using HttpResponseMessage response = await _client.PostAsJsonAsync(
            "/api/v1/planned-features?execute=true", new { title = "Sockets", phases = new[] { new { phase_number = 1, title = "One", content = "Do 1.", workflow_type = "cloud" } } });
        return (await Answer.JsonOf(response, 202)).GetProperty("id").GetInt32();
    }

    /// <summary>Reports as the receiver can by what the launch alone has told it.</summary>
    private static async Task<string?> ReportAsync(JsonElement launch)
    {
        string Text(string name) => launch.GetProperty(name).GetString()!;
        byte[] body = Encoding.UTF8.GetBytes(
            $$"""{ "queue_id": "{{Text("queue_id")}}", "attempt": {{launch.GetProperty("attempt").GetInt32()}}, "adw_id": "{{Text("adw_id")}}", "status": "completed" }""");
        Assert.True(AttemptSecret.TryParse(Text("webhook_secret"), out byte[]? secret));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Text("report_url")) { Content = new ByteArrayContent(body) };
        request.Headers.Add(WebhookSignature.IdHeader, "report-1");
        request.Headers.Add(WebhookSignature.TimestampHeader, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign("report-1", now, body, secret));
        using HttpResponseMessage response = await client.SendAsync(request);
        return (await Answer.JsonOf(response, 200)).GetProperty("result").GetString();
    }

    /// <summary>The status that a feature ends with.</summary>
    private async Task<string> EndOfAsync(int id) =>
        (await SeenAsync(id, f => f.GetProperty("status").GetString() is "completed" or "failed" or "cancelled")).GetProperty("status").GetString()!;

    /// <summary>The feature, once it is as expected.</summary>
    private async Task<JsonElement> SeenAsync(int id, Predicate<JsonElement> isExpected)
    {
        long cursor = 0;
        while (true)
        {
            JsonElement feature = await Answer.JsonOf(await _client.GetAsync(new Uri($"/api/v1/planned-features/{id}", UriKind.Relative)), 200);
            if (isExpected(feature))
            {
                return feature;
            }

            JsonElement events = await Answer.JsonOf(await _client.GetAsync(new Uri($"/api/v1/events?after={cursor}&wait=25", UriKind.Relative)), 200);
            cursor = events.GetProperty("cursor").GetInt64();
        }
    }
}
