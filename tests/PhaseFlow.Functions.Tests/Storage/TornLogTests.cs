using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PhaseFlow.Embedded.Storage;

namespace PhaseFlow.Functions.Tests.Storage;

/// <summary>A machine that stops while the last transaction is being written: any part of it may be on the disk, and none of it counts.</summary>
public sealed class TornLogTests : IDisposable
{
    // Small pages make the last transaction short enough to be cut at each of its bytes.
    private const int PageSize = 512;

    private static readonly string[] Tables = ["first", "second", "third"];
    private static readonly SchemaMigration[] Schema =
    [
        new("tables", string.Concat(Tables.Select(t => $"CREATE TABLE {t} (id INTEGER PRIMARY KEY, n INTEGER NOT NULL); INSERT INTO {t} VALUES (1, 0);"))),
    ];

    private readonly TempFolder _folder = new();

    // Thousands of copies; in memory where that is to be had.
    private readonly string _copies = Directory.Exists("/dev/shm") ? Path.Combine("/dev/shm", Path.GetRandomFileName()) : Directory.CreateTempSubdirectory().FullName;

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_copies, recursive: true);
    }

    [Theory]
    [InlineData(false)] // the file ends there
    [InlineData(true)] // the file has its length, and zeros from there on
    public async Task Open_WhenTheLogIsTornAtAnyByteOfTheLastTransaction_FindsTheStateBeforeIt(bool isZeroed)
    {
        MakeSmallPages();
        Directory.CreateDirectory(_copies);
        byte[] database;
        byte[] log;
        long before;
        await using (SqliteDatabase open = SqliteDatabase.Open(_folder.Database, Schema, NullLoggerFactory.Instance))
        {
            await SetAsync(open, 1);
            before = new FileInfo(_folder.Database + "-wal").Length;
            await SetAsync(open, 2);
            database = Read(_folder.Database);
            log = Read(_folder.Database + "-wal");
        }

        Assert.InRange(log.Length - before, Tables.Length * PageSize, 10 * PageSize);
        for (long length = before; length <= log.Length; length++)
        {
            byte[] torn = log[..(int)length];
            Array.Resize(ref torn, isZeroed ? log.Length : torn.Length);

            // A cut within zeros that were zeros anyway is no cut.
            int expected = torn.AsSpan().SequenceEqual(log) ? 2 : 1;
            string found = StateOf(database, torn);
            Assert.True(found == $"{expected} {expected} {expected} ok", $"cut at byte {length - before} of {log.Length - before}: {found}");
        }
    }

    private string StateOf(byte[] database, byte[] log)
    {
        string path = Path.Combine(_copies, "torn.db");
        foreach (string old in Directory.GetFiles(_copies))
        {
            File.Delete(old);
        }

        File.WriteAllBytes(path, database);
        File.WriteAllBytes(path + "-wal", log);
        using SqliteSession session = SqliteFile.OpenWriter(path);

        // Nothing is written that should last: that of thousands of copies would only take time.
        session.ExecuteScript("PRAGMA synchronous = OFF");
        IEnumerable<string?> values = Tables.Select(t => session.QueryFirst($"SELECT n FROM {t}", row => row.GetInt32(0)).ToString(System.Globalization.CultureInfo.InvariantCulture));
        return string.Join(' ', values.Append(session.QueryFirst("PRAGMA integrity_check", row => row.GetString(0))));
    }

    private static Task<int> SetAsync(SqliteDatabase database, int n) =>
        database.WriteAsync(session => Tables.Sum(t => session.Execute($"UPDATE {t} SET n = ?1", n)));

    private void MakeSmallPages()
    {
        SQLitePCL.Batteries_V2.Init();
        using var connection = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"PRAGMA page_size = {PageSize}; PRAGMA journal_mode = WAL; CREATE TABLE made (x)";
        command.ExecuteNonQuery();
    }

    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
