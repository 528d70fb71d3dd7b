using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Storage;

/// <content>Attempts.</content>
internal sealed partial class SqlitePhaseStore
{
    private const string AttemptColumns =
        "queue_id, feature_id, phase_number, attempt, adw_id, workflow_type, status, launched_at, heartbeat_at, reported_at, completed, error, usage";

    // Who has reported is stopped after ten seconds, where a host lives that long: a host that is killed again and again may need more than one life for it.
    private static readonly TimeSpan LastMinutes = TimeSpan.FromMinutes(15);

    public Task<AttemptRecord> BeginAttemptAsync(AttemptStart start, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(start);
        return WriteAsync(
            session =>
            {
                // Most of the time the publication has recorded it already, and nothing needs to be written but what that has.
                string queueId = QueueId.Format(start.FeatureId, start.PhaseNumber);
                if (FindAttempt(session, queueId, start.Attempt) is { } known)
                {
                    return known;
                }

                // Its turn may have gone by before it was recorded.
                bool isLive = IsNewest(session, queueId, start.Attempt) && LastOver(session, start.FeatureId, start.PhaseNumber) < start.Attempt;
                AddAttempt(session, queueId, start, isLive ? AttemptStatus.Live : AttemptStatus.Closed, now);
                return FindAttempt(session, queueId, start.Attempt)!;
            },
            cancellation);
    }

    public async Task CloseAttemptAsync(AttemptStart start, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(start);
        await WriteAsync(
            session =>
            {
                string queueId = QueueId.Format(start.FeatureId, start.PhaseNumber);
                if (session.Execute("UPDATE attempts SET status = 'Closed' WHERE queue_id = ?1 AND attempt = ?2", queueId, start.Attempt) == 0)
                {
                    AddAttempt(session, queueId, start, AttemptStatus.Closed, now);
                }

                return true;
            },
            cancellation);
    }

    public async Task<AttemptRecord?> GetAttemptAsync(string queueId, int attempt, CancellationToken cancellation) =>
        await database.ReadAsync(session => FindAttempt(session, queueId, attempt), cancellation);

    public Task<ImmutableArray<AttemptRecord>> ListAttemptsAsync(int featureId, CancellationToken cancellation) =>
        database.ReadAsync(
            session => session.Query(
                $"SELECT {AttemptColumns} FROM attempts WHERE feature_id = ?1 ORDER BY phase_number, attempt", ToAttempt, featureId).ToImmutableArray(),
            cancellation);

    /// <summary>The attempts over all features whose agents may be at work: also of those that reported in the last minutes of the host before.</summary>
    public Task<ImmutableArray<AttemptRecord>> ListLiveAttemptsAsync(CancellationToken cancellation) =>
        database.ReadAsync(
            session => session.Query(
                $"""
                SELECT {AttemptColumns} FROM attempts WHERE status = 'Live'
                UNION ALL
                SELECT {AttemptColumns} FROM attempts
                WHERE status <> 'Live' AND reported_at >= coalesce((SELECT at FROM changes ORDER BY cursor DESC LIMIT 1), 0) - ?1
                """,
                ToAttempt,
                (long)LastMinutes.TotalMilliseconds).ToImmutableArray(),
            cancellation);

    public Task<bool> HeartbeatAsync(string queueId, int attempt, DateTimeOffset now, CancellationToken cancellation) =>
        WriteAsync(
            session => session.Execute(
                """
                UPDATE attempts SET heartbeat_at = max(coalesce(heartbeat_at, 0), ?3) WHERE queue_id = ?1 AND attempt = ?2 AND status = 'Live'
                """,
                queueId,
                attempt,
                StoreJson.ToMilliseconds(now)) > 0,
            cancellation);

    private static AttemptRecord? FindAttempt(SqliteSession session, string queueId, int attempt) =>
        session.QueryFirst($"SELECT {AttemptColumns} FROM attempts WHERE queue_id = ?1 AND attempt = ?2", ToAttempt, queueId, attempt);

    private static bool IsNewest(SqliteSession session, string queueId, int attempt) =>
        session.QueryFirst<long?>(
            "SELECT 1 FROM attempts WHERE queue_id = ?1 AND attempt > ?2 LIMIT 1", row => row.GetInt64(0), queueId, attempt) is null;

    /// <summary>The last attempt that the stored row of a phase has left behind.</summary>
    private static int LastOver(SqliteSession session, int featureId, int number) =>
        session.QueryFirst(
            "SELECT attempt, status FROM phases WHERE feature_id = ?1 AND number = ?2 AND status IS NOT NULL",
            row => LastOver(row.Name<PhaseStatus>(1), row.GetInt32(0)),
            featureId,
            number);

    private static void AddAttempt(SqliteSession session, string queueId, AttemptStart start, AttemptStatus status, DateTimeOffset now) =>
        session.Execute(
            """
            INSERT INTO attempts (queue_id, feature_id, phase_number, attempt, adw_id, workflow_type, status, launched_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """,
            queueId,
            start.FeatureId,
            start.PhaseNumber,
            start.Attempt,
            start.AdwId,
            start.WorkflowType,
            status.ToString(),
            StoreJson.ToMilliseconds(now));

    private static void CloseAttemptsThrough(SqliteSession session, string queueId, int attempt) =>
        session.Execute("UPDATE attempts SET status = 'Closed' WHERE queue_id = ?1 AND attempt <= ?2 AND status = 'Live'", queueId, attempt);

    private static AttemptRecord ToAttempt(SqliteRow row) => new()
    {
        QueueId = row.GetString(0),
        FeatureId = row.GetInt32(1),
        PhaseNumber = row.GetInt32(2),
        Attempt = row.GetInt32(3),
        AdwId = row.GetString(4),
        WorkflowType = row.GetString(5),
        Status = row.Name<AttemptStatus>(6),
        LaunchedAt = row.Time(7),
        HeartbeatAt = row.TimeOrNull(8),
        ReportedAt = row.TimeOrNull(9),
        Completed = row.IsDBNull(10) ? null : row.GetBoolean(10),
        Error = row.Text(11),
        Usage = StoreJson.ReadOrDefault<AgentUsage>(row.Text(12)),
    };
}
