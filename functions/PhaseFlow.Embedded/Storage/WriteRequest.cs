namespace PhaseFlow.Embedded.Storage;

/// <summary>Something for the writer to do in its next transaction. Exactly one of <see cref="Committed"/> and <see cref="Failed"/> is called.</summary>
internal abstract class WriteRequest
{
    /// <summary>What the work threw; its changes are then undone, and its neighbours' are not.</summary>
    public Exception? Error { get; set; }

    /// <summary>Nobody waits for it who is in a hurry: it may wait a moment for another request, and share that one's flush.</summary>
    public virtual bool CanWait => false;

    /// <summary>True when the work need not be begun any more.</summary>
    public virtual bool IsCancelled => false;

    public abstract void Run(SqliteSession session);

    /// <summary>Called on the writer's thread when the transaction is on disk; must be short.</summary>
    public abstract void Committed();

    /// <inheritdoc cref="Committed"/>
    public abstract void Failed(Exception error);
}

/// <summary>Work whose result a task waits for.</summary>
internal sealed class WriteRequest<T>(Func<SqliteSession, T> work, bool canWait, CancellationToken ct) : WriteRequest
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _done.Task;

    public override bool CanWait => canWait;

    public override bool IsCancelled => ct.IsCancellationRequested;

    public override void Run(SqliteSession session) => _result = work(session);

    public override void Committed() => _done.TrySetResult(_result);

    public override void Failed(Exception error)
    {
        if (error is OperationCanceledException cancelled)
        {
            _done.TrySetCanceled(cancelled.CancellationToken);
        }
        else
        {
            _done.TrySetException(error);
        }
    }
}
