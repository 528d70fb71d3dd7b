using System.Globalization;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Logging.Abstractions;
using PhaseFlow.Benchmarks.Simulation.Storage;
using PhaseFlow.Embedded.Engine;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Engine.Client;
using PhaseFlow.Embedded.Engine.Persistence;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Slots;

namespace PhaseFlow.Benchmarks.Simulation;

/// <summary>One life of the process: the real engine, orchestrators, entity, activities and functions, driven by the agenda instead of threads.</summary>
/// <remarks>As in the real driver several batches are under way at most, they are committed in order, and their effects follow the commit.</remarks>
internal sealed class SimulatedHost
{
    private const int MaxUnderWay = 8;

    private static readonly DataConverter Converter = JsonDataConverter.Default;

    private readonly World _world;
    private readonly EngineCore _core;
    private readonly MemoryEngineStorage _storage;
    private readonly FunctionCatalog _catalog;
    private readonly Queue<(EngineBatch Batch, Action<Exception?> Done)> _underWay = new();
    private readonly List<EngineMessage> _raised = [];
    private readonly Dictionary<EngineBatch, EngineMessage[]> _took = [];
    private List<EngineMessage> _inbox = [];
    private bool _stepPlanned;
    private bool _timerFired;
    private long _durableThrough;
    private DateTime? _armedFor;

    public SimulatedHost(World world, MemoryEngineStorage storage, FunctionCatalog catalog, Func<Microsoft.DurableTask.Client.DurableTaskClient, SimulatedServices> services)
    {
        _world = world;
        _storage = storage;
        _catalog = catalog;
        var options = new DurableEngineOptions
        {
            ReplayAlways = world.Options.ReplayAlways,
            HotInstances = world.Options.HotInstances,
            MaxStepsPerBatch = world.Options.Forgets ? 1 : new DurableEngineOptions().MaxStepsPerBatch,
            NewId = () => throw new InvalidOperationException("Everything that is started has an id."),
        };
        Services = services(new EngineClient(Raise, storage, new InstanceWatch(), options, Converter));
        _core = new EngineCore(catalog, Services, storage, Converter, options, NullLoggerFactory.Instance, Post);
        storage.Committer = (batch, done) =>
        {
            _underWay.Enqueue((batch, done));
            _world.Agenda.Inside(_world.Dice.Milliseconds(0, _world.Options.Forgets ? 60 : 8), CommitNext);
        };
        RecoveredState recovered = storage.Recover();
        _core.Recover(recovered with { Messages = [.. recovered.Messages.Where(m => !storage.Late.Contains(m.StoredId))] });
        foreach (EngineMessage late in recovered.Messages.Where(m => storage.Late.Contains(m.StoredId)))
        {
            _world.Agenda.Inside(_world.Dice.Seconds(0, 60), () => Post(late));
        }

        PlanStep();
    }

    public SimulatedServices Services { get; }

    /// <summary>Whether the engine has nothing to do but to wait.</summary>
    public bool IsAtRest => !_stepPlanned && _inbox.Count == 0 && _underWay.Count == 0;

    /// <summary>The process dies. Of the batches that were being written some, in order, are on disk; nobody knows it.</summary>
    public void Crash()
    {
        for (int kept = _world.Dice.Between(0, _underWay.Count); kept > 0; kept--)
        {
            _storage.Apply(_underWay.Dequeue().Batch);
        }

        if (_world.Options.Forgets && _underWay.TryDequeue(out (EngineBatch Batch, Action<Exception?> Done) forgotten))
        {
            Forget(forgotten.Batch);
        }

        _underWay.Clear();
    }

    /// <summary>A step of a feature or of the limiter was done and is not kept: what it asked for happens all the same, and what it took comes again.</summary>
    private void Forget(EngineBatch batch)
    {
        if (batch.Entities.ContainsKey(SlotLimiter.Id))
        {
            _world.Tell($"a step of the limiter is forgotten");
            _storage.ForgetOfEntity(batch);
            _world.Oracle.LimiterForgot();
            return;
        }

        if (batch.History.Select(h => h.Instance).SingleOrDefault(i => i.StartsWith("feature-", StringComparison.Ordinal)) is not { } instance)
        {
            return;
        }

        _world.Tell($"a step of {instance} is forgotten");
        _storage.Forget(batch, instance, _took.GetValueOrDefault(batch) ?? []);
        _world.Oracle.Forgot();
        foreach (ActivityRow activity in batch.Start)
        {
            _world.Agenda.Outside(_world.Dice.Seconds(0, 60), () => _ = AttemptAsync(activity));
        }

        _world.WishAgainst(int.Parse(instance.AsSpan("feature-".Length), CultureInfo.InvariantCulture));
    }

