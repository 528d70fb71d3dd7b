using System.Diagnostics;
using Microsoft.Data.Sqlite;
using PhaseFlow.Embedded.Hosting;
using SQLitePCL;

namespace PhaseFlow.Embedded.Storage;

/// <summary>The one writer: a thread that takes all that is queued into one transaction, each work in its own savepoint.</summary>
internal sealed class SqliteWriter
{
    /// <summary>A group is bounded so that the first of it does not wait for too many others.</summary>
    private const int MaxGroup = 256;

    /// <summary>How long what can wait waits for company. A flush costs about as much, and what is read live may be later by that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(2);

    private readonly string _path;
    private readonly SqliteSession _session;
    private readonly Action<long> _written;
    private readonly object _gate = new();
    private readonly Queue<WriteRequest> _queue = new();
    private readonly Thread _thread;
    private DatabaseUnusableException? _fault;
    private bool _closed;
    private string? _checkpointWanted;
    private int _urgent; // of those queued, the ones that cannot wait
    private long _waitingSince;

    /// <param name="path">The file, for messages.</param>
    /// <param name="session">The connection that writes.</param>
    /// <param name="written">Told after each group how many statements have been executed so far.</param>
    public SqliteWriter(string path, SqliteSession session, Action<long> written)
    {
        _path = path;
        _session = session;
        _written = written;
        _thread = new Thread(Loop) { IsBackground = true, Name = "PhaseFlow writer" };
        _thread.Start();
    }

    public TaskCompletionSource<DatabaseUnusableException> Faulted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Commits { get; private set; }

    public void Enqueue(WriteRequest request)
    {
        Exception? refused;
        lock (_gate)
        {
            refused = _fault ?? (_closed ? new DatabaseUnusableException($"{_path} is closed.") : null);
            if (refused is null)
            {
                _queue.Enqueue(request);
                _urgent += request.CanWait ? 0 : 1;
                if (_queue.Count == 1)
                {
                    _waitingSince = Stopwatch.GetTimestamp();
                }

                if (_queue.Count == 1 || (_urgent == 1 && !request.CanWait))
                {
                    Monitor.Pulse(_gate);
                }
            }
        }

        if (refused is not null)
        {
            request.Failed(refused);
        }
    }

    /// <summary>Asks for a checkpoint between two transactions: only then can the log begin anew under constant writing.</summary>
    /// <param name="anew">Whether it must, and is tried again after each transaction until no reader is in the way.</param>
    public void WantCheckpoint(bool anew) =>
        Volatile.Write(ref _checkpointWanted, anew ? "PRAGMA wal_checkpoint(RESTART)" : "PRAGMA wal_checkpoint(PASSIVE)");

    /// <summary>Writes what is queued and ends the thread.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Loop()
    {
        var group = new List<WriteRequest>();
        while (Take(group))
        {
            try
            {
                Write(group);
            }
            catch (Exception e)
            {
                Fault(group, e);
            }

            group.Clear();
        }
    }

    private bool Take(List<WriteRequest> group)
    {
        lock (_gate)
        {
            while (_urgent == 0 && !_closed)
            {
                TimeSpan left = _queue.Count == 0 ? Timeout.InfiniteTimeSpan : Patience - Stopwatch.GetElapsedTime(_waitingSince);
                if (_queue.Count > 0 && left <= TimeSpan.Zero)
                {
                    break;
                }

                Monitor.Wait(_gate, left);
            }

            while (group.Count < MaxGroup && _queue.TryDequeue(out WriteRequest? request))
            {
                group.Add(request);
                _urgent -= request.CanWait ? 0 : 1;
            }
        }

        return group.Count > 0;
    }

    private void Write(List<WriteRequest> group)
    {
        _session.Execute("BEGIN IMMEDIATE");
        foreach (WriteRequest request in group)
        {
            RunOne(request);
        }

        CrashPoints.Pass("commit");
        _session.Execute("COMMIT");
        CrashPoints.Pass("committed");
        Commits++;
        foreach (WriteRequest request in group)
        {
            if (request.Error is { } error)
            {
                request.Failed(error);
            }
            else
            {
                request.Committed();
            }
        }

        _written(_session.Executed);
        if (Volatile.Read(ref _checkpointWanted) is { } checkpoint && TryCheckpoint(checkpoint))
        {
            Volatile.Write(ref _checkpointWanted, null);
        }
    }

    /// <summary>Makes a checkpoint; false where somebody reads just now. It is not waited for: builds of SQLite without <c>usleep</c> wait in whole seconds.</summary>
    private bool TryCheckpoint(string checkpoint)
    {
        _ = _session.QueryFirst("PRAGMA busy_timeout = 0", r => r.GetInt32(0));
        bool isBusy = _session.QueryFirst(checkpoint, r => r.GetBoolean(0));
        _ = _session.QueryFirst($"PRAGMA busy_timeout = {SqliteFile.BusyTimeout}", r => r.GetInt32(0));
        return !isBusy;
    }

    private void RunOne(WriteRequest request)
    {
        if (request.IsCancelled)
        {
            request.Error = new OperationCanceledException();
            return;
        }

        _session.Execute("SAVEPOINT work");
        try
        {
            request.Run(_session);
        }
        catch (Exception e) when (!EndsTheDatabase(e) && _session.InTransaction)
        {
            request.Error = e;
            _session.Execute("ROLLBACK TO work");
        }

        _session.Execute("RELEASE work");
    }

    // A full or failing disk is not the fault of one work: nothing after it can be trusted.
    private static bool EndsTheDatabase(Exception e) => e is SqliteException s && s.SqliteErrorCode
        is raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_NOMEM or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN;

    private void Fault(List<WriteRequest> group, Exception e)
    {
        DatabaseUnusableException fault = SqliteFile.Explain(_path, e);
        WriteRequest[] lost;
        lock (_gate)
        {
            fault = _fault ??= fault;
            lost = [.. group, .. _queue];
            _queue.Clear();
            _urgent = 0;
        }

        // Before anybody hears of it: what fails because of it is then known to.
        Faulted.TrySetResult(fault);
        foreach (WriteRequest request in lost)
        {
            request.Failed(fault);
        }
    }
}
