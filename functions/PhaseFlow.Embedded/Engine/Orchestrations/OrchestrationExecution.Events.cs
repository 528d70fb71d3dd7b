using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Embedded.Engine.Orchestrations;

/// <summary>How the next generation begins.</summary>
internal sealed record Continuation(string? Input, bool KeepEvents);

/// <content>How history events reach the orchestrator, and what the engine sees of it afterwards.</content>
internal sealed partial class OrchestrationExecution
{
    private List<HistoryEvent>? _held;

    /// <summary>Set when the episode cannot be accepted: the instance fails, and its orchestrator cannot prevent it.</summary>
    public Exception? Rejection { get; private set; }

    public string? CustomStatus { get; private set; }

    public bool CustomStatusWasSet { get; private set; }

    public Continuation? Continuation { get; private set; }

    /// <summary>Timers that were cancelled since they were last looked at, by sequence number.</summary>
    public List<int> CancelledTimers { get; } = [];

    /// <summary>The orchestrator has returned, and no activity or timer is open; or it has returned to continue as new.</summary>
    public bool IsDone => _task is { IsCompleted: true } && (Continuation is not null || _open.Count == _openOperations);

    /// <summary>Runs through what has happened before.</summary>
    public void Replay(IReadOnlyList<HistoryEvent> history)
    {
        _replaying = true;
        for (int i = 0; i < history.Count && Rejection is null; i++)
        {
            Apply(history[i]);
        }

        _replaying = false;
        CancelledTimers.Clear();
    }

    /// <summary>Lets an event happen.</summary>
    public void Apply(in HistoryEvent e)
    {
        switch (e.Kind)
        {
            case HistoryKind.EpisodeStarted:
                _now = e.Time;
                break;
            case HistoryKind.ActivityScheduled or HistoryKind.TimerCreated or HistoryKind.EventSent
                or HistoryKind.OperationCalled or HistoryKind.OperationSignaled:
                Compare(e);
                break;
            case HistoryKind.Suspended:
                _held ??= [];
                break;
            case HistoryKind.Resumed:
                Release();
                break;
            default:
                if (_held is null)
                {
                    Run(e);
                }
                else
                {
                    _held.Add(e);
                }

                break;
        }
    }

    /// <summary>Takes what the orchestrator has asked for and the history does not have yet.</summary>
    public bool TryTakeAction(out OrchestrationAction? action) => _actions.TryDequeue(out action);

    /// <summary>The result of the orchestrator as JSON; throws what it has thrown.</summary>
    public string? Result()
    {
        _task!.GetAwaiter().GetResult();
        return _services.Converter.Serialize(_function.ResultOf(_task));
    }

    public IEnumerable<(string Name, string? Payload)> UnprocessedEvents() => _events.Unprocessed();

    private void Release()
    {
        List<HistoryEvent>? held = _held;
        _held = null;
        foreach (HistoryEvent e in held ?? [])
        {
            Run(e);
        }
    }

    private void Run(in HistoryEvent e)
    {
        try
        {
            _thread.Run((Self: this, Event: e), static s => s.Self.Happen(s.Event));
        }
        catch (Exception error)
        {
            Reject(error);
        }
    }

    private void Happen(in HistoryEvent e)
    {
        switch (e.Kind)
        {
            case HistoryKind.ExecutionStarted:
                Begin();
                break;
            case HistoryKind.EventRaised:
                _events.Raise(e.Name!, e.Payload);
                break;
            case HistoryKind.ActivityCompleted or HistoryKind.TimerFired:
                Close(e.TaskId)?.Complete(e.Payload);
                break;
            case HistoryKind.ActivityFailed:
                Close(e.TaskId)?.Fail(Failures.Read(e.Payload));
                break;
            case HistoryKind.OperationCompleted:
                CloseOperation(e.TaskId)?.Complete(e.Payload);
                break;
            case HistoryKind.OperationFailed:
                CloseOperation(e.TaskId)?.Fail(Failures.Read(e.Payload));
                break;
            default:
                break; // how an instance ended is for readers
        }
    }

    private void Begin()
    {
        try
        {
            _task = _function.Start(this, _input, _services.Converter, _services.Services, out _scope);
        }
        catch (Exception e)
        {
            _task = Task.FromException(e);
        }

        if (!_task.IsCompleted)
        {
            // An orchestrator that ends on another thread has awaited something that is not durable.
            _task.ContinueWith(
                static (_, state) =>
                {
                    var thread = (OrchestrationThread)state!;
                    if (!thread.IsCurrent)
                    {
                        thread.Leave();
                    }
                },
                _thread,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }

    private IOpenTask? Close(int taskId) => _open.Remove(taskId, out IOpenTask? task) ? task : null;

    private IOpenTask? CloseOperation(int taskId)
    {
        IOpenTask? task = Close(taskId);
        _openOperations -= task is null ? 0 : 1;
        return task;
    }

    private void Compare(in HistoryEvent recorded)
    {
        if (!_actions.TryDequeue(out OrchestrationAction? action) || action.TaskId != recorded.TaskId)
        {
            Reject(NonDeterminism.Missing(recorded));
        }
        else if (action.Kind != recorded.Kind || !string.Equals(action.Name, recorded.Name ?? string.Empty, StringComparison.OrdinalIgnoreCase))
        {
            Reject(NonDeterminism.Different(recorded, action));
        }
    }
}
