using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using PhaseFlow.Embedded.Engine.Orchestrations;

namespace PhaseFlow.Embedded.Engine.Persistence;

/// <summary>Where the engine keeps what must survive.</summary>
/// <remarks>The loads give what has been committed. The engine only loads what no batch under way has touched.</remarks>
internal interface IEngineStorage
{
    /// <summary>Begins a new epoch, which makes the ids of this run unique, and gives what was open when the last one ended.</summary>
    RecoveredState Recover();

    InstanceRow? LoadInstance(string id);

    /// <summary>Gives the events of a generation in order.</summary>
    List<HistoryEvent> LoadHistory(string id, long generation);

    EntityRow? LoadEntity(EntityInstanceId id);

    /// <summary>Stores a batch as one transaction, after those before it. <paramref name="done"/> gets null once it is on disk, or the error.</summary>
    void Commit(EngineBatch batch, Action<Exception?> done);

    /// <summary>
    /// Where the storage is telling of several things one after the other on the calling thread: true, and it calls <paramref name="turn"/> once it has told of all. Else false.
    /// </summary>
    bool Defer(Action turn) => false;

    /// <summary>Reads an instance for a client.</summary>
    Task<InstanceRow?> GetInstanceAsync(string id, bool withData, CancellationToken ct);

    /// <summary>Reads instances in the order of their ids, from after <paramref name="after"/>.</summary>
    Task<List<InstanceRow>> QueryAsync(OrchestrationQuery filter, string? after, int limit, CancellationToken ct);

    Task<EntityRow?> GetEntityAsync(EntityInstanceId id, CancellationToken ct);
}

/// <summary>What was open when the engine stopped.</summary>
/// <param name="Epoch">The number of this run.</param>
/// <param name="Activities">Scheduled, without a result: they run again.</param>
/// <param name="Timers">Not fired.</param>
/// <param name="Messages">Not consumed.</param>
internal sealed record RecoveredState(
    long Epoch, IReadOnlyList<ActivityRow> Activities, IReadOnlyList<TimerRow> Timers, IReadOnlyList<EngineMessage> Messages);
