using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Embedded.Engine;

/// <summary>The timers that have not fired, by their time.</summary>
internal sealed class EngineTimers
{
    private readonly Dictionary<long, TimerRow> _rows = [];
    private readonly PriorityQueue<long, (DateTime Due, long Id)> _byTime = new();

    /// <summary>When the next one is due.</summary>
    public DateTime? Next
    {
        get
        {
            DropStale();
            return _byTime.TryPeek(out _, out (DateTime Due, long Id) first) ? first.Due : null;
        }
    }

    public void Add(TimerRow row)
    {
        _rows.Add(row.Id, row);
        _byTime.Enqueue(row.Id, (row.Due, row.Id));
    }

    public void Remove(long id)
    {
        // What is removed stays in the queue until its time comes; most timers are timeouts that never fire, so clear up now and then.
        if (_rows.Remove(id) && _byTime.Count > 1024 && _byTime.Count > 2 * _rows.Count)
        {
            _byTime.Clear();
            _byTime.EnqueueRange(_rows.Values.Select(r => (r.Id, (r.Due, r.Id))));
        }
    }

    public bool TryTakeDue(DateTime now, out TimerRow? row)
    {
        DropStale();
        row = null;
        return _byTime.TryPeek(out _, out (DateTime Due, long Id) first)
            && first.Due <= now
            && _rows.Remove(_byTime.Dequeue(), out row);
    }

    private void DropStale()
    {
        while (_byTime.TryPeek(out long id, out _) && !_rows.ContainsKey(id))
        {
            _byTime.Dequeue();
        }
    }
}
