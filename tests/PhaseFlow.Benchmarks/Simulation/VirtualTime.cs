namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>The clock of the simulated process: it stands still while something happens.</summary>
/// <param name="agenda">What happens.</param>
/// <param name="fires">Whether its timers fire. Those of the platform only bound calls, and no simulated call takes as long.</param>
internal sealed class VirtualTime(Agenda agenda, bool fires = false) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => agenda.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new OneShot(agenda, fires, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class OneShot(Agenda agenda, bool fires, Action callback) : ITimer
    {
        private int _set;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            int set = ++_set;
            if (fires && dueTime != Timeout.InfiniteTimeSpan)
            {
                agenda.Inside(dueTime, () =>
                {
                    if (set == _set)
                    {
                        callback();
                    }
                });
            }

            return true;
        }

        public void Dispose() => _set++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
