using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PhaseFlow.Embedded.Storage;

namespace PhaseFlow.Functions.Tests.Storage;

public sealed partial class SqliteDatabaseTests : IDisposable
{
    private static readonly SchemaMigration[] Schema = [new("numbers", "CREATE TABLE numbers (n INTEGER PRIMARY KEY, text TEXT, data BLOB)")];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_WhenItsFolderIsNotThere_MakesOneThatNobodyElseCanLookInto()
    {
        string path = Path.Combine(_folder.Path, "made", "test.db");

        await using SqliteDatabase database = SqliteDatabase.Open(path, Schema, NullLoggerFactory.Instance);

        Assert.True(File.Exists(path));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        }
    }

    [Fact]
    public async Task Open_WhenSqliteAsksForAMicrosecond_DoesNotWaitForASecond()
    {
        await using SqliteDatabase database = Open();

        Assert.Equal(1, SqliteSleep.Measure(microseconds: 1));
    }

    [Fact]
    public async Task WriteAsync_WhenDone_IsSeenByReadersAndByTheNextOpener()
    {
        await using (SqliteDatabase database = Open())
        {
            await database.WriteAsync(s => s.Execute("INSERT INTO numbers VALUES (?1, ?2, ?3)", 7L, "søven", new byte[] { 1, 2 }));
            await database.WriteAsync(s => s.Execute("INSERT INTO numbers VALUES (?1, ?2, ?3)", true, null, (ReadOnlyMemory<byte>)"utf8"u8.ToArray()));
            Assert.Equal((7L, "søven", 2), await database.ReadAsync(Row));
        }

        await using SqliteDatabase again = Open();
        Assert.Equal((7L, "søven", 2), await again.ReadAsync(Row));
        Assert.Equal("utf8", await again.ReadAsync(s => s.QueryFirst("SELECT data FROM numbers WHERE n = ?1 AND text IS NULL", r => r.GetString(0), true)));
    }

    [Fact]
    public async Task ReadAsync_WhenWritingIsAttempted_Throws()
    {
        await using SqliteDatabase database = Open();

        await Assert.ThrowsAsync<SqliteException>(() => database.ReadAsync(s => Insert(s, 1)));
        Assert.Equal(0, await CountAsync(database));
    }

    [Fact]
    public async Task ReadAsync_WhenWritesGoOn_SeesOneMoment()
    {
        await using SqliteDatabase database = Open();
        await database.WriteAsync(s => Insert(s, 1));

        (int before, int after) = await database.ReadAsync(s =>
        {
            int first = Count(s);
            database.WriteAsync(w => Insert(w, 2)).Wait();
            return (first, Count(s));
        });

        Assert.Equal((1, 1), (before, after));
        Assert.Equal(2, await CountAsync(database));
    }

    [Fact]
    public async Task Open_WhenTheSchemaIsOlder_AddsTheNewSteps()
    {
        await using (SqliteDatabase old = Open())
        {
            await old.WriteAsync(s => Insert(s, 1));
        }

        SchemaMigration[] newer = [.. Schema, new("letters", "CREATE TABLE letters (c TEXT); INSERT INTO letters VALUES ('a')")];
        await using SqliteDatabase database = SqliteDatabase.Open(_folder.Database, newer, NullLoggerFactory.Instance);

        Assert.Equal(1, await CountAsync(database));
        Assert.Equal(1, await database.ReadAsync(s => s.QueryFirst("SELECT count(*) FROM letters", r => r.GetInt32(0))));
    }

    [Fact]
    public async Task Open_WhenTheSchemaIsNewer_IsRefusedAndNothingIsTouched()
    {
        SchemaMigration[] newer = [.. Schema, new("a", "SELECT 1"), new("b", "SELECT 1")];
        await SqliteDatabase.Open(_folder.Database, newer, NullLoggerFactory.Instance).DisposeAsync();
        byte[] before = await File.ReadAllBytesAsync(_folder.Database);

        var error = Assert.Throws<DatabaseUnusableException>(() => Open());

        Assert.Equal(
            $"{_folder.Database} was written by a newer PhaseFlow (schema 3; this one knows up to 1). Update PhaseFlow or use another --data folder.", error.Message);
        Assert.Equal(before, await File.ReadAllBytesAsync(_folder.Database));
    }

    [Fact]
    public async Task Open_WhenAnotherHasItOpen_IsRefusedAndNamesIt()
    {
        await using SqliteDatabase first = Open();
        first.Announce("http://127.0.0.1:7071");

        var error = Assert.Throws<DatabaseUnusableException>(() => Open());

        Assert.Contains($"is in use by another PhaseFlow (process {Environment.ProcessId} at http://127.0.0.1:7071)", error.Message, StringComparison.Ordinal);
        await first.DisposeAsync();
        await Open().DisposeAsync();
    }

    [Fact]
    public async Task Open_WhenTheFileIsNoDatabase_IsRefusedAndTheFileIsLeftAlone()
    {
        string text = string.Join('\n', Enumerable.Repeat("this is no database", 20));
        await File.WriteAllTextAsync(_folder.Database, text);

        var error = Assert.Throws<DatabaseUnusableException>(() => Open());

        Assert.Contains("is not a database, or is damaged", error.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(_folder.Database));
    }

    [Fact]
    public void Open_WhenTheFolderCannotBeMade_IsRefused()
    {
        string file = Path.Combine(_folder.Path, "file");
        File.WriteAllText(file, string.Empty);

        var error = Assert.Throws<DatabaseUnusableException>(
            () => SqliteDatabase.Open(Path.Combine(file, "folder", "phaseflow.db"), Schema, NullLoggerFactory.Instance));

        Assert.Contains("cannot be written", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_WhenACommitFails_TheDatabaseIsFaultedForGood()
    {
        await using SqliteDatabase database = Open();
        await database.WriteAsync(s => Insert(s, 1));

        // A size limit is how a full disk looks from inside.
        await database.WriteAsync(s => s.QueryFirst("PRAGMA max_page_count = 1", r => r.GetInt32(0)));
        Task<int> full = database.WriteAsync(s => s.Execute("INSERT INTO numbers VALUES (2, ?1, NULL)", new string('x', 1_000_000)));

        await Assert.ThrowsAsync<DatabaseUnusableException>(() => full);
        Assert.Contains("the disk is full", (await database.Faulted.WaitAsync(TimeSpan.FromMinutes(2))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DatabaseUnusableException>(() => database.WriteAsync(s => Insert(s, 3)));
        Assert.Equal(1, await CountAsync(database));
    }

    [Fact]
    public async Task WriteAsync_WhenTheFileWasRemoved_TheDatabaseIsFaultedForGood()
    {
        await using SqliteDatabase database = Open();
        await database.WriteAsync(s => Insert(s, 1));
        File.Delete(database.Path);

        await Assert.ThrowsAsync<DatabaseUnusableException>(() => database.WriteAsync(s => Insert(s, 2)));

        Assert.Contains("is gone", (await database.Faulted.WaitAsync(TimeSpan.FromMinutes(2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_WhenTheFileCanOnlyBeRead_TheDatabaseIsFaultedForGood()
    {
        await using SqliteDatabase database = Open();
        await database.WriteAsync(s => Insert(s, 1));
        await database.WriteAsync(s => s.QueryFirst("PRAGMA query_only = ON", r => r.GetInt32(0)));

        await Assert.ThrowsAsync<DatabaseUnusableException>(() => database.WriteAsync(s => Insert(s, 2)));

        Assert.Contains("cannot be written", (await database.Faulted.WaitAsync(TimeSpan.FromMinutes(2))).Message, StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync(database));
    }

    [Fact]
    public async Task Open_WhenAnotherProgramHoldsTheFile_IsRefused()
    {
        await Open().DisposeAsync();
        using (SqliteSession other = SqliteFile.OpenWriter(_folder.Database))
        {
            other.Execute("BEGIN IMMEDIATE");

            Assert.Contains("is locked by another program", Assert.Throws<DatabaseUnusableException>(() => Open()).Message, StringComparison.Ordinal);
        }

        await Open().DisposeAsync();
    }

    [Fact]
    public async Task WriteAsync_WhenTheLogGrows_ItIsMovedIntoTheDatabase()
    {
        await using SqliteDatabase database = Open();
        for (int i = 0; i < 60; i++)
        {
            int from = i * 500;
            await database.WriteAsync(s => Enumerable.Range(from, 500).Sum(n => s.Execute("INSERT INTO numbers VALUES (?1, ?2, NULL)", n, new string('x', 500))));
        }

        await Engine.EngineHost.UntilAsync(() => Task.FromResult(new FileInfo(_folder.Database).Length > 1_000_000), "a checkpoint");
        Assert.Equal(30_000, await CountAsync(database));
    }

    private static int Insert(SqliteSession session, int n) => session.Execute("INSERT INTO numbers (n) VALUES (?1)", n);

    private static int Count(SqliteSession session) => session.QueryFirst("SELECT count(*) FROM numbers", r => r.GetInt32(0));

    private static Task<int> CountAsync(SqliteDatabase database) => database.ReadAsync(Count);

    private static (long N, string Text, int Length) Row(SqliteSession session) => session.QueryFirst(
        "SELECT n, text, length(data) FROM numbers WHERE n = 7", r => (r.GetInt64(0), r.GetString(1), r.GetInt32(2)));

    private SqliteDatabase Open(TimeSpan? patience = null) => SqliteDatabase.Open(_folder.Database, Schema, NullLoggerFactory.Instance, patience);
}
