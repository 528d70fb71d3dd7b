using PhaseFlow.Embedded.Storage;

namespace PhaseFlow.Embedded.Engine.Persistence;

/// <summary>Writes the changes of a batch, within the transaction at hand.</summary>
internal static class SqliteBatchWriter
{
    public static void Write(SqliteSession session, EngineBatch batch)
    {
        foreach (string id in batch.Dropped)
        {
            session.Execute("DELETE FROM engine_history WHERE instance = ?1", id);
        }

        foreach ((string id, InstanceRow? row) in batch.Instances)
        {
            Write(session, id, row);
        }

        foreach ((string id, string? input) in batch.Inputs)
        {
            Write(session, id, input);
        }

        foreach (HistoryChunk chunk in batch.History)
        {
            session.Execute(
                "INSERT INTO engine_history (instance, generation, seq, events) VALUES (?1, ?2, ?3, ?4)",
                chunk.Instance,
                chunk.Generation,
                chunk.Seq,
                HistoryCodec.Write(chunk.Events));
        }

        WriteOpen(session, batch);
        foreach (EntityRow row in batch.Entities.Values)
        {
            Write(session, row);
        }
    }

    private static void Write(SqliteSession session, string id, InstanceRow? row)
    {
        if (row is null)
        {
            session.Execute("DELETE FROM engine_instances WHERE id = ?1", id);
            session.Execute("DELETE FROM engine_inputs WHERE id = ?1", id);
            return;
        }

        session.Execute(
            """
            INSERT INTO engine_instances (id, name, status, generation, next_seq, created_at, updated_at, output, custom_status, tags)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT (id) DO UPDATE SET name = ?2, status = ?3, generation = ?4, next_seq = ?5, created_at = ?6, updated_at = ?7,
                output = ?8, custom_status = ?9, tags = ?10
            """,
            id,
            row.Name,
            (int)row.Status,
            row.Generation,
            row.NextSeq,
            row.CreatedAt.Ticks,
            row.UpdatedAt.Ticks,
            row.Output,
            row.CustomStatus,
            row.Tags);
    }

    private static void Write(SqliteSession session, string id, string? input)
    {
        if (input is null)
        {
            session.Execute("DELETE FROM engine_inputs WHERE id = ?1", id);
        }
        else
        {
            session.Execute("INSERT INTO engine_inputs (id, input) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET input = ?2", id, input);
        }
    }

    private static void WriteOpen(SqliteSession session, EngineBatch batch)
    {
        foreach (long id in batch.Activities.Removed)
        {
            session.Execute("DELETE FROM engine_activities WHERE id = ?1", id);
        }

        foreach (ActivityRow a in batch.Activities.Added)
        {
            session.Execute(
                "INSERT INTO engine_activities (id, instance, generation, task_id, name, input) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                a.Id,
                a.Instance,
                a.Generation,
                a.TaskId,
                a.Name,
                a.Input);
        }

        foreach (long id in batch.Timers.Removed)
        {
            session.Execute("DELETE FROM engine_timers WHERE id = ?1", id);
        }

        foreach (TimerRow t in batch.Timers.Added)
        {
            session.Execute(
                "INSERT INTO engine_timers (id, due, kind, target, generation, task_id, name, payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                t.Id,
                t.Due.Ticks,
                (int)t.Kind,
                t.Target,
                t.Generation,
                t.TaskId,
                t.Name,
                t.Payload);
        }

        foreach (long id in batch.Messages.Removed)
        {
            session.Execute("DELETE FROM engine_messages WHERE id = ?1", id);
        }

        foreach (EngineMessage m in batch.Messages.Added)
        {
            session.Execute(
                """
                INSERT INTO engine_messages (id, kind, target, name, payload, caller, generation, task_id, due)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                """,
                m.StoredId,
                (int)m.Kind,
                m.Target,
                m.Name,
                m.Payload,
                m.Caller,
                m.Generation,
                m.TaskId,
                m.Due.Ticks);
        }
    }

    private static void Write(SqliteSession session, EntityRow row)
    {
        if (row.State is null)
        {
            session.Execute("DELETE FROM engine_entities WHERE name = ?1 AND key = ?2", row.Id.Name, row.Id.Key);
        }
        else
        {
            session.Execute(
                """
                INSERT INTO engine_entities (name, key, state, updated_at) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (name, key) DO UPDATE SET state = ?3, updated_at = ?4
                """,
                row.Id.Name,
                row.Id.Key,
                row.State,
                row.UpdatedAt.Ticks);
        }
    }
}
