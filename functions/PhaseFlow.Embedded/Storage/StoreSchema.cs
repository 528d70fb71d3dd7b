using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Storage;

/// <summary>The tables of the app's own store.</summary>
/// <remarks>
/// Times are milliseconds since 1970 (UTC). What is only ever read whole is JSON (<see cref="StoreJson"/>); what is asked for has a column.
/// Statuses are the names of their enums.
/// </remarks>
internal static class StoreSchema
{
    public const string Script = """
        CREATE TABLE features (
            id INTEGER PRIMARY KEY,
            title TEXT NOT NULL,
            repository TEXT,
            priority INTEGER NOT NULL,
            status TEXT NOT NULL,
            cancelling INTEGER NOT NULL DEFAULT 0,
            version INTEGER NOT NULL DEFAULT 0,
            inbox TEXT,                              -- what the run has applied; null for nothing
            last_seq INTEGER NOT NULL DEFAULT 0,     -- the newest entry of its inbox
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            description TEXT NOT NULL,
            search TEXT NOT NULL                     -- title, description and repository in lower case
        );
        CREATE INDEX features_by_status ON features (status, id);
        -- The open rows of both tables are few whatever has finished; SQLite must be told (INDEXED BY) that walking them is cheap.
        CREATE INDEX features_open ON features (id) WHERE status IN ('InProgress', 'Suspended');

        CREATE TABLE phases (
            feature_id INTEGER NOT NULL,
            number INTEGER NOT NULL,
            plan TEXT NOT NULL,                      -- without the content
            status TEXT,                             -- null until the run has the phase
            attempt INTEGER NOT NULL DEFAULT 0,
            issue_number INTEGER,
            state TEXT,                              -- the row of the run; null until the run has the phase
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (feature_id, number)
        ) WITHOUT ROWID;

        -- Apart, so that what lists phases reads no prompts.
        CREATE TABLE phase_contents (
            feature_id INTEGER NOT NULL,
            number INTEGER NOT NULL,
            content TEXT NOT NULL,
            PRIMARY KEY (feature_id, number)
        );

        CREATE TABLE attempts (
            queue_id TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            feature_id INTEGER NOT NULL,
            phase_number INTEGER NOT NULL,
            adw_id TEXT NOT NULL,
            workflow_type TEXT NOT NULL,
            status TEXT NOT NULL,
            launched_at INTEGER NOT NULL,
            heartbeat_at INTEGER,
            reported_at INTEGER,
            completed INTEGER,
            error TEXT,
            usage TEXT,
            PRIMARY KEY (queue_id, attempt)
        ) WITHOUT ROWID;
        CREATE INDEX attempts_by_feature ON attempts (feature_id, phase_number, attempt);
        CREATE INDEX attempts_live ON attempts (workflow_type) WHERE status = 'Live';

        CREATE TABLE inbox (
            feature_id INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            received_at INTEGER NOT NULL,
            report TEXT,
            command TEXT,
            outcome TEXT,                            -- null while it is open
            reason TEXT,
            settled_at INTEGER,
            PRIMARY KEY (feature_id, seq)
        ) WITHOUT ROWID;
        CREATE INDEX inbox_open_by_feature ON inbox (feature_id, seq) WHERE outcome IS NULL;

        -- Every report as it came. One that is stale has no entry in the inbox: it must not leave a gap in what a run has applied.
        CREATE TABLE reports (
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
        );
        CREATE UNIQUE INDEX reports_terminal ON reports (queue_id, attempt) WHERE from_agent = 1;

        CREATE TABLE changes (
            cursor INTEGER PRIMARY KEY AUTOINCREMENT,
            type TEXT NOT NULL,
            feature_id INTEGER NOT NULL,
            queue_id TEXT,
            at INTEGER NOT NULL,
            data TEXT NOT NULL
        );

        CREATE TABLE idempotency (
            key TEXT PRIMARY KEY,
            digest TEXT NOT NULL,
            feature_id INTEGER NOT NULL,
            created_at INTEGER NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE issues (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            marker TEXT NOT NULL UNIQUE,
            repository TEXT,
            title TEXT NOT NULL,
            labels TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            body TEXT NOT NULL
        );

        CREATE TABLE issue_comments (
            number INTEGER NOT NULL,
            marker TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            body TEXT NOT NULL,
            UNIQUE (number, marker)
        );

        CREATE TABLE write_checks (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            checks INTEGER NOT NULL
        );
        """;
}
