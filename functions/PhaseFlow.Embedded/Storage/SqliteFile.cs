using System.Buffers.Binary;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Embedded.Storage;

/// <summary>Opens connections to a database file, brings its schema up to date, and says in words why it cannot.</summary>
internal static partial class SqliteFile
{
    /// <summary>How long a connection waits for another, in milliseconds.</summary>
    public const int BusyTimeout = 5000;

    private const int UserVersionOffset = 60;
    private const int HeaderLength = 100;

    /// <summary>Refuses what is no database, or one of a newer schema, before anything is touched.</summary>
    public static void Inspect(string path, int newestKnown)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        using FileStream? file = OpenIfThere(path);
        if (file is null || file.Length == 0)
        {
            return;
        }

        if (file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength || !header.StartsWith("SQLite format 3\0"u8))
        {
            throw NotADatabase(path, null);
        }

        RefuseNewer(path, BinaryPrimitives.ReadInt32BigEndian(header[UserVersionOffset..]), newestKnown);
    }

    public static SqliteSession OpenWriter(string path)
    {
        SqliteSession session = Open(path, SqliteOpenMode.ReadWriteCreate);
        session.ExecuteScript(
            $"""
            PRAGMA busy_timeout = {BusyTimeout};
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA wal_autocheckpoint = 0;
            PRAGMA journal_size_limit = 67108864;
            PRAGMA cache_size = -16000;
            PRAGMA temp_store = MEMORY;
            """);
        return session;
    }

    public static SqliteSession OpenReader(string path)
    {
        SqliteSession session = Open(path, SqliteOpenMode.ReadOnly);
        session.ExecuteScript($"PRAGMA busy_timeout = {BusyTimeout}; PRAGMA query_only = ON; PRAGMA cache_size = -4000;");
        return session;
    }

    public static void Migrate(string path, SqliteSession session, IReadOnlyList<SchemaMigration> migrations, ILogger log)
    {
        int version = session.QueryFirst("PRAGMA user_version", r => r.GetInt32(0));
        RefuseNewer(path, version, migrations.Count);
        for (; version < migrations.Count; version++)
        {
            SchemaMigration next = migrations[version];
            CrashPoints.Pass("migrate");
            session.ExecuteScript($"BEGIN IMMEDIATE;\n{next.Script}\n;PRAGMA user_version = {version + 1};\nCOMMIT;");
            CrashPoints.Pass("migrated");
            LogMigrated(log, version + 1, next.Subject);
        }
    }

    /// <summary>Throws where nothing can be written: SQLite opens a file that is read-only, or locked by another, without a word.</summary>
    public static void RequireWritable(string path, SqliteSession session)
    {
        if (session.IsReadOnly)
        {
            throw new DatabaseUnusableException($"{path} cannot be written: it is read-only. Choose a folder that can be, with --data.");
        }

        session.ExecuteScript("BEGIN IMMEDIATE; ROLLBACK;");
    }

    /// <summary>Says what is wrong in one line for a person.</summary>
    public static DatabaseUnusableException Explain(string path, Exception e) => e switch
    {
        DatabaseUnusableException known => known,
        SqliteException { SqliteErrorCode: 11 or 26 } => NotADatabase(path, e),
        SqliteException { SqliteErrorCode: 5 or 6 } =>
            new DatabaseUnusableException($"{path} is locked by another program. Close that, or use another --data folder.", e),
        SqliteException { SqliteErrorCode: 13 } => new DatabaseUnusableException($"{path} cannot be written: the disk is full.", e),
        _ => new DatabaseUnusableException($"{path} cannot be written: {e.Message} Choose a folder that can be, with --data.", e),
    };

    private static SqliteSession Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            return new SqliteSession(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static FileStream? OpenIfThere(string path) => File.Exists(path)
        ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
        : null;

    private static void RefuseNewer(string path, int version, int newestKnown)
    {
        if (version > newestKnown)
        {
            throw new DatabaseUnusableException(
                $"{path} was written by a newer PhaseFlow (schema {version}; this one knows up to {newestKnown}). Update PhaseFlow or use another --data folder.");
        }
    }

    private static DatabaseUnusableException NotADatabase(string path, Exception? inner)
    {
        string message = $"{path} is not a database, or is damaged. Restore it from a backup, or use another --data folder.";
        return inner is null ? new DatabaseUnusableException(message) : new DatabaseUnusableException(message, inner);
    }

    [LoggerMessage(1690, LogLevel.Information, "Schema version {Version}: {Subject}.")]
    private static partial void LogMigrated(ILogger log, int version, string subject);
}
