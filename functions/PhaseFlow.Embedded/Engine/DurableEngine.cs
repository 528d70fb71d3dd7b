using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PhaseFlow.Embedded.Engine.Activities;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Engine.Client;
using PhaseFlow.Embedded.Engine.Persistence;
using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Embedded.Engine;

/// <summary>Drives the <see cref="EngineCore"/>: one thread at a time feeds it, its batches go to the storage in order, their effects follow.</summary>
/// <remarks>
/// It has no thread of its own: who brings something in makes the next batch of it there and then, unless somebody is at it, who then takes it up. A change of threads costs more than
/// most batches do. So nothing that the engine runs may wait for the storage to write: the thread may be the one that writes.
/// While a batch is being stored the next is made. A batch that cannot be stored ends the engine: see <see cref="Faulted"/>.
/// </remarks>
internal sealed partial class DurableEngine : IAsyncDisposable
{
    /// <summary>
    /// A transaction takes up batches as they come while it is open, so several are under way at once. Beyond that, what comes makes the next one bigger instead of the
    /// queue longer.
    /// </summary>
    private const int MaxUnderWay = 8;

    private readonly EngineCore _core;
    private readonly IEngineStorage _storage;
    private readonly ActivityRunner _activities;
    private readonly IReadOnlySet<string> _writeFirst;
    private readonly AsyncServiceScope _scope;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly InstanceWatch _watch = new();
    private readonly TaskCompletionSource<Exception> _faulted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _gate = new();
    private readonly Action _turn;
    private readonly ITimer _timer;
    private List<EngineMessage> _inbox = [];
    private List<EngineMessage> _taken = [];
    private DateTime? _armedFor;
    private bool _timerFired;
    private bool _hasRecovered; // the next batch has what was open
    private bool _isAtWork; // somebody makes a batch, and looks again before leaving
    private int _underWay;
    private int _pressing; // of those under way, the ones that something waits for
    private long _durableThrough;
    private bool _stopping;
    private bool _started;
    private bool _disposed;

