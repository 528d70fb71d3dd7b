using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Storage;

/// <content>How features and changes go.</content>
internal sealed partial class SqlitePhaseStore
{
    // What one transaction removes: more would keep the writers that come after it waiting.
    private const int PhasesAtOnce = 25;
    private const int EntriesAtOnce = 500;

    public Task<ImmutableArray<EndedFeature>> ListEndedFeaturesAsync(
        DateTimeOffset before, EndedFeature? after, int limit, CancellationToken cancellation) =>
        database.ReadAsync(
            session => session.Query(
                """
                SELECT id, updated_at FROM features INDEXED BY features_ended
                WHERE status IN ('Completed', 'Failed', 'Cancelled') AND updated_at < ?1 AND (updated_at, id) > (?2, ?3)
                ORDER BY updated_at, id LIMIT ?4
                """,
                row => new EndedFeature(row.GetInt32(0), row.Time(1)),
                StoreJson.ToMilliseconds(before),
                after is null ? long.MinValue : StoreJson.ToMilliseconds(after.EndedAt),
                after?.FeatureId ?? 0,
                limit).ToImmutableArray(),
            cancellation);

    public Task<bool> BeginRemovalAsync(int featureId, DateTimeOffset endedBefore, DateTimeOffset now, CancellationToken cancellation) =>
        WriteAsync(
            session =>
            {
                int removed = session.Execute(
                    """
                    DELETE FROM features WHERE id = ?1 AND status IN ('Completed', 'Failed', 'Cancelled') AND updated_at < ?2
                    AND NOT EXISTS (SELECT 1 FROM inbox INDEXED BY inbox_open_by_feature WHERE feature_id = ?1 AND outcome IS NULL)
                    AND NOT EXISTS (SELECT 1 FROM attempts WHERE feature_id = ?1 AND status = 'Live')
                    """,
                    featureId,
                    StoreJson.ToMilliseconds(endedBefore));
                if (removed == 0)
                {
                    return false;
                }

                session.Execute("INSERT INTO removals (feature_id) VALUES (?1)", featureId);
                session.Execute(
                    """
                    INSERT INTO removed_attempts (feature_id, phase_number, attempt, adw_id, workflow_type)
                    SELECT feature_id, phase_number, attempt, adw_id, workflow_type FROM attempts WHERE feature_id = ?1
                    """,
                    featureId);
                session.Execute("DELETE FROM attempts WHERE feature_id = ?1", featureId);
                session.Execute("DELETE FROM idempotency WHERE feature_id = ?1", featureId);
                Retire(session, featureId);
                AddChange(session, ChangePayload.FeatureRemoved, featureId, null, now, ChangePayload.OfRemoval(featureId));
                return true;
            },
            cancellation);

    public Task<ImmutableArray<FeatureRemoval>> ListRemovalsAsync(int limit, CancellationToken cancellation) =>
        database.ReadAsync(
            session => session.Query("SELECT feature_id FROM removals ORDER BY feature_id LIMIT ?1", row => row.GetInt32(0), limit)
                .Select(id => FindRemoval(session, id)!).ToImmutableArray(),
            cancellation);

    public async Task<FeatureRemoval?> GetRemovalAsync(int featureId, CancellationToken cancellation) =>
        await database.ReadAsync(session => FindRemoval(session, featureId), cancellation);

    public async Task FinishRemovalAsync(int featureId, CancellationToken cancellation)
    {
        while (!await WriteAsync(session => RemoveSome(session, featureId), cancellation))
        {
            // Others write in between.
        }
    }

    public async Task<int> TrimChangesAsync(DateTimeOffset before, int limit, CancellationToken cancellation)
    {
        // The newest stays: it says how far the feed has come.
        List<(long Cursor, long At)> oldest = await database.ReadAsync(
            session => session.Query(
                "SELECT cursor, at FROM changes WHERE cursor < (SELECT max(cursor) FROM changes) ORDER BY cursor LIMIT ?1",
                row => (row.GetInt64(0), row.GetInt64(1)),
                limit),
            cancellation);
        int count = 1 + oldest.FindLastIndex(c => c.At < StoreJson.ToMilliseconds(before));
        return count == 0
            ? 0
            : await WriteAsync(session => session.Execute("DELETE FROM changes WHERE cursor <= ?1", oldest[count - 1].Cursor), cancellation);
    }

    private static FeatureRemoval? FindRemoval(SqliteSession session, int featureId) =>
        session.QueryFirst<int?>("SELECT feature_id FROM removals WHERE feature_id = ?1", row => row.GetInt32(0), featureId) is null
            ? null
            : new FeatureRemoval(
                featureId,
                [.. session.Query("SELECT number FROM phases WHERE feature_id = ?1 ORDER BY number", row => row.GetInt32(0), featureId)],
                [
                    .. session.Query(
                        "SELECT phase_number, attempt, adw_id, workflow_type FROM removed_attempts WHERE feature_id = ?1 ORDER BY phase_number, attempt",
                        row => new AttemptStart(featureId, row.GetInt32(0), row.GetInt32(1), row.GetString(2), row.GetString(3)),
                        featureId),
                ]);

    /// <summary>True once nothing is left.</summary>
    private static bool RemoveSome(SqliteSession session, int featureId)
    {
        if (FindRemoval(session, featureId) is null)
        {
            return true;
        }

        List<int> phases = session.Query(
            "SELECT number FROM phases WHERE feature_id = ?1 ORDER BY number LIMIT ?2", row => row.GetInt32(0), featureId, PhasesAtOnce);
        foreach (int number in phases)
        {
            session.Execute("DELETE FROM reports WHERE queue_id = ?1", QueueId.Format(featureId, number));
            session.Execute("DELETE FROM phase_contents WHERE feature_id = ?1 AND number = ?2", featureId, number);
            session.Execute("DELETE FROM phases WHERE feature_id = ?1 AND number = ?2", featureId, number);
        }

        int entries = session.Execute(
            """
            DELETE FROM inbox WHERE feature_id = ?1
            AND seq <= coalesce((SELECT seq FROM inbox WHERE feature_id = ?1 ORDER BY seq LIMIT 1 OFFSET ?2), 9223372036854775807)
            """,
            featureId,
            EntriesAtOnce - 1);
        if (phases.Count == PhasesAtOnce || entries == EntriesAtOnce)
        {
            return false;
        }

        session.Execute("DELETE FROM removed_attempts WHERE feature_id = ?1", featureId);
        session.Execute("DELETE FROM removals WHERE feature_id = ?1", featureId);
        return true;
    }

    private static bool IsRetired(SqliteSession session, int id) =>
        session.QueryFirst<long?>("SELECT last FROM retired_ids WHERE first <= ?1 ORDER BY first DESC LIMIT 1", row => row.GetInt64(0), id) >= id;

    /// <summary>Adds an id to the ranges, and joins it with what lies beside it.</summary>
    private static void Retire(SqliteSession session, int id)
    {
        long last = session.QueryFirst<long?>("DELETE FROM retired_ids WHERE first = ?1 RETURNING last", row => row.GetInt64(0), id + 1L) ?? id;
        int joined = session.Execute(
            "UPDATE retired_ids SET last = ?2 WHERE first = (SELECT first FROM retired_ids WHERE first < ?1 ORDER BY first DESC LIMIT 1) AND last = ?1 - 1",
            id,
            last);
        if (joined == 0)
        {
            session.Execute("INSERT INTO retired_ids (first, last) VALUES (?1, ?2)", id, last);
        }
    }
}
