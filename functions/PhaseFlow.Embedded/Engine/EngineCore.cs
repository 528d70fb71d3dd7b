using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Engine.Entities;
using PhaseFlow.Embedded.Engine.Orchestrations;
using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Embedded.Engine;

/// <summary>The engine as a state machine: messages and a time go in, batches come out. It has no thread and no clock of its own.</summary>
/// <remarks>
/// All that happens without the outside happens in one batch: an event that wakes an orchestrator that calls an entity that starts another
/// orchestrator. Its state in memory runs ahead of what is stored; the effects of a batch are released only when that is stored. When a batch
/// cannot be stored the core must not be used any more.
/// Everything here is called from one thread at a time, except <paramref name="post"/>, which code of the app may call from any.
/// </remarks>
/// <param name="catalog">The functions.</param>
/// <param name="services">Services of the functions.</param>
/// <param name="storage">Where instances and entities are loaded from.</param>
/// <param name="converter">Makes JSON of values.</param>
/// <param name="options">How it runs.</param>
/// <param name="loggers">Loggers for it and for orchestrators.</param>
/// <param name="post">Brings a message from another thread to <see cref="Post"/> on the right one.</param>
internal sealed partial class EngineCore(
    FunctionCatalog catalog,
    IServiceProvider services,
    IEngineStorage storage,
    DataConverter converter,
    DurableEngineOptions options,
    ILoggerFactory loggers,
    Action<EngineMessage> post)
{
    private readonly ILogger _log = loggers.CreateLogger<EngineCore>();
    private readonly ExecutionServices _execution = new(
        services,
        converter,
        loggers,
        (id, generation) => post(new EngineMessage(MessageKind.InvalidAwait, id) { Generation = generation }));

    private readonly HotSet<string, OrchestrationInstance> _instances = new(options.HotInstances, StringComparer.Ordinal);
    private readonly HotSet<string, EntityInstance> _entities = new(options.HotInstances, StringComparer.Ordinal);
    private readonly OpenWork _open = new();
    private readonly Queue<HotItem> _ready = new();
    private readonly Queue<OrchestrationInstance> _purged = new();
    private readonly HashSet<OrchestrationInstance> _dirtyInstances = [];
    private readonly HashSet<EntityInstance> _dirtyEntities = [];
    private readonly List<EngineMessage> _posted = [];
    private EngineBatch _batch = new(1);
    private DateTime _now;
    private long _lastId;

    /// <summary>When the next timer is due.</summary>
    public DateTime? NextTimer => _open.Timers.Next;

    /// <summary>Whether messages were left over from the last batch.</summary>
    public bool HasWork => _ready.Count > 0;

    /// <summary>The last batch that is known to be stored.</summary>
    public long DurableThrough { get; set; }

    /// <summary>Takes up what was open when the engine stopped. Activities without a result are started by the next batch.</summary>
    public void Recover(RecoveredState state)
    {
        _lastId = state.Epoch << 32;
        foreach (ActivityRow row in state.Activities)
        {
            _open.Add(row);
            _batch.Start.Add(row);
        }

        foreach (TimerRow row in state.Timers)
        {
            _open.Add(row);
        }

        foreach (EngineMessage message in state.Messages)
        {
            Post(message);
        }
    }

    /// <summary>Takes a message. It is processed with the next batch.</summary>
    public void Post(EngineMessage message)
    {
        if (message.MustBeStored && message.StoredId == 0)
        {
            _posted.Add(message);
        }

        switch (message.Kind)
        {
            case MessageKind.ActivityCompleted or MessageKind.ActivityFailed:
                if (_open.InstanceOf(message.RowId) is { } waiting)
                {
                    Enqueue(Instance(waiting), message);
                }

                break;
            case MessageKind.OperationEnded:
                Enqueue(Entity(message.Target));
                break;
            case MessageKind.Operation:
                // The call is done when the operation is stored: by its consequences, or as a message.
                Answer(message, error: null);
                if (message.Due > _now)
                {
                    Delay(message);
                }
                else
                {
                    Enqueue(Entity(message.Target), message);
                }

                break;
            default:
                Enqueue(Instance(message.Target), message);
                break;
        }
    }

    /// <summary>Runs everything that has messages, until there are none, and gives what came of it.</summary>
    public EngineBatch Process(DateTime now)
    {
        _now = now > _now ? now : _now; // a clock that is set back must not bring time back
        int steps = 0;
        do
        {
            while (_ready.Count > 0 && steps++ < options.MaxStepsPerBatch)
            {
                Run(_ready.Dequeue());
            }
        }
        while (steps < options.MaxStepsPerBatch && FireTimers());

        return Seal();
    }

    private void Run(HotItem item)
    {
        item.IsQueued = false;
        if (item is OrchestrationInstance instance)
        {
            Run(instance);
        }
        else
        {
            Run((EntityInstance)item);
        }
    }

    private bool FireTimers()
    {
        bool any = false;
        while (_open.TryTakeDueTimer(_now, out TimerRow? timer))
        {
            any = true;
            _batch.Timers.Remove(timer!.Id);
            Post(timer.Kind switch
            {
                TimerKind.Orchestration => new EngineMessage(MessageKind.TimerFired, timer.Target) { Generation = timer.Generation, TaskId = timer.TaskId },
                TimerKind.Start => new EngineMessage(MessageKind.StartDue, timer.Target) { Generation = timer.Generation },
                _ => new EngineMessage(MessageKind.Operation, timer.Target) { Name = timer.Name!, Payload = timer.Payload },
            });
        }

        return any;
    }

    /// <summary>Closes the batch: what is in it is as it will be stored, and the state in memory goes on from there.</summary>
    private EngineBatch Seal()
    {
        EngineBatch batch = _batch;
        foreach (OrchestrationInstance instance in _dirtyInstances)
        {
            batch.Instances[instance.Id] = instance.Exists ? instance.ToRow() : null;
            if (instance.Unwritten.Count > 0)
            {
                batch.History.Add(new HistoryChunk(instance.Id, instance.Generation, instance.NextSeq, instance.Unwritten));
                instance.NextSeq += instance.Unwritten.Count;
                instance.Unwritten = [];
            }
        }

        foreach (EntityInstance entity in _dirtyEntities)
        {
            string? state = entity.State.ToJson();
            if (!string.Equals(state, entity.StoredState, StringComparison.Ordinal))
            {
                entity.StoredState = state;
                batch.Entities[entity.Id] = new EntityRow(entity.Id, state, _now);
            }
        }

        StoreLeftOvers();
        _dirtyInstances.Clear();
        _dirtyEntities.Clear();
        _batch = new EngineBatch(batch.Number + 1);
        ForgetPurged();
        _instances.Trim(DurableThrough, static i => i.DropLive());
        _entities.Trim(DurableThrough, static _ => { });
        return batch;
    }

    /// <summary>What was not consumed and has no other trace is stored as it is.</summary>
    private void StoreLeftOvers()
    {
        foreach (EngineMessage message in _posted)
        {
            if (!message.IsConsumed)
            {
                message.StoredId = NextId();
                _batch.Messages.Add(message.StoredId, message);
            }
        }

        _posted.Clear();
    }

    private void Consume(EngineMessage message)
    {
        message.IsConsumed = true;
        if (message.StoredId != 0)
        {
            _batch.Messages.Remove(message.StoredId);
        }
    }

    private void Enqueue(HotItem item)
    {
        if (!item.IsQueued)
        {
            item.IsQueued = true;
            _ready.Enqueue(item);
        }
    }

    private void Enqueue(OrchestrationInstance instance, EngineMessage message)
    {
        instance.Inbox.Enqueue(message);
        Enqueue(instance);
    }

    private void Enqueue(EntityInstance entity, EngineMessage message)
    {
        entity.Inbox.Enqueue(message);
        Enqueue(entity);
    }

    private void Delay(EngineMessage message)
    {
        var row = new TimerRow(NextId(), message.Due, TimerKind.Signal, message.Target, 0, 0, message.Name, message.Payload);
        _open.Add(row);
        _batch.Timers.Add(row.Id, row);
        Consume(message);
    }

    private void Answer(EngineMessage message, Exception? error)
    {
        if (message.Reply is { } reply)
        {
            if (error is not null)
            {
                reply.Refuse(error);
            }

            _batch.Replies.Add(reply);
        }
    }

    private long NextId() => ++_lastId;
}
