namespace PhaseFlow.Embedded.Storage;

/// <summary>Something for the writer to do in its next transaction. Exactly one of <see cref="Committed"/> and <see cref="Failed"/> is called.</summary>
internal abstract class WriteRequest
{
    /// <summary>What the work threw; its changes are then undone, and its neighbours' are not.</summary>
    public Exception? Error { get; set; }

    /// <summary>Nobody waits for it who is in a hurry: it may wait a moment for another request, and share that one's flush.</summary>
    public virtual bool CanWait => false;

    /// <summary>It has run, and may have been told of: where a neighbour fails it is done again whatever has happened since.</summary>
    public bool IsBegun { get; set; }

    /// <summary>True when the work need not be begun any more.</summary>
    public virtual bool IsCancelled => false;

    /// <summary>Does the work. Where a neighbour fails it is undone, and done again.</summary>
    public abstract void Run(SqliteSession session);

    /// <summary>
    /// Called on the writer's thread when the work is in the transaction, before that is flushed; must be short. What is written because of it comes after it in
    /// the log, and is never there without it. True where such a write is about to come: the transaction then waits a moment for it.
    /// </summary>
    public virtual bool Written() => false;

    /// <summary>Called on the writer's thread when the transaction is on disk; must be short.</summary>
    public abstract void Committed();

    /// <inheritdoc cref="Committed"/>
    public abstract void Failed(Exception error);
}

/// <summary>Work whose result a task waits for.</summary>
/// <param name="work">The work.</param>
/// <param name="canWait">See <see cref="CanWait"/>.</param>
/// <param name="written">See <see cref="Written"/>; gets the result.</param>
/// <param name="ct">Gives up, as long as it is not begun.</param>
internal sealed class WriteRequest<T>(Func<SqliteSession, T> work, bool canWait, Func<T, bool>? written, CancellationToken ct) : WriteRequest
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _done.Task;

    public override bool CanWait => canWait;

    public override bool IsCancelled => ct.IsCancellationRequested;

    public override void Run(SqliteSession session) => _result = work(session);

    public override bool Written() => written?.Invoke(_result) ?? false;

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
