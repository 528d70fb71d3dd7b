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

/// <summary>Drives the <see cref="EngineCore"/>: one thread feeds it, its batches go to the storage in order, their effects follow.</summary>
/// <remarks>While a batch is being stored the next is made. A batch that cannot be stored ends the engine: see <see cref="Faulted"/>.</remarks>
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
    private readonly object _gate = new();
    private readonly Thread _thread;
    private readonly ITimer _timer;
    private List<EngineMessage> _inbox = [];
    private List<EngineMessage> _taken = [];
    private DateTime? _armedFor;
    private bool _timerFired;
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
        _thread = new Thread(Loop) { IsBackground = true, Name = "PhaseFlow engine" };
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
            _thread.Start();
            _started = true; // only now is there a thread to wait for: what cannot be recovered is thrown
        }
    }

    /// <summary>Stores what has come and ends. Activities at work are cancelled, and run again at the next start.</summary>
    public async Task StopAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        _activities.Stop();
        if (_started)
        {
            await Task.Run(_thread.Join);
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
        lock (_gate)
        {
            if (!_stopping)
            {
                _inbox.Add(message);
                if (_inbox.Count == 1)
                {
                    Monitor.PulseAll(_gate);
                }

                return;
            }
        }

        message.Reply?.Abort(Stopped());
    }

    private InvalidOperationException Stopped() => _faulted.Task is { IsCompletedSuccessfully: true } fault
        ? new InvalidOperationException($"The durable engine has failed: {fault.Result.Message}", fault.Result)
        : new InvalidOperationException("The durable engine has stopped.");

    private void TimerFired()
    {
        lock (_gate)
        {
            _timerFired = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Loop()
    {
        try
        {
            bool first = true;
            while (Take(first))
            {
                first = false;
                foreach (EngineMessage message in _taken)
                {
                    _core.Post(message);
                }

                _taken.Clear();
                _core.DurableThrough = Volatile.Read(ref _durableThrough);
                Submit(_core.Process(_time.GetUtcNow().UtcDateTime));
                ArmTimer();
            }
        }
        catch (Exception e)
        {
            Fault(e);
        }

        AbortRest();
    }

    /// <summary>Waits until there is something to do and room for a batch; false at the end.</summary>
    private bool Take(bool first)
    {
        lock (_gate)
        {
            while (true)
            {
                if (_stopping && (_underWay == 0 || _faulted.Task.IsCompleted) && (_inbox.Count == 0 || _faulted.Task.IsCompleted))
                {
                    return false;
                }

                bool work = first || _inbox.Count > 0 || (!_stopping && (_timerFired || _core.HasWork));
                if (work && _pressing < MaxUnderWay && !_faulted.Task.IsCompleted)
                {
                    (_taken, _inbox) = (_inbox, _taken);
                    _armedFor = _timerFired ? null : _armedFor; // it may have fired too early, and then it must be armed again
                    _timerFired = false;
                    return true;
                }

                Monitor.Wait(_gate);
            }
        }
    }

    private void Submit(EngineBatch batch)
    {
        lock (_gate)
        {
            if (!batch.HasChanges && _underWay == 0)
            {
                // Nothing to store, and all that it rests on is stored.
                Start(batch, early: true);
                Release(batch);
                return;
            }

            _underWay++;
            _pressing += batch.HasEffects ? 1 : 0;
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

        lock (_gate)
        {
            _underWay--;
            _pressing -= batch.HasEffects ? 1 : 0;
            Monitor.PulseAll(_gate);
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
                _activities.Start(activity);
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
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void AbortRest()
    {
        lock (_gate)
        {
            foreach (EngineMessage message in _inbox)
            {
                message.Reply?.Abort(Stopped());
            }

            _inbox.Clear();
        }
    }

    [LoggerMessage(1620, LogLevel.Information, "The durable engine has started (epoch {Epoch}): {Activities} activities and {Timers} timers are open.")]
    private static partial void LogStarted(ILogger log, long epoch, int activities, int timers);

    [LoggerMessage(1621, LogLevel.Critical, "The durable engine cannot go on.")]
    private static partial void LogFaulted(ILogger log, Exception error);
}
