using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Feed;

/// <summary>Writes the change feed as server-sent events until the client or the host goes away.</summary>
public sealed class EventStream(IPhaseStore store, long after, CancellationToken stopping) : IResult
{
    public const string ContentType = "text/event-stream";

    private const int PageSize = 100;

    // Shorter than what proxies take for a dead connection.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        HttpResponse response = httpContext.Response;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            return;
        }

        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, stopping);
        try
        {
            await SendAsync(response, "retry: 2000\n\n"u8.ToArray(), ending.Token);
            await FollowAsync(response, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The end of a stream.
        }
    }

    private async Task FollowAsync(HttpResponse response, CancellationToken ending)
    {
        long cursor = after;
        bool waited = false;
        while (true)
        {
            ChangePage page = await store.ReadChangesAsync(cursor, PageSize, ending);
            if (page.IsExpired)
            {
                // So slow a reader has missed something: the stream ends, and its next request hears why.
                return;
            }

            if (!page.Changes.IsEmpty)
            {
                await SendAsync(response, Write(page), ending);
                cursor = page.Cursor;
                waited = false;
                continue;
            }

            if (waited)
            {
                await SendAsync(response, ":\n\n"u8.ToArray(), ending);
            }

            await store.WaitForChangesAsync(cursor, Silence, ending);
            waited = true;
        }
    }

    private static byte[] Write(ChangePage page)
    {
        var text = new StringBuilder();
        foreach (Change change in page.Changes)
        {
            text.Append(CultureInfo.InvariantCulture, $"id: {change.Cursor}\nevent: {change.Type}\n")
                .Append("data: ").Append(JsonSerializer.Serialize(ChangeEvent.Of(change), ApiJson.Options)).Append("\n\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static async Task SendAsync(HttpResponse response, byte[] bytes, CancellationToken ending)
    {
        response.BodyWriter.Write(bytes);
        await response.BodyWriter.FlushAsync(ending);
    }
}