    /// <summary>Somebody raises an event. Where steps are forgotten there are queues between, in which one that was raised later may come first.</summary>
    private void Raise(EngineMessage message)
    {
        if (_world.Options.Forgets && message.Kind == MessageKind.Event && _world.Dice.Chance(30))
        {
            _world.Agenda.Inside(_world.Dice.Milliseconds(0, 2000), () => Post(message));
        }
        else
        {
            Post(message);
        }
    }

    private void Post(EngineMessage message)
    {
        _inbox.Add(message);
        if (_world.Options.Forgets && message is { Kind: MessageKind.Event or MessageKind.ActivityCompleted or MessageKind.ActivityFailed, StoredId: 0 })
        {
            _raised.Add(message);
        }

        PlanStep();
    }

    private void PlanStep()
    {
        if (!_stepPlanned && _underWay.Count < MaxUnderWay)
        {
            _stepPlanned = true;
            _world.Agenda.Inside(_world.Dice.Milliseconds(0, 2), Step);
        }
    }

    private void Step()
    {
        _stepPlanned = false;
        _timerFired = false;
        List<EngineMessage> taken = _inbox;
        _inbox = [];
        foreach (EngineMessage message in taken)
        {
            _core.Post(message);
        }

        _core.DurableThrough = _durableThrough;
        EngineBatch batch = _core.Process(_world.Agenda.Now.UtcDateTime);
        if (_raised.Find(m => m.IsConsumed) is not null)
        {
            _took[batch] = [.. _raised.Where(m => m.IsConsumed)];
            _raised.RemoveAll(m => m.IsConsumed);
        }

        if (!batch.HasChanges && _underWay.Count == 0)
        {
            Release(batch);
        }
        else
        {
            _storage.Commit(batch, _ => Release(batch));
            if (_world.Options.Forgets && (batch.Start.Any(a => a.Name == nameof(LaunchAgentActivity)) || batch.Entities.Count > 0))
            {
                _world.MayCrashNow();
            }
        }

        ArmTimer();
        if (_core.HasWork)
        {
            PlanStep();
        }
    }

    private void CommitNext()
    {
        (EngineBatch batch, Action<Exception?> done) = _underWay.Dequeue();
        _storage.Apply(batch);
        done(null);
        if (_inbox.Count > 0 || _timerFired || _core.HasWork)
        {
            PlanStep();
        }
    }

    private void Release(EngineBatch batch)
    {
        _durableThrough = Math.Max(_durableThrough, batch.Number);
        foreach (ActivityRow activity in batch.Start)
        {
            if (_storage.Results.TryGetValue(activity.Id, out EngineMessage? result))
            {
                _world.Agenda.Inside(_world.Dice.Seconds(0, 60), () => Post(new EngineMessage(result.Kind, result.Target) { RowId = activity.Id, Payload = result.Payload }));
                continue;
            }

            _world.Agenda.Inside(_world.Latency(), () => _ = RunAsync(activity));
        }

        foreach (ClientReply reply in batch.Replies)
        {
            reply.Release();
        }
    }

    private async Task RunAsync(ActivityRow activity)
    {
        if (await AttemptAsync(activity) is { } result)
        {
            Post(result);
        }
    }

    private async Task<EngineMessage?> AttemptAsync(ActivityRow activity)
    {
        MessageKind kind = MessageKind.ActivityCompleted;
        string? payload;
        try
        {
            await _world.FaultAsync();
            payload = await _catalog.Activities[activity.Name].RunAsync(activity.Instance, activity.Input, Converter, Services, CancellationToken.None);
            await _world.FaultAsync();
            _world.Tell($"{activity.Name} of {activity.Instance} has run");
        }
        catch (Exception e) when (e is not ViolationException)
        {
            _world.Tell($"{activity.Name} of {activity.Instance} fails: {e.Message}");
            if (activity.Name == nameof(CancelAgentActivity))
            {
                _world.Agents.StopFailed(activity.Input);
            }

            kind = MessageKind.ActivityFailed;
            payload = Failures.OfActivity(e);
        }
        catch (ViolationException violation)
        {
            _world.Fail(violation);
            return null;
        }

        return new EngineMessage(kind, activity.Instance) { RowId = activity.Id, Payload = payload };
    }

    private void ArmTimer()
    {
        DateTime? next = _core.NextTimer;
        if (next is { } due && next != _armedFor)
        {
            _armedFor = next;
            _world.Agenda.Alarm(due - _world.Agenda.Now.UtcDateTime, () =>
            {
                _armedFor = _armedFor == due ? null : _armedFor;
                _timerFired = true; // also where there is no room for a batch now
                PlanStep();
            });
        }
    }
}
