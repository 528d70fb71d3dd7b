using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Tests.Agents;

/// <summary>What a report said, and whether its signature holds.</summary>
internal sealed record Delivery(string? Id, SignatureVerdict Verdict, JsonElement Body)
{
    public string Status => Body.GetProperty("status").GetString()!;

    public string Error => Body.GetProperty("error_message").GetString()!;
}

/// <summary>A webhook on a free port that notes what comes.</summary>
internal sealed class WebhookEndpoint : IPublicAddress, IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Delivery>> _waiting = new();

    private WebhookEndpoint(WebhookSecrets secrets)
    {
        _app = LoopbackServer.Create();
        _app.MapPost("/workflow-complete", request => ReceiveAsync(request, secrets));
    }

    public string Url { get; private set; } = "";

    public ConcurrentQueue<Delivery> Deliveries { get; } = new();

    /// <summary>The answers to give before 200, one to each delivery.</summary>
    public ConcurrentQueue<int> Answers { get; } = new();

    public static async Task<WebhookEndpoint> StartAsync(WebhookSecrets secrets)
    {
        var endpoint = new WebhookEndpoint(secrets);
        endpoint.Url = await endpoint._app.ListenAsync();
        return endpoint;
    }

    /// <summary>The first delivery about an attempt that was answered 200.</summary>
    public Task<Delivery> AcceptedAsync(string adwId) => Waiting(adwId).Task.WaitAsync(TimeSpan.FromMinutes(2));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext http, WebhookSecrets secrets)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer);
        byte[] body = buffer.ToArray();
        JsonElement json = JsonDocument.Parse(body).RootElement;
        string? id = http.Request.Headers[WebhookSignature.IdHeader];
        SignatureVerdict verdict = WebhookSignature.Verify(
            id,
            http.Request.Headers[WebhookSignature.TimestampHeader],
            http.Request.Headers[WebhookSignature.SignatureHeader],
            body,
            secrets.SecretsOf(json.GetProperty("queue_id").GetString()!, json.GetProperty("attempt").GetInt32()),
            TimeProvider.System.GetUtcNow());
        var delivery = new Delivery(id, verdict, json);
        Deliveries.Enqueue(delivery);
        http.Response.StatusCode = Answers.TryDequeue(out int answer) ? answer : 200;
        if (http.Response.StatusCode == 200)
        {
            Waiting(json.GetProperty("adw_id").GetString()!).TrySetResult(delivery);
        }
    }

    private TaskCompletionSource<Delivery> Waiting(string adwId) =>
        _waiting.GetOrAdd(adwId, _ => new TaskCompletionSource<Delivery>(TaskCreationOptions.RunContinuationsAsynchronously));
}
