using System.Diagnostics;
using Microsoft.Data.Sqlite;
using PhaseFlow.Embedded.Hosting;
using SQLitePCL;

namespace PhaseFlow.Embedded.Storage;

/// <summary>The one writer: a thread that takes all that is queued into one transaction. What fails of it is undone alone.</summary>
internal sealed class SqliteWriter
{
    /// <summary>A group is bounded so that the first of it does not wait for too many others.</summary>
    private const int MaxGroup = 256;

    /// <summary>How often a transaction takes up what has come since it began.</summary>
    private const int MaxRounds = 4;

    private readonly string _path;
    private readonly SqliteSession _session;
    private readonly Action<long> _written;
    private readonly TimeSpan _patience;
    private readonly object _gate = new();
    private readonly Queue<WriteRequest> _queue = new();
    private readonly List<Action> _deferred = [];
    private readonly Thread _thread;
    private bool _isTelling; // of the writer's thread alone
    private DatabaseUnusableException? _fault;
    private bool _closed;
    private string? _checkpointWanted;
    private int _urgent; // of those queued, the ones that cannot wait
    private long _waitingSince; // the first of them
    private long _begun; // the first of the transaction at hand

    /// <param name="path">The file, for messages.</param>
    /// <param name="session">The connection that writes.</param>
    /// <param name="written">Told after each group how many statements have been executed so far.</param>
    /// <param name="patience">How long what can wait waits for company, and a transaction for what is about to follow from it.</param>
    public SqliteWriter(string path, SqliteSession session, Action<long> written, TimeSpan patience)
    {
        _path = path;
        _session = session;
        _written = written;
        _patience = patience;
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

    /// <summary>
    /// On the writer's thread, while it tells of a group: true, and <paramref name="action"/> is called when it has told of all, once however often it is asked for. Else false.
    /// </summary>
    public bool Defer(Action action)
    {
        if (Thread.CurrentThread != _thread || !_isTelling)
        {
            return false;
        }

        if (!_deferred.Contains(action))
        {
            _deferred.Add(action);
        }

        return true;
    }

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

    /// <summary>Waits for what begins the next transaction; false at the end.</summary>
    private bool Take(List<WriteRequest> group)
    {
        lock (_gate)
        {
            while (_queue.Count == 0 && !_closed)
            {
                Monitor.Wait(_gate);
            }

            _begun = _waitingSince;
            Dequeue(group);
        }

        return group.Count > 0;
    }

    /// <summary>Takes what has come since the transaction began, and waits for it where the transaction can; false where nothing has.</summary>
    /// <param name="group">What is in it already.</param>
    /// <param name="isHurried">Whether somebody in it cannot wait: then only what cannot wait either is taken up, and what may wait is left for the next.</param>
    /// <param name="isFollowed">Whether what cannot wait is about to come.</param>
    private bool TakeMore(List<WriteRequest> group, bool isHurried, bool isFollowed)
    {
        lock (_gate)
        {
            long since = isHurried ? Stopwatch.GetTimestamp() : _begun;
            TimeSpan patience = isHurried && !isFollowed ? TimeSpan.Zero : _patience;
            while (_urgent == 0 && !_closed)
            {
                TimeSpan left = patience - Stopwatch.GetElapsedTime(since);
                if (left <= TimeSpan.Zero)
                {
                    return false;
                }

                if (!isHurried && _queue.Count > 0)
                {
                    break;
                }

                // In whole milliseconds, rounded up: the last of them is slept too.
                Monitor.Wait(_gate, (int)Math.Ceiling(left.TotalMilliseconds));
            }

            return Dequeue(group);
        }
    }

    private bool Dequeue(List<WriteRequest> group)
    {
        int before = group.Count;
        while (group.Count < MaxGroup && _queue.TryDequeue(out WriteRequest? request))
        {
            group.Add(request);
            _urgent -= request.CanWait ? 0 : 1;
        }

        return group.Count > before;
    }

    private void Write(List<WriteRequest> group)
    {
        Run(group);
        if (!File.Exists(_path))
        {
            // A commit would succeed, into a file that nobody finds again.
            throw new DatabaseUnusableException($"{_path} is gone: somebody has removed it while it was in use.");
        }

        CrashPoints.Pass("commit");
        _session.Execute("COMMIT");
        CrashPoints.Pass("committed");
        Commits++;
        _isTelling = true;
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

        DoDeferred();
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

    private void DoDeferred()
    {
        _isTelling = false;
        Action[] deferred = [.. _deferred];
        _deferred.Clear();
        foreach (Action action in deferred)
        {
            action();
        }
    }

    /// <summary>
    /// Runs the group, and what comes meanwhile, in a transaction that is left open. What can wait for company is written while it waits, so that who comes in a hurry finds it done.
    /// </summary>
    private void Run(List<WriteRequest> group)
    {
        int told = 0;
        int rounds = 0;
        bool isHurried = false;
        bool isFollowed;
        _session.Execute("BEGIN IMMEDIATE");
        int done = 0;
        do
        {
            while (done < group.Count)
            {
                if (group[done].Error is null && !TryRun(group[done]))
                {
                    // All is undone, and done again without it. Not with savepoints: with many pages in one SQLite 3.35 crashed.
                    _session.Execute("ROLLBACK");
                    _session.Execute("BEGIN IMMEDIATE");
                    done = 0;
                    continue;
                }

                done++;
            }

            isFollowed = false;
            _isTelling = true;
            for (; told < group.Count; told++)
            {
                isHurried |= !group[told].CanWait;
                isFollowed |= group[told].Error is null && group[told].Written();
            }

            DoDeferred();
            rounds += isHurried ? 1 : 0;
        }
        while (rounds < MaxRounds && TakeMore(group, isHurried, isFollowed));
    }

    /// <summary>False where it failed, for a reason that is its own.</summary>
    private bool TryRun(WriteRequest request)
    {
        if (!request.IsBegun && request.IsCancelled)
        {
            request.Error = new OperationCanceledException();
            return true;
        }

        request.IsBegun = true;
        try
        {
            request.Run(_session);
            return true;
        }
        catch (Exception e) when (!EndsTheDatabase(e) && _session.InTransaction)
        {
            request.Error = e;
            return false;
        }
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

        DoDeferred(); // who was to act on what was told hears of it as well
    }
}
