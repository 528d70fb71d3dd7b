namespace PhaseFlow.Embedded.Storage;

/// <summary>The tables that every phase writes, in fewer trees: each tree that a transaction touches is a page to write.</summary>
internal static class FewerPagesSchema
{
    public const string Script = """
        -- The newest change is never deleted, so its cursor needs no table of its own to be remembered in.
        CREATE TABLE changes_by_cursor (
            cursor INTEGER PRIMARY KEY,
            type TEXT NOT NULL,
            feature_id INTEGER NOT NULL,
            queue_id TEXT,
            at INTEGER NOT NULL,
            data TEXT NOT NULL
        );
        INSERT INTO changes_by_cursor SELECT cursor, type, feature_id, queue_id, at, data FROM changes;
        DROP TABLE changes;
        ALTER TABLE changes_by_cursor RENAME TO changes;

        CREATE TABLE reports_by_delivery (
            queue_id TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            delivery_id TEXT NOT NULL,
            from_agent INTEGER NOT NULL,             -- whether it named the attempt's own agent
            received_at INTEGER NOT NULL,
            result TEXT NOT NULL,
            feature_id INTEGER NOT NULL,
            seq INTEGER,
            body TEXT NOT NULL,
            PRIMARY KEY (queue_id, attempt, delivery_id)
        ) WITHOUT ROWID;
        INSERT INTO reports_by_delivery
            SELECT queue_id, attempt, delivery_id, from_agent, received_at, result, feature_id, seq, body FROM reports;
        DROP TABLE reports;
        ALTER TABLE reports_by_delivery RENAME TO reports;
        CREATE UNIQUE INDEX reports_terminal ON reports (queue_id, attempt) WHERE from_agent = 1;

        -- In the order of time: what one batch adds to many instances lies together.
        CREATE TABLE engine_history_by_time (
            id INTEGER PRIMARY KEY, instance TEXT NOT NULL, generation INTEGER NOT NULL, seq INTEGER NOT NULL, events TEXT NOT NULL);
        INSERT INTO engine_history_by_time (instance, generation, seq, events) SELECT instance, generation, seq, events FROM engine_history;
        DROP TABLE engine_history;
        ALTER TABLE engine_history_by_time RENAME TO engine_history;
        CREATE UNIQUE INDEX engine_history_by_instance ON engine_history (instance, generation, seq);
        """;
}
