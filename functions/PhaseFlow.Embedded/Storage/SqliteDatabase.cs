using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PhaseFlow.Embedded.Storage;

/// <summary>The one file that everything is kept in: one writer with group commit, any number of readers.</summary>
/// <remarks>
/// A commit that fails (full disk, I/O error) ends the database for good: every write after it throws <see cref="DatabaseUnusableException"/>,
/// and the process should end. One process at a time may have the file open.
/// </remarks>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    /// <summary>What a flush costs, about: what is read live may be later by that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(2);

    private readonly DatabaseLock _lock;
    private readonly SqliteSession _writeSession;
    private readonly SqliteWriter _writer;
    private readonly SqliteCheckpointer _checkpointer;
    private readonly ConcurrentBag<SqliteSession> _readers = [];
    private readonly SemaphoreSlim _readSlots = new(Environment.ProcessorCount * 4);
    private int _disposed;

    private SqliteDatabase(string path, DatabaseLock held, SqliteSession writeSession, TimeSpan patience, ILogger log)
    {
        Path = path;
        _lock = held;
        _writeSession = writeSession;
        _checkpointer = new SqliteCheckpointer(SqliteFile.OpenWriter(path), anew => _writer!.WantCheckpoint(anew), log);
        _writer = new SqliteWriter(path, writeSession, _checkpointer.Written, patience);
    }

    public string Path { get; }

    /// <summary>Done, with the reason, when the database can no longer be written.</summary>
    public Task<DatabaseUnusableException> Faulted => _writer.Faulted.Task;

    /// <summary>How many transactions have been committed.</summary>
    internal long Commits => _writer.Commits;

    /// <summary>Opens or creates the database with the whole schema of the app.</summary>
    public static SqliteDatabase Open(string path, ILoggerFactory log) => Open(path, SchemaMigrations.All, log);

    /// <summary>Opens or creates the database and brings its schema up to the given one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="migrations">The schema.</param>
    /// <param name="log">For what is noticed.</param>
    /// <param name="patience">How long a write may wait for company that saves it a flush; 2 ms unless told.</param>
    /// <exception cref="DatabaseUnusableException">It cannot be used; the message says why.</exception>
    public static SqliteDatabase Open(string path, IReadOnlyList<SchemaMigration> migrations, ILoggerFactory log, TimeSpan? patience = null)
    {
        SqliteSleep.EnsureFine();
        path = System.IO.Path.GetFullPath(path);
        DatabaseLock? held = null;
        SqliteSession? session = null;
        try
        {
            ILogger logger = log.CreateLogger<SqliteDatabase>();
            PrivateFolder.Create(System.IO.Path.GetDirectoryName(path)!);
            SqliteFile.Inspect(path, migrations.Count);
            held = DatabaseLock.Take(path);
            session = SqliteFile.OpenWriter(path);
            SqliteFile.Migrate(path, session, migrations, logger);
            SqliteFile.RequireWritable(path, session);
            return new SqliteDatabase(path, held, session, patience ?? Patience, logger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException or DatabaseUnusableException)
        {
            session?.Dispose();
            held?.Dispose();
            throw SqliteFile.Explain(path, e);
        }
    }

    /// <summary>Notes the address at which this process answers, so that a second one can name it.</summary>
    public void Announce(string address) => _lock.Announce(address);

    /// <summary>Does the work in the next transaction; done when that is on disk. What the work throws undoes only the work itself.</summary>
    public Task<T> WriteAsync<T>(Func<SqliteSession, T> work, CancellationToken ct = default) => WriteAsync(work, canWait: false, written: null, ct);

    /// <inheritdoc cref="WriteAsync{T}(Func{SqliteSession, T}, CancellationToken)"/>
    /// <param name="work">The work.</param>
    /// <param name="canWait">Whether it may wait a moment for company: see <see cref="WriteRequest.CanWait"/>.</param>
    /// <param name="written">Told of the result before it is on disk: see <see cref="WriteRequest.Written"/>.</param>
    /// <param name="ct">Gives up, as long as it is not begun.</param>
    public Task<T> WriteAsync<T>(Func<SqliteSession, T> work, bool canWait, Func<T, bool>? written, CancellationToken ct)
    {
        var request = new WriteRequest<T>(work, canWait, written, ct);
        _writer.Enqueue(request);
        return request.Task;
    }

    /// <summary>Reads in one transaction: all that was written before the call, and nothing half. A read takes microseconds, less than a change of threads.</summary>
    public async Task<T> ReadAsync<T>(Func<SqliteSession, T> work, CancellationToken ct = default)
    {
        await _readSlots.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            return Read(work);
        }
        finally
        {
            _readSlots.Release();
        }
    }

    /// <summary>As <see cref="ReadAsync{T}"/>, on the calling thread.</summary>
    public T Read<T>(Func<SqliteSession, T> work)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (!_readers.TryTake(out SqliteSession? session))
        {
            session = SqliteFile.OpenReader(Path);
        }

        try
        {
            session.Execute("BEGIN");
            try
            {
                return work(session);
            }
            finally
            {
                session.Execute("COMMIT");
            }
        }
        finally
        {
            _readers.Add(session);
            if (_disposed != 0)
            {
                CloseReaders();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await Task.Run(Close).ConfigureAwait(false);
    }

    /// <summary>Queues a request whose completion runs on the writer's thread, in order.</summary>
    internal void Enqueue(WriteRequest request) => _writer.Enqueue(request);

    /// <inheritdoc cref="SqliteWriter.Defer"/>
    internal bool Defer(Action action) => _writer.Defer(action);

    private void Close()
    {
        _writer.Close();
        _checkpointer.Dispose();
        CloseReaders();
        _writeSession.Dispose(); // the last connection of a database moves its log into it and deletes the log
        _lock.Dispose();
    }

    private void CloseReaders()
    {
        while (_readers.TryTake(out SqliteSession? session))
        {
            session.Dispose();
        }
    }
}
