namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>The clock of the simulated process: it stands still while something happens.</summary>
internal sealed class VirtualTime(Agenda agenda) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => agenda.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        throw new NotSupportedException("Nothing that is simulated waits for a timer of the platform.");
}
