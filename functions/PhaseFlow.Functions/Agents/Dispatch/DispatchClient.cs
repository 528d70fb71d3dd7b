using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using PhaseFlow.Core.Dispatch;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Http;
using Polly.CircuitBreaker;

namespace PhaseFlow.Functions.Agents.Dispatch;

/// <summary>Sends signed requests to the hosts that are allowed, and to no others.</summary>
internal sealed class DispatchClient : IDisposable
{
    /// <summary>Bytes that are read of an answer.</summary>
    public const int AnswerLimit = 4096;

    public const string IdempotencyHeader = "Idempotency-Key";
    public const string TraceHeader = "traceparent";

    private readonly DispatchTarget _target;
    private readonly TimeProvider _time;
    private readonly DispatchPolicy _policy;
    private readonly HttpClient _http;

    public DispatchClient(DispatchTarget target, IHostResolver resolver, TimeSpan timeout, TimeProvider time)
    {
        _target = target;
        _time = time;
        _policy = new DispatchPolicy(timeout, time);
        _http = new HttpClient(new GuardedConnections(target, resolver).CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Posts a body, signed anew for each try and under the same id.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="id">The <c>webhook-id</c> and the idempotency key.</param>
    /// <param name="body">What is sent as JSON.</param>
    /// <param name="secrets">Each of them signs.</param>
    /// <param name="isStillWanted">Asked before each try: what is no longer wanted is not sent.</param>
    /// <param name="trace">The <c>traceparent</c>.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The last answer; null where it was no longer wanted.</returns>
    /// <exception cref="AgentLaunchException">The request may not go there.</exception>
    public async Task<DispatchAnswer?> PostAsync<T>(
        string url, string id, T body, IReadOnlyList<byte[]> secrets, Func<CancellationToken, Task<bool>> isStillWanted, string trace, CancellationToken cancellation)
    {
        if (_target.Refusal(url) is { } refusal)
        {
            throw new AgentLaunchException($"{url} {refusal}.");
        }

        var address = new Uri(url);
        byte[] bytes = ApiJson.Body(body);
        bool isWanted = true;
        try
        {
            DispatchAnswer answer = await _policy.For(address.Authority).ExecuteAsync(
                async token =>
                {
                    isWanted = await isStillWanted(token);
                    return isWanted ? await SendAsync(address, id, bytes, secrets, trace, token) : new DispatchAnswer(default, null, "");
                },
                cancellation);
            return isWanted ? answer : null;
        }
        catch (BrokenCircuitException fault)
        {
            throw new HttpRequestException(
                $"{address.Authority} is left alone for {DispatchPolicy.BreakDuration.TotalSeconds} seconds, because its last tries failed: {_policy.LastFailureOf(address.Authority)}", fault);
        }
        catch (HttpRequestException fault) when (fault.InnerException is AddressRefusedException refused)
        {
            throw new AgentLaunchException($"{address.Authority} is not allowed: {refused.Message}.", fault);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<DispatchAnswer> SendAsync(Uri url, string id, byte[] body, IReadOnlyList<byte[]> secrets, string trace, CancellationToken cancellation)
    {
        DateTimeOffset now = _time.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("PhaseFlow", null));
        request.Headers.Add(IdempotencyHeader, id);
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, string.Join(' ', secrets.Select(s => WebhookSignature.Sign(id, now, body, s))));
        request.Headers.Add(TraceHeader, trace);
        using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        return new DispatchAnswer(response.StatusCode, RetryAfter(response, now), response.IsSuccessStatusCode ? "" : await BeginningAsync(response, cancellation));
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now) =>
        response.Headers.RetryAfter is not { } after ? null : after.Delta ?? (after.Date - now);

    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var buffer = new byte[AnswerLimit];
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellation);
        int length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
