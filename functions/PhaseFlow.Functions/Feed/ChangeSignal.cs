namespace PhaseFlow.Functions.Feed;

/// <summary>The newest change that is known to be durable, and what wakes those who wait for a newer one.</summary>
internal sealed class ChangeSignal(TimeProvider time)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = New();
    private long _last;

    /// <summary>The newest change that was announced; 0 before the first.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Wakes whoever waits for a change up to this one. Writes may come here out of order.</summary>
    public void Announce(long cursor)
    {
        TaskCompletionSource wake;
        lock (_gate)
        {
            if (cursor <= _last)
            {
                return;
            }

            _last = cursor;
            wake = _changed;
            _changed = New();
        }

        wake.SetResult();
    }

    /// <summary>Returns when there is a change after the cursor, or when the wait is over.</summary>
    /// <param name="after">The cursor.</param>
    /// <param name="wait">How long at most.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="look">Announces what others have written; null where nobody else writes.</param>
    /// <param name="lookAgain">The pause between two looks.</param>
    public async Task WaitAsync(
        long after, TimeSpan wait, CancellationToken cancellation, Func<CancellationToken, Task>? look = null, TimeSpan? lookAgain = null)
    {
        DateTimeOffset until = time.GetUtcNow() + wait;
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                // Taken before the look at what there is: what comes between the two is not missed.
                changed = _changed.Task;
            }

            if (Last <= after && look is not null)
            {
                await look(cancellation);
            }

            TimeSpan left = until - time.GetUtcNow();
            if (Last > after || left <= TimeSpan.Zero)
            {
                return;
            }

            try
            {
                await changed.WaitAsync(lookAgain < left ? lookAgain.Value : left, time, cancellation);
            }
            catch (TimeoutException)
            {
                // The wait is over, or somebody else may have written.
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
