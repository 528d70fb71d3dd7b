namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>What is to happen, by its virtual time, and the one thread that lets it happen.</summary>
/// <remarks>
/// It is the synchronization context of all simulated code: what awaits something goes on here, in order. What belongs to a life of the
/// simulated process is forgotten with it: a crash leaves its code hanging where it stood.
/// </remarks>
internal sealed class Agenda(Dice dice, DateTimeOffset start) : SynchronizationContext
{
    private const int OfTheWorld = 0;
    private const int OfTheCalendar = int.MaxValue;

    private readonly PriorityQueue<Item, (long At, ulong Tie)> _items = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private int _outside;

    public DateTimeOffset Now { get; private set; } = start;

    /// <summary>The life of the process at hand; what was planned in an earlier one does not happen.</summary>
    public int Life { get; private set; } = 1;

    /// <summary>How much has happened.</summary>
    public long Steps { get; private set; }

    /// <summary>How many things are planned that belong to a life, and may still change something.</summary>
    public int Open { get; private set; }

    /// <summary>Plans something of the world outside, which survives the process.</summary>
    public void Outside(TimeSpan after, Action what)
    {
        _outside++;
        Add(after, what, OfTheWorld);
    }

    /// <summary>Something that comes again and again, for as long as anything else may happen or <see cref="GoesOn"/> says so.</summary>
    public void Routine(TimeSpan every, Action what) => Add(
        every,
        () =>
        {
            if (_outside > 0 || Open > 0 || GoesOn())
            {
                what();
                Routine(every, what);
            }
        },
        OfTheCalendar);

    /// <summary>Whether what comes again and again must come again.</summary>
    public Func<bool> GoesOn { get; set; } = static () => false;

    /// <summary>Plans something of the process, which is lost with it.</summary>
    public void Inside(TimeSpan after, Action what)
    {
        Open++;
        Add(after, what, Life);
    }

    /// <summary>Plans a wake-up of the process that does not count as work under way.</summary>
    public void Alarm(TimeSpan after, Action what) => Add(after, what, -Life);

    /// <summary>A wait of the process.</summary>
    public Task Delay(TimeSpan time)
    {
        var done = new TaskCompletionSource();
        Inside(time, done.SetResult);
        return done.Task;
    }

    /// <summary>Ends the life of the process.</summary>
    public void EndLife()
    {
        Life++;
        Open = 0;
        _posted.Clear();
    }

    /// <summary>Lets the next thing happen; false when there is none.</summary>
    public bool Step()
    {
        while (_items.TryDequeue(out Item item, out (long At, ulong Tie) when))
        {
            if (item.Life != OfTheWorld && item.Life != OfTheCalendar && Math.Abs(item.Life) != Life)
            {
                continue;
            }

            Now = new DateTimeOffset(Math.Max(when.At, Now.Ticks), TimeSpan.Zero);
            Steps++;
            if (item.Life == OfTheWorld)
            {
                _outside--;
            }
            else if (item.Life > 0 && item.Life != OfTheCalendar)
            {
                Open--;
            }

            item.What();
            while (_posted.TryDequeue(out (SendOrPostCallback Callback, object? State) next))
            {
                next.Callback(next.State);
            }

            return true;
        }

        return false;
    }

    public override void Post(SendOrPostCallback d, object? state) => _posted.Enqueue((d, state));

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    private void Add(TimeSpan after, Action what, int life) => _items.Enqueue(new Item(what, life), ((Now + after).Ticks, dice.Next()));

    private readonly record struct Item(Action What, int Life);
}
