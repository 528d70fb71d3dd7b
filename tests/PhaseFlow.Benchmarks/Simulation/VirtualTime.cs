namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>The clock of the simulated process: it stands still while something happens.</summary>
internal sealed class VirtualTime(Agenda agenda) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => agenda.Now;

    /// <summary>A timer that never fires: the platform's only bound calls, and no simulated call takes as long.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => Never.Instance;

    private sealed class Never : ITimer
    {
        public static readonly Never Instance = new();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
