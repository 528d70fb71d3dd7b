using Microsoft.Data.Sqlite;

namespace PhaseFlow.Benchmarks.Growth;

/// <summary>What a host keeps on disk, looked at from outside while it works.</summary>
internal sealed class DataFiles(string folder)
{
    /// <summary>The tables that something of each feature or change lies in.</summary>
    public static IReadOnlyList<string> Tables { get; } =
    [
        "features", "phases", "phase_contents", "attempts", "inbox", "reports", "changes", "idempotency", "issues", "issue_comments",
        "removals", "removed_attempts", "retired_ids", "engine_instances", "engine_inputs", "engine_history", "engine_activities", "engine_timers", "engine_messages",
    ];

    private readonly string _path = Path.Combine(folder, "phaseflow.db");

    /// <summary>In MB.</summary>
    public double File => Size(_path);

    /// <summary>In MB.</summary>
    public double Log => Size(_path + "-wal");

    public Dictionary<string, long> Rows() => Tables.ToDictionary(t => t, t => Number($"SELECT count(*) FROM {t}"));

    /// <summary>How long ago the oldest feature ended, in seconds; 0 where none has.</summary>
    public double OldestEnd()
    {
        long at = Number("SELECT coalesce(min(updated_at), 0) FROM features WHERE status IN ('Completed', 'Failed', 'Cancelled')");
        return at == 0 ? 0 : (TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(at)).TotalSeconds;
    }

    public long Number(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_path};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is this program's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }

    private static double Size(string path) => System.IO.File.Exists(path) ? new FileInfo(path).Length / (1024.0 * 1024) : 0;
}
