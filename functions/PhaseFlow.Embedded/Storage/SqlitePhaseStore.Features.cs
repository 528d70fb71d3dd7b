using System.Collections.Immutable;
using System.Globalization;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Storage;

/// <content>Features and their plans.</content>
internal sealed partial class SqlitePhaseStore
{
    private const int MaxFeatures = 200;
    private const string FeatureColumns =
        "id, title, description, repository, priority, status, cancelling, version, inbox, created_at, updated_at, max_cost_usd";

    public Task<FeatureCreation> CreateFeatureAsync(
        FeaturePlan plan, IdempotencyKey? idempotency, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return WriteAsync(session => Create(session, plan, idempotency, now), cancellation);
    }

    public Task<bool> SetPhasesAsync(int featureId, ImmutableArray<PhasePlan> phases, DateTimeOffset now, CancellationToken cancellation) =>
        WriteAsync(
            session =>
            {
                // A run that was loaded without phases, or is about to be, must not miss them.
                bool isUntouched = session.QueryFirst<long?>(
                    """
                    SELECT 1 FROM features WHERE id = ?1 AND status = 'Planned' AND version = 0
                    AND NOT EXISTS (SELECT 1 FROM phases WHERE feature_id = ?1)
                    AND NOT EXISTS (SELECT 1 FROM inbox WHERE feature_id = ?1 AND outcome IS NULL)
                    """,
                    row => row.GetInt64(0),
                    featureId) is not null;
                if (!isUntouched)
                {
                    return false;
                }

                AddPlannedPhases(session, featureId, phases, now);
                session.Execute("UPDATE features SET updated_at = ?2 WHERE id = ?1", featureId, StoreJson.ToMilliseconds(now));
                AddChange(session, ChangePayload.FeatureChanged, featureId, null, now, ChangePayload.Of(featureId, FeatureStatus.Planned));
                return true;
            },
            cancellation);

    public Task<InboxEntry?> AddPhaseAsync(
        int featureId, PhasePlan phase, int expectedPhaseCount, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(phase);
        return WriteAsync(
            session =>
            {
                long? count = session.QueryFirst<long?>(
                    "SELECT (SELECT count(*) FROM phases WHERE feature_id = ?1) FROM features WHERE id = ?1", row => row.GetInt64(0), featureId);
                bool exists = session.QueryFirst<long?>(
                    "SELECT 1 FROM phases WHERE feature_id = ?1 AND number = ?2", row => row.GetInt64(0), featureId, phase.Number) is not null;
                if (count != expectedPhaseCount || exists)
                {
                    return null;
                }

                AddPhaseRow(session, featureId, phase, status: null, state: null, now);
                var command = new FeatureCommand(0, CommandKind.AddPhase) { Phase = phase.Number, Rule = PhaseRule.Of(phase) };
                return AddCommand(session, featureId, command, now);
            },
            cancellation);
    }

    public async Task<StoredFeature?> GetFeatureAsync(int featureId, CancellationToken cancellation) =>
        await database.ReadAsync(
            session => session.QueryFirst($"SELECT {FeatureColumns} FROM features WHERE id = ?1", ToFeature, featureId) is { } feature
                ? WithPhases(session, feature, withContents: true)
                : null,
            cancellation);

    public Task<Page<StoredFeature>> ListFeaturesAsync(FeatureFilter filter, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return database.ReadAsync(session => List(session, filter), cancellation);
    }

    public Task<ImmutableArray<StoredFeature>> ListOpenFeaturesAsync(CancellationToken cancellation) =>
        database.ReadAsync(
            session => session
                .Query($"SELECT {FeatureColumns} FROM features INDEXED BY features_open WHERE status IN ('InProgress', 'Suspended') ORDER BY id", ToFeature)
                .Select(feature => WithPhases(session, feature, withContents: false))
                .ToImmutableArray(),
            cancellation);

    private FeatureCreation Create(SqliteSession session, FeaturePlan plan, IdempotencyKey? idempotency, DateTimeOffset now)
    {
        if (idempotency is not null && session.QueryFirst(
            "SELECT digest, feature_id FROM idempotency WHERE key = ?1", row => (Tuple<string, int>?)Tuple.Create(row.GetString(0), row.GetInt32(1)), idempotency.Key) is { } used)
        {
            return new FeatureCreation(used.Item1 == idempotency.BodyDigest ? CreationResult.Repeated : CreationResult.KeyReused, used.Item2);
        }

        int id = plan.Id ?? NextFreeId(session);
        if (plan.Id is not null && IsRetired(session, id))
        {
            return new FeatureCreation(CreationResult.IdTaken, id);
        }

        int added = session.Execute(
            """
            INSERT INTO features (id, title, description, repository, priority, status, created_at, updated_at, search, max_cost_usd)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9) ON CONFLICT DO NOTHING
            """,
            id,
            plan.Title,
            plan.Description,
            plan.Repository,
            plan.Priority,
            nameof(FeatureStatus.Planned),
            StoreJson.ToMilliseconds(now),
            $"{plan.Title}\n{plan.Repository}\n{plan.Description}".ToLowerInvariant(),
            plan.MaxCostUsd?.ToString(CultureInfo.InvariantCulture));
        if (added == 0)
        {
            return new FeatureCreation(CreationResult.IdTaken, id);
        }

        AddPlannedPhases(session, id, plan.Phases, now);
        AddChange(session, ChangePayload.FeatureChanged, id, null, now, ChangePayload.Of(id, FeatureStatus.Planned));
        if (idempotency is not null)
        {
            session.Execute(
                "INSERT INTO idempotency (key, digest, feature_id, created_at) VALUES (?1, ?2, ?3, ?4)",
                idempotency.Key,
                idempotency.BodyDigest,
                id,
                StoreJson.ToMilliseconds(now));
        }

        return new FeatureCreation(CreationResult.Created, id);
    }

