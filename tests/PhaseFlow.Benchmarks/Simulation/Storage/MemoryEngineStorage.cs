using System.Runtime.InteropServices;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using PhaseFlow.Embedded.Engine;
using PhaseFlow.Embedded.Engine.Orchestrations;
using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Benchmarks.Simulation.Storage;

/// <summary>The engine's storage in memory: what is in it has been committed, and outlives the engine.</summary>
/// <remarks>When a batch is committed is not decided here: <see cref="Committer"/> gets it, and calls <see cref="Apply"/> or forgets it.</remarks>
internal sealed class MemoryEngineStorage : IEngineStorage
{
    private readonly Dictionary<string, InstanceRow> _instances = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _inputs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<HistoryEvent>> _histories = new(StringComparer.Ordinal);
    private readonly Dictionary<EntityInstanceId, EntityRow> _entities = [];
    private readonly SortedDictionary<long, ActivityRow> _activities = [];
    private readonly SortedDictionary<long, TimerRow> _timers = [];
    private readonly SortedDictionary<long, EngineMessage> _messages = [];
    private long _epoch;
    private long _lastRaised;

    /// <summary>Takes each batch with what is to be called once it is committed.</summary>
    public Action<EngineBatch, Action<Exception?>> Committer { get; set; } = (_, _) => throw new InvalidOperationException("Nothing commits.");

    /// <summary>Grows with each commit.</summary>
    public long Version { get; private set; }

    /// <summary>Rows of messages that a forgotten step had taken: they come again late.</summary>
    public HashSet<long> Late { get; } = [];

    /// <summary>Results of activities, by their rows, that a forgotten step had taken: they come again late.</summary>
    public Dictionary<long, EngineMessage> Results { get; } = [];

    public IEnumerable<ActivityRow> Activities => _activities.Values;

    public IEnumerable<TimerRow> Timers => _timers.Values;

    public int MessageCount => _messages.Count;

    public IEnumerable<InstanceRow> Instances => _instances.Values;

    public RecoveredState Recover() => new(
        ++_epoch, [.. _activities.Values], [.. _timers.Values], [.. _messages.Values.Select(Copy)]);

    public InstanceRow? LoadInstance(string id) => _instances.TryGetValue(id, out InstanceRow? row) ? row with { Input = _inputs.GetValueOrDefault(id) } : null;

    public List<HistoryEvent> LoadHistory(string id, long generation) =>
        _instances.TryGetValue(id, out InstanceRow? row) && row.Generation == generation && _histories.TryGetValue(id, out List<HistoryEvent>? events) ? [.. events] : [];

    public EntityRow? LoadEntity(EntityInstanceId id) => _entities.GetValueOrDefault(id);

    public void Commit(EngineBatch batch, Action<Exception?> done) => Committer(batch, done);

    public Task<InstanceRow?> GetInstanceAsync(string id, bool withData, CancellationToken ct) => Task.FromResult(LoadInstance(id));

    public Task<List<InstanceRow>> QueryAsync(OrchestrationQuery filter, string? after, int limit, CancellationToken ct) =>
        throw new NotSupportedException("Nothing in the simulation lists instances.");

    public Task<EntityRow?> GetEntityAsync(EntityInstanceId id, CancellationToken ct) => Task.FromResult(LoadEntity(id));

    /// <summary>Makes a batch a part of what is stored, in the order of the writer to disk.</summary>
    public void Apply(EngineBatch batch)
    {
        Version++;
        foreach (string id in batch.Dropped)
        {
            _histories.Remove(id);
        }

        foreach ((string id, InstanceRow? row) in batch.Instances)
        {
            if (row is null)
            {
                _instances.Remove(id);
                _inputs.Remove(id);
            }
            else
            {
                _instances[id] = row;
            }
        }

        foreach ((string id, string? input) in batch.Inputs)
        {
            _inputs[id] = input;
        }

        foreach (HistoryChunk chunk in batch.History)
        {
            ref List<HistoryEvent>? events = ref CollectionsMarshal.GetValueRefOrAddDefault(_histories, chunk.Instance, out _);
            events ??= [];
            if (events.Count != chunk.Seq)
            {
                throw new InvalidOperationException($"The history of {chunk.Instance} has {events.Count} events, and a chunk begins at {chunk.Seq}.");
            }

            events.AddRange(chunk.Events);
        }

        Apply(_activities, batch.Activities, a => a.Id);
        Apply(_timers, batch.Timers, t => t.Id);
        Apply(_messages, batch.Messages, m => m.StoredId);
        foreach ((EntityInstanceId id, EntityRow row) in batch.Entities)
        {
            if (row.State is null)
            {
                _entities.Remove(id);
            }
            else
            {
                _entities[id] = row;
            }
        }
    }

    /// <summary>Keeps of a batch only what it sent to others.</summary>
    /// <param name="batch">A step of one orchestration.</param>
    /// <param name="instance">The orchestration. What it called answers to nobody.</param>
    /// <param name="taken">Events and results that it took and that no batch has stored: the platform had them in a queue.</param>
    public void Forget(EngineBatch batch, string instance, EngineMessage[] taken)
    {
        foreach (EngineMessage message in taken)
        {
            if (message.Kind != MessageKind.Event)
            {
                Results[message.RowId] = message;
                continue;
            }

            message.StoredId = --_lastRaised;
            _messages.Add(message.StoredId, Copy(message));
            Late.Add(message.StoredId);
        }

        Version++;
        Late.UnionWith(batch.Messages.Removed);
        foreach (EngineMessage sent in batch.Messages.Added.Where(m => m.Kind <= MessageKind.Operation && m.Target != instance))
        {
            _messages.Add(sent.StoredId, Copy(sent, sent.Caller == instance ? null : sent.Caller));
        }
    }

    /// <summary>Keeps of a step of an entity only what it answered.</summary>
    public void ForgetOfEntity(EngineBatch batch)
    {
        Version++;
        Late.UnionWith(batch.Messages.Removed);
        foreach (EngineMessage answer in batch.Messages.Added)
        {
            _messages.Add(answer.StoredId, Copy(answer));
        }
    }

    private static void Apply<T>(SortedDictionary<long, T> table, RowChanges<T> changes, Func<T, long> id)
        where T : class
    {
        foreach (long removed in changes.Removed)
        {
            table.Remove(removed);
        }

        foreach (T row in changes.Added)
        {
            table.Add(id(row), row);
        }
    }

    // A message as it comes from disk: what the last engine noted on it is gone.
    private static EngineMessage Copy(EngineMessage message) => Copy(message, message.Caller);

    private static EngineMessage Copy(EngineMessage message, string? caller) => new(message.Kind, message.Target)
    {
        StoredId = message.StoredId,
        Name = message.Name,
        Payload = message.Payload,
        Caller = caller,
        Generation = message.Generation,
        TaskId = message.TaskId,
        Due = message.Due,
    };
}
