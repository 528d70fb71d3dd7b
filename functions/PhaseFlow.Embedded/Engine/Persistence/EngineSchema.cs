namespace PhaseFlow.Embedded.Engine.Persistence;

/// <summary>The tables of the engine. Times are UTC ticks; ids of activities, timers and messages and generations come from one counter.</summary>
internal static class EngineSchema
{
    public const string Script =
        """
        CREATE TABLE engine_epoch (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL);
        INSERT INTO engine_epoch (id, epoch) VALUES (1, 0);

        CREATE TABLE engine_instances (
            id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, status INTEGER NOT NULL, generation INTEGER NOT NULL, next_seq INTEGER NOT NULL,
            created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, output TEXT, custom_status TEXT, tags TEXT);

        -- Apart, so that a step does not write the input again.
        CREATE TABLE engine_inputs (id TEXT PRIMARY KEY NOT NULL, input TEXT NOT NULL);

        -- One row holds the events that one batch added to an instance.
        CREATE TABLE engine_history (
            instance TEXT NOT NULL, generation INTEGER NOT NULL, seq INTEGER NOT NULL, events TEXT NOT NULL,
            PRIMARY KEY (instance, generation, seq)) WITHOUT ROWID;

        CREATE TABLE engine_activities (
            id INTEGER PRIMARY KEY, instance TEXT NOT NULL, generation INTEGER NOT NULL, task_id INTEGER NOT NULL, name TEXT NOT NULL, input TEXT);

        CREATE TABLE engine_timers (
            id INTEGER PRIMARY KEY, due INTEGER NOT NULL, kind INTEGER NOT NULL, target TEXT NOT NULL, generation INTEGER NOT NULL,
            task_id INTEGER NOT NULL, name TEXT, payload TEXT);

        CREATE TABLE engine_messages (
            id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, target TEXT NOT NULL, name TEXT NOT NULL, payload TEXT, caller TEXT,
            generation INTEGER NOT NULL, task_id INTEGER NOT NULL, due INTEGER NOT NULL);

        CREATE TABLE engine_entities (
            name TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID;
        """;
}
