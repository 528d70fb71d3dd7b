namespace PhaseFlow.Embedded.Engine.Orchestrations;

/// <summary>Keeps an orchestrator on the thread of its episode, and notices when it has left it.</summary>
/// <remarks>
/// What the orchestrator's code posts during an episode runs in that episode, in order. What is posted from elsewhere comes from an await of
/// something that is not durable.
/// </remarks>
internal sealed class OrchestrationThread(Action leftThread) : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private volatile int _thread;

    /// <summary>Whether the caller is the code of the current episode.</summary>
    public bool IsCurrent => _thread == Environment.CurrentManagedThreadId;

    /// <summary>Runs a part of the orchestrator, and all that it posts, on the calling thread.</summary>
    public void Run<T>(T state, Action<T> part)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            part(state);
            while (_posted.TryDequeue(out (SendOrPostCallback Callback, object? State) next))
            {
                next.Callback(next.State);
            }
        }
        finally
        {
            _thread = 0;
            SetSynchronizationContext(before);
        }
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsCurrent)
        {
            _posted.Enqueue((d, state));
        }
        else
        {
            leftThread();
        }
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (IsCurrent)
        {
            d(state);
        }
        else
        {
            leftThread();
        }
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Reports that code of the orchestrator runs on another thread.</summary>
    public void Leave() => leftThread();
}
