using Microsoft.Data.Sqlite;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Storage;

/// <content>The change feed.</content>
internal sealed partial class SqlitePhaseStore
{
    private TaskCompletionSource _changed = NewSignal();

    public Task<ChangePage> ReadChangesAsync(long after, int limit, CancellationToken cancellation) =>
        database.ReadAsync(
            session =>
            {
                List<Change> changes = session.Query(
                    "SELECT cursor, type, feature_id, queue_id, at, data FROM changes WHERE cursor > ?1 ORDER BY cursor LIMIT ?2",
                    ToChange,
                    after,
                    Math.Clamp(limit, 1, MaxPage));
                return new ChangePage([.. changes], changes.Count == 0 ? after : changes[^1].Cursor);
            },
            cancellation);

    public async Task WaitForChangesAsync(long after, TimeSpan wait, CancellationToken cancellation)
    {
        // One deadline over all wake-ups: a write that changes nothing wakes too.
        DateTimeOffset until = time.GetUtcNow() + wait;
        while (true)
        {
            // Taken before the feed is read, so that a change between the two is not missed.
            Task changed = Volatile.Read(ref _changed).Task;
            long last = await database.ReadAsync(
                session => session.QueryFirst("SELECT coalesce(max(cursor), 0) FROM changes", row => row.GetInt64(0)), cancellation);
            TimeSpan left = until - time.GetUtcNow();
            if (last > after || left <= TimeSpan.Zero)
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

    private static void AddChange(SqliteSession session, string type, int featureId, string? queueId, DateTimeOffset now, string data) =>
        session.Execute(
            "INSERT INTO changes (type, feature_id, queue_id, at, data) VALUES (?1, ?2, ?3, ?4, ?5)",
            type,
            featureId,
            queueId,
            StoreJson.ToMilliseconds(now),
            data);

    private static Change ToChange(SqliteDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), row.GetInt32(2), row.Text(3), row.Time(4), row.GetString(5));

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void WakeReaders() => Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();
}
