using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using PhaseFlow.Embedded.Engine.Orchestrations;
using PhaseFlow.Embedded.Storage;

namespace PhaseFlow.Embedded.Engine.Persistence;

/// <summary>Keeps the engine's state in the database.</summary>
internal sealed class SqliteEngineStorage(SqliteDatabase database) : IEngineStorage
{
    private const string Columns = "i.id, i.name, i.status, i.generation, i.next_seq, i.created_at, i.updated_at, i.output, i.custom_status, i.tags";

    public RecoveredState Recover() => database.WriteAsync(session =>
    {
        session.Execute("UPDATE engine_epoch SET epoch = epoch + 1");
        return new RecoveredState(
            session.QueryFirst("SELECT epoch FROM engine_epoch", r => r.GetInt64(0)),
            session.Query("SELECT id, instance, generation, task_id, name, input FROM engine_activities ORDER BY id", ReadActivity),
            session.Query("SELECT id, due, kind, target, generation, task_id, name, payload FROM engine_timers ORDER BY id", ReadTimer),
            session.Query(
                "SELECT id, kind, target, name, payload, caller, generation, task_id, due FROM engine_messages ORDER BY id", ReadMessage));
    }).GetAwaiter().GetResult();

    public InstanceRow? LoadInstance(string id) => database.Read(s => Find(s, id, withData: true));

    public List<HistoryEvent> LoadHistory(string id, long generation) => database.Read(session =>
    {
        var events = new List<HistoryEvent>();
        foreach (string chunk in session.Query(
            "SELECT events FROM engine_history WHERE instance = ?1 AND generation = ?2 ORDER BY seq", r => r.GetString(0), id, generation))
        {
            HistoryCodec.Read(chunk, events);
        }

        return events;
    });

    public EntityRow? LoadEntity(EntityInstanceId id) => database.Read(s => Find(s, id));

    public void Commit(EngineBatch batch, Action<Exception?> done) => database.Enqueue(new BatchRequest(batch, done));

    public bool Defer(Action turn) => database.Defer(turn);

    public Task<InstanceRow?> GetInstanceAsync(string id, bool withData, CancellationToken ct) =>
        database.ReadAsync(s => Find(s, id, withData), ct);

    public Task<List<InstanceRow>> QueryAsync(OrchestrationQuery filter, string? after, int limit, CancellationToken ct)
    {
        string? statuses = filter.Statuses is null ? null : "," + string.Concat(filter.Statuses.Select(s => $"{(int)s},"));
        string? prefix = filter.InstanceIdPrefix;
        return database.ReadAsync(
            session => session.Query(
                $"""
                SELECT {Columns}, n.input FROM engine_instances i LEFT JOIN engine_inputs n ON ?7 AND n.id = i.id
                WHERE i.id > ?1 AND i.id >= ?2 AND substr(i.id, 1, length(?2)) = ?2
                  AND (?3 IS NULL OR i.created_at >= ?3) AND (?4 IS NULL OR i.created_at <= ?4)
                  AND (?5 IS NULL OR instr(?5, ',' || i.status || ',') > 0)
                ORDER BY i.id LIMIT ?6
                """,
                ReadInstance,
                after ?? string.Empty,
                prefix ?? string.Empty,
                filter.CreatedFrom?.UtcTicks,
                filter.CreatedTo?.UtcTicks,
                statuses,
                limit,
                filter.FetchInputsAndOutputs),
            ct);
    }

    public Task<EntityRow?> GetEntityAsync(EntityInstanceId id, CancellationToken ct) => database.ReadAsync(s => Find(s, id), ct);

    private static InstanceRow? Find(SqliteSession session, string id, bool withData) => withData
        ? session.QueryFirst($"SELECT {Columns}, n.input FROM engine_instances i LEFT JOIN engine_inputs n ON n.id = i.id WHERE i.id = ?1", ReadInstance, id)
        : session.QueryFirst($"SELECT {Columns}, NULL FROM engine_instances i WHERE i.id = ?1", ReadInstance, id);

    private static EntityRow? Find(SqliteSession session, EntityInstanceId id) => session.QueryFirst(
        "SELECT state, updated_at FROM engine_entities WHERE name = ?1 AND key = ?2", r => new EntityRow(id, r.GetString(0), Time(r, 1)), id.Name, id.Key);

    private static InstanceRow ReadInstance(SqliteRow r) => new(
        r.GetString(0),
        r.GetString(1),
        (OrchestrationRuntimeStatus)r.GetInt32(2),
        r.GetInt64(3),
        r.GetInt32(4),
        Time(r, 5),
        Time(r, 6),
        Text(r, 7),
        Text(r, 8),
        Text(r, 9))
    {
        Input = Text(r, 10),
    };

    private static ActivityRow ReadActivity(SqliteRow r) =>
        new(r.GetInt64(0), r.GetString(1), r.GetInt64(2), r.GetInt32(3), r.GetString(4), Text(r, 5));

    private static TimerRow ReadTimer(SqliteRow r) =>
        new(r.GetInt64(0), Time(r, 1), (TimerKind)r.GetInt32(2), r.GetString(3), r.GetInt64(4), r.GetInt32(5), Text(r, 6), Text(r, 7));

    private static EngineMessage ReadMessage(SqliteRow r) => new((MessageKind)r.GetInt32(1), r.GetString(2))
    {
        StoredId = r.GetInt64(0),
        Name = r.GetString(3),
        Payload = Text(r, 4),
        Caller = Text(r, 5),
        Generation = r.GetInt64(6),
        TaskId = r.GetInt32(7),
        Due = Time(r, 8),
    };

    private static DateTime Time(SqliteRow r, int column) => new(r.GetInt64(column), DateTimeKind.Utc);

    private static string? Text(SqliteRow r, int column) => r.IsDBNull(column) ? null : r.GetString(column);

    private sealed class BatchRequest(EngineBatch batch, Action<Exception?> done) : WriteRequest
    {
        // Without effects it is the result of an activity from which nothing follows yet: were it lost, the activity would run again.
        public override bool CanWait => batch.IsFollowed || !batch.HasEffects;

        public override void Run(SqliteSession session) => SqliteBatchWriter.Write(session, batch);

        public override void Committed() => done(null);

        public override void Failed(Exception error) => done(error);
    }
}
