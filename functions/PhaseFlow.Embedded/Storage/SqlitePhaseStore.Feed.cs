using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Storage;

/// <content>The change feed.</content>
internal sealed partial class SqlitePhaseStore
{
    private readonly ChangeSignal _signal = new(time);

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
                return ChangePage.After(after, changes, changes.Count == 0 ? LastCursor(session) : null);
            },
            cancellation);

    public Task<long> LastChangeAsync(CancellationToken cancellation) => database.ReadAsync(LastCursor, cancellation);

    public async Task WaitForChangesAsync(long after, TimeSpan wait, CancellationToken cancellation)
    {
        if (_signal.Last == 0)
        {
            _signal.Announce(await LastChangeAsync(cancellation));
        }

        await _signal.WaitAsync(after, wait, cancellation);
    }

    private static long LastCursor(SqliteSession session) => session.QueryFirst("SELECT coalesce(max(cursor), 0) FROM changes", row => row.GetInt64(0));

    private void AddChange(SqliteSession session, string type, int featureId, string? queueId, DateTimeOffset now, string data)
    {
        session.Execute(
            "INSERT INTO changes (type, feature_id, queue_id, at, data) VALUES (?1, ?2, ?3, ?4, ?5)",
            type,
            featureId,
            queueId,
            StoreJson.ToMilliseconds(now),
            data);
        _added = session.LastRowId;
    }

    private static Change ToChange(SqliteRow row) =>
        new(row.GetInt64(0), row.GetString(1), row.GetInt32(2), row.Text(3), row.Time(4), row.GetString(5));
}
