namespace PhaseFlow.Embedded.Engine;

/// <summary>Runs something as if on a thread of its own: what flows with its caller (async locals, the current activity of a trace, a synchronization context) is not seen in it.</summary>
internal static class CleanContext
{
    private static readonly ExecutionContext Clean = OfNewThread();

    /// <summary>Runs a part on the calling thread.</summary>
    public static void Run<T>(Action<T> part, T state)
        where T : class => ExecutionContext.Run(
            Clean,
            static call =>
            {
                // The context of the caller is put back by Run.
                SynchronizationContext.SetSynchronizationContext(null);
                (Action<T> part, T state) = ((Action<T>, T))call!;
                part(state);
            },
            (part, state));

    private static ExecutionContext OfNewThread()
    {
        ExecutionContext? clean = null;
        var thread = new Thread(() => clean = ExecutionContext.Capture()) { IsBackground = true };
        thread.UnsafeStart();
        thread.Join();
        return clean!;
    }
}
