using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Embedded.Agents;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Storage;

/// <summary>The store in the one SQLite file.</summary>
internal sealed partial class SqlitePhaseStore(SqliteDatabase database, TimeProvider time) : IPhaseStore, ILiveAttempts
{
    // A change may be about 1 KiB: a page stays well below what a client is glad to get at once.
    private const int MaxPage = 1000;

    public async Task<PhaseBrief?> GetPhaseBriefAsync(int featureId, int phaseNumber, CancellationToken cancellation) =>
        await database.ReadAsync(
            session =>
            {
                PhasePlan? phase = session.QueryFirst(
                    """
                    SELECT p.plan, c.content FROM phases p JOIN phase_contents c ON c.feature_id = p.feature_id AND c.number = p.number
                    WHERE p.feature_id = ?1 AND p.number = ?2
                    """,
                    row => StoreJson.Read<PhasePlan>(row.GetString(0)) with { Content = row.GetString(1) },
                    featureId,
                    phaseNumber);
                StoredFeature? feature = session.QueryFirst($"SELECT {FeatureColumns} FROM features WHERE id = ?1", ToFeature, featureId);
                return phase is null || feature is null ? null : new PhaseBrief(
                    feature.Plan,
                    session.QueryFirst("SELECT count(*) FROM phases WHERE feature_id = ?1", row => row.GetInt32(0), featureId),
                    phase,
                    phase.DependsOn.Distinct().ToImmutableSortedDictionary(d => d, d => TitleOf(session, featureId, d)));
            },
            cancellation);

    public async Task CheckAsync(CancellationToken cancellation) =>
        await database.WriteAsync(
            session => session.Execute("INSERT INTO write_checks (id, checks) VALUES (1, 1) ON CONFLICT DO UPDATE SET checks = checks + 1"),
            cancellation);

    /// <summary>Writes, and wakes whoever waits for changes once they are durable.</summary>
    private Task<T> WriteAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellation) =>
        WriteAsync(work, canWait: false, written: null, cancellation);

    private async Task<T> WriteAsync<T>(Func<SqliteSession, T> work, bool canWait, Func<T, bool>? written, CancellationToken cancellation)
    {
        (T result, long? cursor) = await database.WriteAsync(
            session =>
            {
                // All writes run on one thread, one after the other.
                _added = null;
                return (Result: work(session), Cursor: _added);
            },
            canWait,
            written is null ? null : both => written(both.Result),
            cancellation);
        if (cursor is { } committed)
        {
            _signal.Announce(committed);
        }

        return result;
    }

    private static void AddPhaseRow(
        SqliteSession session, int featureId, PhasePlan phase, string? status, string? state, DateTimeOffset now)
    {
        session.Execute(
            "INSERT INTO phases (feature_id, number, plan, status, state, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            featureId,
            phase.Number,
            StoreJson.Write(phase with { Content = "" }),
            status,
            state,
            StoreJson.ToMilliseconds(now));
        session.Execute(
            "INSERT INTO phase_contents (feature_id, number, content) VALUES (?1, ?2, ?3)", featureId, phase.Number, phase.Content);
    }

    private static ImmutableArray<InboxEntry> OpenInbox(SqliteSession session, int featureId) => [.. session.Query(
        $"SELECT {InboxColumns} FROM inbox INDEXED BY inbox_open_by_feature WHERE feature_id = ?1 AND outcome IS NULL ORDER BY seq",
        ToInboxEntry,
        featureId)];

    private static string TitleOf(SqliteSession session, int featureId, int number) => session.QueryFirst(
        "SELECT json_extract(plan, '$.title') FROM phases WHERE feature_id = ?1 AND number = ?2", row => row.GetString(0), featureId, number) ?? "";
}
