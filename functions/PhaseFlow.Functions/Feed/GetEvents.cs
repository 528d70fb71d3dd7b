using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Hosting;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Feed;

/// <summary>The change feed after a cursor: a page at once or as soon as there is one; or a stream of server-sent events.</summary>
public sealed class GetEvents(IPhaseStore store, IHostApplicationLifetime lifetime)
{
    /// <summary>In place of a cursor: the end of the feed, for who wants only what is new.</summary>
    private const string Latest = "latest";

    private const int PageSize = 500;
    private const int MaxWaitSeconds = 60;

    // What is read of the feed at most for one answer about one feature.
    private const int PagesAtOnce = 20;

    [Function(nameof(GetEvents))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "api/v1/events")] HttpRequest request,
        CancellationToken cancellation)
    {
        long wait = 0;
        long feature = 0;
        long after = 0;
        bool fromEnd = QueryValues.Text(request, "after") == Latest;
        ProblemResult? refusal = (fromEnd ? null : QueryValues.Number(request, "after", 0, long.MaxValue, out after))
            ?? QueryValues.Number(request, "wait", 0, MaxWaitSeconds, out wait)
            ?? QueryValues.Unknown(request, "after", "wait", "feature")
            ?? QueryValues.Number(request, "feature", 0, int.MaxValue, out feature);
        if (refusal is not null)
        {
            return refusal;
        }

        if (fromEnd)
        {
            after = await store.LastChangeAsync(cancellation);
        }

        if (request.Headers.Accept.ToString().Contains(EventStream.ContentType, StringComparison.OrdinalIgnoreCase))
        {
            // A browser that reconnects says where it was; that is newer than the address it first asked.
            bool returns = long.TryParse(request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out long last);
            long from = returns ? last : after;
            return Expired(await store.ReadChangesAsync(from, 1, cancellation)) ?? (IResult)new EventStream(store, from, lifetime.ApplicationStopping);
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
        // Who asks for no body waits for none.
        TimeSpan patience = HttpMethods.IsHead(request.Method) ? TimeSpan.Zero : TimeSpan.FromSeconds(wait);
        ChangePage page = await ReadAsync(after, (int)feature, patience, ending.Token, cancellation);
        return Expired(page) ?? Answers.Ok(new EventsResponse([.. page.Changes.Select(ChangeEvent.Of)], page.Cursor));
    }

    private static ProblemResult? Expired(ChangePage page) => !page.IsExpired ? null
        : page.Changes.IsEmpty ? Problems.CursorUnknown(page.Cursor)
        : Problems.CursorExpired(page.Changes[0].Cursor);

    private async Task<ChangePage> ReadAsync(long after, int feature, TimeSpan wait, CancellationToken ending, CancellationToken cancellation)
    {
        ChangePage page = await PageAsync(after, feature, cancellation);
        if (page.Cursor == after && wait > TimeSpan.Zero)
        {
            try
            {
                await store.WaitForChangesAsync(after, wait, ending);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // The host stops: the client hears at once that there is nothing, and comes again.
            }

            page = await PageAsync(after, feature, cancellation);
        }

        return page;
    }

    // About one feature a page may be empty and yet lead on: the end is where the cursor stays.
    private async Task<ChangePage> PageAsync(long after, int feature, CancellationToken cancellation)
    {
        ChangePage page = await store.ReadChangesAsync(after, PageSize, cancellation);
        if (feature == 0 || page.IsExpired)
        {
            return page;
        }

        List<Change> found = [];
        long cursor = page.Cursor;
        for (int pages = 1; !page.Changes.IsEmpty; pages++)
        {
            cursor = page.Cursor;
            found.AddRange(page.Changes.Where(c => c.FeatureId == feature));
            if (pages == PagesAtOnce || found.Count >= PageSize)
            {
                break;
            }

            page = await store.ReadChangesAsync(cursor, PageSize, cancellation);
        }

        return new ChangePage([.. found], cursor);
    }
}

/// <summary>A page of the change feed; go on from its cursor.</summary>
public sealed record EventsResponse(IReadOnlyList<ChangeEvent> Events, long Cursor);

/// <summary>One change.</summary>
public sealed record ChangeEvent(long Cursor, string Type, int FeatureId, string? QueueId, DateTimeOffset At, RawJson Data)
{
    public static ChangeEvent Of(Change change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return new ChangeEvent(change.Cursor, change.Type, change.FeatureId, change.QueueId, change.At, new RawJson(change.Data));
    }
}
