using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using PhaseFlow.Core.Webhooks;

namespace PhaseFlow.Functions.Tests.Agents.Dispatch;

/// <summary>What a receiver was sent.</summary>
internal sealed record Received(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public SignatureVerdict Judge(byte[] secret, DateTimeOffset now) => WebhookSignature.Verify(
        Header(WebhookSignature.IdHeader), Header(WebhookSignature.TimestampHeader), Header(WebhookSignature.SignatureHeader), Body, [secret], now);
}

/// <summary>A real HTTP server on this machine that starts agents, and answers as the test says.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _answers = new();
    private readonly SemaphoreSlim _came = new(0);

    private Receiver()
    {
        _app = LoopbackServer.Create();
        _app.Run(AnswerAsync);
    }

    public ConcurrentQueue<Received> Requests { get; } = new();

    public Uri Url { get; private set; } = new("http://127.0.0.1");

    public static async Task<Receiver> StartAsync()
    {
        var receiver = new Receiver();
        receiver.Url = new Uri(await receiver._app.ListenAsync());
        return receiver;
    }

    /// <summary>Answers the next request with a status; what no answer is given for is answered 202.</summary>
    public void Answer(int status, string body = "", params (string Name, string Value)[] headers) => _answers.Enqueue(async http =>
    {
        http.Response.StatusCode = status;
        foreach ((string name, string value) in headers)
        {
            http.Response.Headers[name] = value;
        }

        await http.Response.WriteAsync(body);
    });

    public void Answer(Func<HttpContext, Task> answer) => _answers.Enqueue(answer);

    /// <summary>Waits until one more request has come.</summary>
    public async Task CameAsync() => Assert.True(await _came.WaitAsync(TimeSpan.FromMinutes(2)));

    public ValueTask DisposeAsync()
    {
        _came.Dispose();
        return _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer);
        Requests.Enqueue(new Received(
            http.Request.Path, http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), buffer.ToArray()));
        _came.Release();
        if (_answers.TryDequeue(out Func<HttpContext, Task>? answer))
        {
            await answer(http);
        }
        else
        {
            http.Response.StatusCode = StatusCodes.Status202Accepted;
        }
    }
}
