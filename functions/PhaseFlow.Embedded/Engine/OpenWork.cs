using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Embedded.Engine;

/// <summary>The activities and timers that are open, found by their row or by the instance that waits for them.</summary>
/// <remarks>It knows those of instances that are not in memory too, so that a result finds its way without reading a history.</remarks>
internal sealed class OpenWork
{
    private readonly Dictionary<long, ActivityRow> _activities = [];
    private readonly Dictionary<string, Dictionary<int, long>> _byInstance = new(StringComparer.Ordinal);

    public EngineTimers Timers { get; } = new();

    public void Add(ActivityRow row)
    {
        _activities.Add(row.Id, row);
        Of(row.Instance).Add(row.TaskId, row.Id);
    }

    public void Add(TimerRow row)
    {
        Timers.Add(row);
        if (row.Kind != TimerKind.Signal)
        {
            Of(row.Target).Add(row.TaskId, row.Id);
        }
    }

    /// <summary>The instance that waits for an activity's result; null when none does any more.</summary>
    public string? InstanceOf(long activityId) => _activities.TryGetValue(activityId, out ActivityRow? row) ? row.Instance : null;

    /// <summary>Takes an activity whose result has come; false when nobody waits for it any more.</summary>
    public bool TryTakeActivity(long id, out ActivityRow? row)
    {
        if (!_activities.Remove(id, out row))
        {
            return false;
        }

        Forget(row.Instance, row.TaskId);
        return true;
    }

    public bool TryTakeDueTimer(DateTime now, out TimerRow? row)
    {
        if (!Timers.TryTakeDue(now, out row))
        {
            return false;
        }

        if (row!.Kind != TimerKind.Signal)
        {
            Forget(row.Target, row.TaskId);
        }

        return true;
    }

    public bool TryCancelTimer(string instance, int taskId, out long id)
    {
        id = 0;
        if (!_byInstance.TryGetValue(instance, out Dictionary<int, long>? own) || !own.TryGetValue(taskId, out id))
        {
            return false;
        }

        Timers.Remove(id);
        Forget(instance, taskId);
        return true;
    }

    /// <summary>Drops all that an instance has open, and from the batch too.</summary>
    public void Drop(string instance, EngineBatch batch)
    {
        if (!_byInstance.Remove(instance, out Dictionary<int, long>? own))
        {
            return;
        }

        foreach (long id in own.Values)
        {
            if (_activities.Remove(id))
            {
                batch.Activities.Remove(id);
            }
            else
            {
                Timers.Remove(id);
                batch.Timers.Remove(id);
            }
        }
    }

    private Dictionary<int, long> Of(string instance)
    {
        if (!_byInstance.TryGetValue(instance, out Dictionary<int, long>? own))
        {
            own = [];
            _byInstance.Add(instance, own);
        }

        return own;
    }

    private void Forget(string instance, int taskId)
    {
        if (_byInstance.TryGetValue(instance, out Dictionary<int, long>? own) && own.Remove(taskId) && own.Count == 0)
        {
            _byInstance.Remove(instance);
        }
    }
}
