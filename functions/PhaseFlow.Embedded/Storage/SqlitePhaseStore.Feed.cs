using Microsoft.Data.Sqlite;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Storage;

/// <content>The change feed.</content>
internal sealed partial class SqlitePhaseStore
{
    private readonly Lock _feed = new();
    private TaskCompletionSource _changed = NewSignal();

    // The newest change that is durable; 0 before the first look.
    private long _last;

    // The newest change of the write at hand.
    private long? _added;

    public Task<ChangePage> ReadChangesAsync(long after, int limit, CancellationToken cancellation) =>
        database.ReadAsync(
            session =>
            {
                List<Change> changes = session.Query(
                    "SELECT cursor, type, feature_id, queue_id, at, data FROM changes WHERE cursor > ?1 ORDER BY cursor LIMIT ?2",
                    ToChange,
                    after,
                    Math.Clamp(limit, 1, MaxPage));
                return new ChangePage([.. changes], changes.Count == 0 ? Math.Min(after, LastCursor(session)) : changes[^1].Cursor)
                {
                    IsExpired = after > 0 && changes.Count > 0 && changes[0].Cursor > after + 1,
                };
            },
            cancellation);

    public Task<long> LastChangeAsync(CancellationToken cancellation) => database.ReadAsync(LastCursor, cancellation);

    public async Task WaitForChangesAsync(long after, TimeSpan wait, CancellationToken cancellation)
    {
        if (Volatile.Read(ref _last) == 0)
        {
            Announce(await LastChangeAsync(cancellation));
        }

        DateTimeOffset until = time.GetUtcNow() + wait;
        while (true)
        {
            Task changed;
            lock (_feed)
            {
                changed = _changed.Task;
                if (_last > after)
                {
                    return;
                }
            }

            TimeSpan left = until - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            try
            {
                await changed.WaitAsync(left, time, cancellation);
            }
            catch (TimeoutException)
            {
                return;
            }
        }
    }

    private static long LastCursor(SqliteSession session) => session.QueryFirst("SELECT coalesce(max(cursor), 0) FROM changes", row => row.GetInt64(0));

    private void AddChange(SqliteSession session, string type, int featureId, string? queueId, DateTimeOffset now, string data) =>
        _added = session.QueryFirst(
            "INSERT INTO changes (type, feature_id, queue_id, at, data) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING cursor",
            row => row.GetInt64(0),
            type,
            featureId,
            queueId,
            StoreJson.ToMilliseconds(now),
            data);

    private static Change ToChange(SqliteDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), row.GetInt32(2), row.Text(3), row.Time(4), row.GetString(5));

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Wakes whoever waits for a change up to this one. Writes may come here out of order.</summary>
    private void Announce(long cursor)
    {
        TaskCompletionSource wake;
        lock (_feed)
        {
            if (cursor <= _last)
            {
                return;
            }

            _last = cursor;
            wake = _changed;
            _changed = NewSignal();
        }

        wake.SetResult();
    }
}