    /// <summary>The id after the greatest that was ever used; once that is used up, the lowest that never was.</summary>
    private static int NextFreeId(SqliteSession session)
    {
        long next = session.QueryFirst(
            """
            SELECT max(coalesce((SELECT max(id) FROM features), 0), coalesce((SELECT last FROM retired_ids ORDER BY first DESC LIMIT 1), 0)) + 1
            """,
            row => row.GetInt64(0));
        if (next > int.MaxValue)
        {
            next = session.QueryFirst(
                """
                SELECT min(id) FROM (SELECT 1 AS id UNION ALL SELECT id + 1 FROM features UNION ALL SELECT last + 1 FROM retired_ids) AS free
                WHERE NOT EXISTS (SELECT 1 FROM features f WHERE f.id = free.id)
                AND NOT EXISTS (SELECT 1 FROM retired_ids r WHERE r.first <= free.id AND r.last >= free.id)
                """,
                row => row.GetInt64(0));
        }

        return checked((int)next);
    }

    private static void AddPlannedPhases(SqliteSession session, int featureId, ImmutableArray<PhasePlan> phases, DateTimeOffset now)
    {
        foreach (PhasePlan phase in phases)
        {
            var state = new PhaseState { Number = phase.Number, Rule = PhaseRule.Of(phase) };
            AddPhaseRow(session, featureId, phase, nameof(PhaseStatus.Queued), StoreJson.Write(state), now);
        }
    }

    private static Page<StoredFeature> List(SqliteSession session, FeatureFilter filter)
    {
        int limit = Math.Clamp(filter.Limit, 1, MaxFeatures);
        string? status = filter.Status?.ToString();
        string? like = filter.Text is null ? null : $"%{EscapeLike(filter.Text.ToLowerInvariant())}%";
        long before = long.TryParse(filter.Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out long last) ? last : long.MaxValue;

        // A condition of its own for each filter: "?1 IS NULL OR status = ?1" would keep SQLite from using the index.
        string where = (status, like) switch
        {
            (null, null) => "?1 IS NULL AND ?2 IS NULL",
            (_, null) => "status = ?1 AND ?2 IS NULL",
            (null, _) => "?1 IS NULL AND search LIKE ?2 ESCAPE '\\'",
            _ => "status = ?1 AND search LIKE ?2 ESCAPE '\\'",
        };
        List<StoredFeature> rows = session.Query(
            $"SELECT {FeatureColumns} FROM features WHERE {where} AND id < ?3 ORDER BY id DESC LIMIT ?4", ToFeature, status, like, before, limit + 1);
        int total = session.QueryFirst($"SELECT count(*) FROM features WHERE {where}", row => row.GetInt32(0), status, like);
        string? next = rows.Count > limit ? rows[limit - 1].Run.FeatureId.ToString(CultureInfo.InvariantCulture) : null;
        return new Page<StoredFeature>([.. rows.Take(limit).Select(row => WithPhases(session, row, withContents: false))], next, total);
    }

    private static string EscapeLike(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("%", "\\%", StringComparison.Ordinal)
        .Replace("_", "\\_", StringComparison.Ordinal);

    private static StoredFeature ToFeature(SqliteRow row)
    {
        int id = row.GetInt32(0);
        int priority = row.GetInt32(4);
        decimal? cap = row.Text(11) is { } usd ? decimal.Parse(usd, CultureInfo.InvariantCulture) : null;
        return new StoredFeature
        {
            Plan = new FeaturePlan
            {
                Id = id,
                Title = row.GetString(1),
                Description = row.GetString(2),
                Repository = row.Text(3),
                Priority = priority,
                MaxCostUsd = cap,
                Phases = [],
            },
            Run = new FeatureRun
            {
                FeatureId = id,
                Priority = priority,
                MaxCostUsd = cap,
                Status = row.Name<FeatureStatus>(5),
                Cancelling = row.GetBoolean(6),
                Version = row.GetInt64(7),
                Inbox = StoreJson.ReadOrDefault<InboxPosition>(row.Text(8)) ?? InboxPosition.Start,
            },
            CreatedAt = row.Time(9),
            UpdatedAt = row.Time(10),
            PhaseUpdatedAt = ImmutableSortedDictionary<int, DateTimeOffset>.Empty,
        };
    }

    private static StoredFeature WithPhases(SqliteSession session, StoredFeature feature, bool withContents)
    {
        List<PhaseRow> rows = session.Query(
            withContents
                ? """
                SELECT p.number, p.plan, p.state, p.updated_at, c.content
                FROM phases p JOIN phase_contents c ON c.feature_id = p.feature_id AND c.number = p.number WHERE p.feature_id = ?1 ORDER BY p.number
                """
                : "SELECT number, plan, state, updated_at, '' FROM phases WHERE feature_id = ?1 ORDER BY number",
            row => new PhaseRow(
                row.GetInt32(0),
                StoreJson.Read<PhasePlan>(row.GetString(1)) with { Content = row.GetString(4) },
                StoreJson.ReadOrDefault<PhaseState>(row.Text(2)),
                row.Time(3)),
            feature.Run.FeatureId);
        return feature with
        {
            Plan = feature.Plan with { Phases = [.. rows.Select(r => r.Plan)] },
            Run = feature.Run with { Phases = PhaseTable.Of(rows.Select(r => r.State).OfType<PhaseState>()) },
            PhaseUpdatedAt = rows.ToImmutableSortedDictionary(r => r.Number, r => r.UpdatedAt),
        };
    }

    private sealed record PhaseRow(int Number, PhasePlan Plan, PhaseState? State, DateTimeOffset UpdatedAt);
}
