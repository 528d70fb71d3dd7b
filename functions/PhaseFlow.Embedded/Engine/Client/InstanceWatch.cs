namespace PhaseFlow.Embedded.Engine.Client;

/// <summary>Wakes those who wait for an instance to change its status.</summary>
internal sealed class InstanceWatch
{
    private readonly Dictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);

    /// <summary>A task that ends with the next change. Take it before looking at the status, or the change may be missed.</summary>
    public Task Next(string instanceId)
    {
        lock (_waiting)
        {
            if (!_waiting.TryGetValue(instanceId, out TaskCompletionSource? source))
            {
                source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Add(instanceId, source);
            }

            return source.Task;
        }
    }

    public void Changed(string instanceId)
    {
        lock (_waiting)
        {
            if (_waiting.Remove(instanceId, out TaskCompletionSource? source))
            {
                source.TrySetResult();
            }
        }
    }
}
