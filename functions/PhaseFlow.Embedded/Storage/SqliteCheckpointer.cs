using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace PhaseFlow.Embedded.Storage;

/// <summary>Moves the write-ahead log into the database on a thread and a connection of its own, so that commits stay short.</summary>
internal sealed partial class SqliteCheckpointer : IDisposable
{
    /// <summary>So many statements after the last checkpoint, the next one begins.</summary>
    private const long Interval = 8000;

    /// <summary>A log of more frames (32 MB) is cut off between two transactions; until then it may grow past the checkpoint.</summary>
    private const int LongLog = 8000;

    /// <summary>
    /// A log of more frames (64 MB) begins anew before anything else is written: a log begins anew by itself only where no reader happens to be at it, and under
    /// constant reading there always is one. The writer then waits for the readers that are at work, and for none that comes.
    /// </summary>
    private const int TooLongLog = 16_000;

    private readonly SqliteSession _session;
    private readonly Action<bool> _logIsLong;
    private readonly ILogger _log;
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Thread _thread;
    private long _next = Interval;
    private volatile bool _closed;

    /// <param name="session">A connection of its own.</param>
    /// <param name="logIsLong">Asks for a checkpoint between two transactions; true where the log must begin anew with it.</param>
    /// <param name="log">Hears of failures.</param>
    public SqliteCheckpointer(SqliteSession session, Action<bool> logIsLong, ILogger log)
    {
        _session = session;
        _logIsLong = logIsLong;
        _log = log;
        _thread = new Thread(Loop) { IsBackground = true, Name = "PhaseFlow checkpoint" };
        _thread.Start();
    }

    /// <summary>Called by the writer after each transaction.</summary>
    public void Written(long statements)
    {
        if (statements >= _next)
        {
            _next = statements + Interval;
            _wake.Set();
        }
    }

    public void Dispose()
    {
        _closed = true;
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
        _session.Dispose();
    }

    private void Loop()
    {
        while (_wake.WaitOne() && !_closed)
        {
            try
            {
                (int frames, int moved) = _session.QueryFirst("PRAGMA wal_checkpoint(PASSIVE)", r => (r.GetInt32(1), r.GetInt32(2)));
                if (frames > TooLongLog || (frames > LongLog && moved < frames))
                {
                    _logIsLong(frames > TooLongLog);
                }
            }
            catch (SqliteException e)
            {
                // The log only grows meanwhile; what must not fail is the commit, and that says so itself.
                LogCheckpointFailed(_log, e);
            }
        }
    }

    [LoggerMessage(1691, LogLevel.Warning, "A checkpoint of the database failed; it is tried again later.")]
    private static partial void LogCheckpointFailed(ILogger log, Exception error);
}
