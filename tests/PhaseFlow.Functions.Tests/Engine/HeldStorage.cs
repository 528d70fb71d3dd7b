using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using PhaseFlow.Embedded.Engine.Orchestrations;
using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>A storage that holds batches back until it is told to store them.</summary>
internal sealed class HeldStorage(IEngineStorage inner) : IEngineStorage
{
    private readonly object _gate = new();
    private readonly Queue<(EngineBatch Batch, Action<Exception?> Done)> _held = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _released;

    /// <summary>Done when there is a batch to store.</summary>
    public Task Reached => _reached.Task;

    public void Release()
    {
        lock (_gate)
        {
            _released = true;
            while (_held.TryDequeue(out (EngineBatch Batch, Action<Exception?> Done) next))
            {
                inner.Commit(next.Batch, next.Done);
            }
        }
    }

    public void Commit(EngineBatch batch, Action<Exception?> done)
    {
        lock (_gate)
        {
            if (_released)
            {
                inner.Commit(batch, done);
            }
            else
            {
                _held.Enqueue((batch, done));
                _reached.TrySetResult();
            }
        }
    }

    public RecoveredState Recover() => inner.Recover();

    public InstanceRow? LoadInstance(string id) => inner.LoadInstance(id);

    public List<HistoryEvent> LoadHistory(string id, long generation) => inner.LoadHistory(id, generation);

    public EntityRow? LoadEntity(EntityInstanceId id) => inner.LoadEntity(id);

    public Task<InstanceRow?> GetInstanceAsync(string id, bool withData, CancellationToken ct) => inner.GetInstanceAsync(id, withData, ct);

    public Task<List<InstanceRow>> QueryAsync(OrchestrationQuery filter, string? after, int limit, CancellationToken ct) =>
        inner.QueryAsync(filter, after, limit, ct);

    public Task<EntityRow?> GetEntityAsync(EntityInstanceId id, CancellationToken ct) => inner.GetEntityAsync(id, ct);
}
