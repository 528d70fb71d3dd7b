using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using PhaseFlow.Embedded.Engine.Orchestrations;
using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>A storage that stores so many batches and then nothing more, as if the process had been killed there.</summary>
internal sealed class FailingStorage(IEngineStorage inner, int commits) : IEngineStorage
{
    private int _left = commits;

    public RecoveredState Recover() => inner.Recover();

    public InstanceRow? LoadInstance(string id) => inner.LoadInstance(id);

    public List<HistoryEvent> LoadHistory(string id, long generation) => inner.LoadHistory(id, generation);

    public EntityRow? LoadEntity(EntityInstanceId id) => inner.LoadEntity(id);

    public void Commit(EngineBatch batch, Action<Exception?> done)
    {
        if (_left-- > 0)
        {
            inner.Commit(batch, done);
        }
        else
        {
            done(new IOException("The process was killed here."));
        }
    }

    public Task<InstanceRow?> GetInstanceAsync(string id, bool withData, CancellationToken ct) => inner.GetInstanceAsync(id, withData, ct);

    public Task<List<InstanceRow>> QueryAsync(OrchestrationQuery filter, string? after, int limit, CancellationToken ct) =>
        inner.QueryAsync(filter, after, limit, ct);

    public Task<EntityRow?> GetEntityAsync(EntityInstanceId id, CancellationToken ct) => inner.GetEntityAsync(id, ct);
}
