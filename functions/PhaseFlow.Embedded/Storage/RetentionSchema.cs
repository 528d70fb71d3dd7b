namespace PhaseFlow.Embedded.Storage;

/// <summary>What the removal of features needs.</summary>
internal static class RetentionSchema
{
    public const string Script = """
        CREATE INDEX features_ended ON features (updated_at, id) WHERE status IN ('Completed', 'Failed', 'Cancelled');
        CREATE INDEX idempotency_by_feature ON idempotency (feature_id);

        -- Features that were taken out and of which something is left.
        CREATE TABLE removals (feature_id INTEGER PRIMARY KEY);

        -- Their attempts: what they left outside of this file is found by these.
        CREATE TABLE removed_attempts (
            feature_id INTEGER NOT NULL,
            phase_number INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            adw_id TEXT NOT NULL,
            workflow_type TEXT NOT NULL,
            PRIMARY KEY (feature_id, phase_number, attempt)
        ) WITHOUT ROWID;

        -- The ids of all features that are gone, as ranges that neither meet nor overlap: there are never more of them than features that are left, and one.
        CREATE TABLE retired_ids (
            first INTEGER PRIMARY KEY,
            last INTEGER NOT NULL
        );
        """;
}