    public DurableEngine(
        FunctionCatalog catalog, IServiceProvider services, IEngineStorage storage, DurableEngineOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        DataConverter converter = JsonDataConverter.Default;
        _storage = storage;
        _time = time;
        _log = loggers.CreateLogger<DurableEngine>();
        _writeFirst = options.WriteFirst;
        _scope = services.CreateAsyncScope(); // entities live as long as the engine, and their services may be scoped
        _core = new EngineCore(catalog, _scope.ServiceProvider, storage, converter, options, loggers, Post);
        _activities = new ActivityRunner(catalog, services, converter, options.MaxConcurrentActivities, Post, _log);
        _turn = TakeTurn;
        _timer = time.CreateTimer(static s => ((DurableEngine)s!).TimerFired(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Client = new EngineClient(Post, storage, _watch, options, converter);
    }

    /// <summary>How everything else talks to the engine.</summary>
    public DurableTaskClient Client { get; }

    /// <summary>Done, with the reason, when the engine cannot go on.</summary>
    public Task<Exception> Faulted => _faulted.Task;

    /// <summary>Takes up what was open and begins to work.</summary>
    public void Start()
    {
        if (!_started)
        {
            RecoveredState state = _storage.Recover();
            _core.Recover(state);
            LogStarted(_log, state.Epoch, state.Activities.Count, state.Timers.Count);
            lock (_gate)
            {
                _hasRecovered = true;
                _started = true; // only now is there something to wait for: what cannot be recovered is thrown
            }

            ThreadPool.UnsafeQueueUserWorkItem(static engine => engine.TakeTurn(), this, preferLocal: false);
        }
    }

    /// <summary>Stores what has come and ends. Activities at work are cancelled, and run again at the next start.</summary>
    public async Task StopAsync()
    {
        bool mayWork;
        bool isOver;
        lock (_gate)
        {
            _stopping = true;
            mayWork = MayWork();
            isOver = IsOver();
        }

        _activities.Stop();
        if (mayWork)
        {
            TakeTurn();
        }
        else if (isOver)
        {
            End();
        }

        if (_started)
        {
            await _ended.Task;
        }

        await _timer.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            await StopAsync();
            _activities.Dispose();
            await _scope.DisposeAsync();
        }
    }

    /// <summary>Brings a message in, from any thread.</summary>
    internal void Post(EngineMessage message)
    {
        bool refused;
        bool mayWork = false;
        lock (_gate)
        {
            refused = _stopping;
            if (!refused)
            {
                _inbox.Add(message);
                mayWork = MayWork();
            }
        }

        if (refused)
        {
            message.Reply?.Abort(Stopped());
        }
        else if (mayWork)
        {
            TakeTurn();
        }
    }

    private InvalidOperationException Stopped() => _faulted.Task is { IsCompletedSuccessfully: true } fault
        ? new InvalidOperationException($"The durable engine has failed: {fault.Result.Message}", fault.Result)
        : new InvalidOperationException("The durable engine has stopped.");

    private void Submit(EngineBatch batch)
    {
        bool isStored;
        lock (_gate)
        {
            isStored = !batch.HasChanges && _underWay == 0; // nothing to store, and all that it rests on is stored
            if (!isStored)
            {
                _underWay++;
                _pressing += batch.HasEffects ? 1 : 0;
            }
        }

        if (isStored)
        {
            Start(batch, early: true);
            Release(batch);
            return;
        }

        batch.IsFollowed = batch.Start.Exists(a => _writeFirst.Contains(a.Name));
        _storage.Commit(batch, error => Stored(batch, error));
        Start(batch, early: true);
    }

    private void Stored(EngineBatch batch, Exception? error)
    {
        if (error is null)
        {
            Release(batch);
        }
        else
        {
            foreach (ClientReply reply in batch.Replies)
            {
                reply.Abort(error);
            }

            Fault(error);
        }

        bool mayWork;
        bool isOver;
        lock (_gate)
        {
            _underWay--;
            _pressing -= batch.HasEffects ? 1 : 0;
            mayWork = MayWork();
            isOver = IsOver();
        }

        if (mayWork)
        {
            TakeTurn();
        }
        else if (isOver)
        {
            End();
        }
    }

    private void Release(EngineBatch batch)
    {
        CrashPoints.Pass("release");
        Volatile.Write(ref _durableThrough, batch.Number);
        Start(batch, early: false);
        foreach (ClientReply reply in batch.Replies)
        {
            reply.Release();
        }

        foreach (string id in batch.Changed)
        {
            _watch.Changed(id);
        }

        CrashPoints.Pass("released");
    }

    private void Start(EngineBatch batch, bool early)
    {
        foreach (ActivityRow activity in batch.Start)
        {
            if (_writeFirst.Contains(activity.Name) == early)
            {
                _activities.Start(activity, here: early);
            }
        }
    }

    private void ArmTimer()
    {
        DateTime? next = _core.NextTimer;
        if (next == _armedFor)
        {
            return;
        }

        _armedFor = next;
        TimeSpan wait = next is { } due ? due - _time.GetUtcNow().UtcDateTime : Timeout.InfiniteTimeSpan;
        if (next is not null)
        {
            // Whole milliseconds, rounded up. What is further off than a timer can be fires in between, and is armed again.
            wait = TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 0, TimeSpan.FromDays(40).TotalMilliseconds));
        }

        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Fault(Exception error)
    {
        if (_faulted.TrySetResult(error))
        {
            LogFaulted(_log, error);
        }

        _activities.Stop();
        bool isOver;
        lock (_gate)
        {
            _stopping = true;
            isOver = IsOver();
        }

        if (isOver)
        {
            End();
        }
    }

    /// <summary>Tells what has come too late, and who waits for the end.</summary>
    private void End()
    {
        EngineMessage[] late;
        lock (_gate)
        {
            late = [.. _inbox];
            _inbox.Clear();
        }

        foreach (EngineMessage message in late)
        {
            message.Reply?.Abort(Stopped());
        }

        _ended.TrySetResult();
    }

    [LoggerMessage(1620, LogLevel.Information, "The durable engine has started (epoch {Epoch}): {Activities} activities and {Timers} timers are open.")]
    private static partial void LogStarted(ILogger log, long epoch, int activities, int timers);

    [LoggerMessage(1621, LogLevel.Critical, "The durable engine cannot go on.")]
    private static partial void LogFaulted(ILogger log, Exception error);
}
