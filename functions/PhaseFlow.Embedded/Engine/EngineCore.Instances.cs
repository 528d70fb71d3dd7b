using Microsoft.DurableTask.Client;
using PhaseFlow.Embedded.Engine.Orchestrations;
using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Embedded.Engine;

/// <content>What the messages to an orchestration instance do.</content>
internal sealed partial class EngineCore
{
    /// <summary>The task id under which a scheduled start is found; orchestrators count theirs from 0.</summary>
    private const int StartTaskId = -1;

    private OrchestrationInstance Instance(string id)
    {
        if (!_instances.TryGet(id, out OrchestrationInstance? instance))
        {
            instance = storage.LoadInstance(id) is { } row ? OrchestrationInstance.From(row) : new OrchestrationInstance(id);
            _instances.Add(id, instance);
        }

        return instance;
    }

    private void Run(OrchestrationInstance instance)
    {
        // Only what is there now: a generation that follows another at once waits for its turn.
        for (int n = instance.Inbox.Count; n > 0; n--)
        {
            EngineMessage message = instance.Inbox.Dequeue();
            Consume(message);
            Handle(instance, message);
            if (_inEpisode && instance.Live is { } live && (live.Rejection is not null || live.IsDone))
            {
                FinishEpisode(instance, live);
            }
        }

        if (_inEpisode)
        {
            FinishEpisode(instance, instance.Live!);
        }
    }

    private void Handle(OrchestrationInstance instance, EngineMessage message)
    {
        switch (message.Kind)
        {
            case MessageKind.Start:
                Answer(message, Start(instance, message));
                break;
            case MessageKind.Event:
                Answer(message, Raise(instance, message));
                break;
            case MessageKind.Terminate:
                Answer(message, Terminate(instance, message));
                break;
            case MessageKind.Suspend:
                Answer(message, Suspend(instance, message));
                break;
            case MessageKind.Resume:
                Answer(message, Resume(instance));
                break;
            case MessageKind.Purge:
                Answer(message, Purge(instance, message));
                break;
            case MessageKind.ActivityCompleted or MessageKind.ActivityFailed:
                TakeResult(instance, message);
                break;
            default:
                if (instance.Exists && !instance.HasEnded && message.Generation == instance.Generation)
                {
                    HandleOwn(instance, message);
                }

                break;
        }
    }

    /// <summary>What the generation at hand has asked for itself.</summary>
    private void HandleOwn(OrchestrationInstance instance, EngineMessage message)
    {
        switch (message.Kind)
        {
            case MessageKind.OperationCompleted:
                Deliver(instance, new HistoryEvent(HistoryKind.OperationCompleted, message.TaskId, null, message.Payload));
                break;
            case MessageKind.OperationFailed:
                Deliver(instance, new HistoryEvent(HistoryKind.OperationFailed, message.TaskId, null, message.Payload));
                break;
            case MessageKind.TimerFired:
                Deliver(instance, new HistoryEvent(HistoryKind.TimerFired, message.TaskId));
                break;
            case MessageKind.StartDue:
                Begin(instance);
                break;
            case MessageKind.Continue:
                OpenEpisode(instance);
                break;
            case MessageKind.InvalidAwait:
                End(instance, OrchestrationRuntimeStatus.Failed, HistoryKind.Failed, Rejections.Output(instance.Name, new InvalidOperationException(OrchestrationExecution.InvalidAwait)));
                break;
            default:
                throw new InvalidOperationException($"An orchestration does not take a message of kind {message.Kind}.");
        }
    }

    private DurableInstanceException? Start(OrchestrationInstance instance, EngineMessage message)
    {
        if (instance.Exists && (!instance.HasEnded || message.DedupeStatuses?.Contains(instance.Status.ToString(), StringComparer.OrdinalIgnoreCase) == true))
        {
            return DurableInstanceException.AlreadyExists(instance.Id);
        }

        NewGeneration(instance, message.Name, message.Payload, message.Tags);
        if (message.Due > _now)
        {
            Arm(new TimerRow(NextId(), message.Due, TimerKind.Start, instance.Id, instance.Generation, StartTaskId));
        }
        else
        {
            Begin(instance);
        }

        return null;
    }

    private DurableInstanceException? Raise(OrchestrationInstance instance, EngineMessage message)
    {
        if (!instance.Exists || instance.HasEnded)
        {
            return instance.Exists ? DurableInstanceException.NotRunning() : DurableInstanceException.Unknown(instance.Id);
        }

        Deliver(instance, new HistoryEvent(HistoryKind.EventRaised, 0, message.Name, message.Payload));
        return null;
    }

    private DurableInstanceException? Terminate(OrchestrationInstance instance, EngineMessage message)
    {
        if (_inEpisode)
        {
            FinishEpisode(instance, instance.Live!); // what came before it counts
        }

        if (!instance.Exists || instance.HasEnded)
        {
            return Refusal(instance, "terminate");
        }

        End(instance, OrchestrationRuntimeStatus.Terminated, HistoryKind.Terminated, message.Payload);
        return null;
    }

    private DurableInstanceException? Suspend(OrchestrationInstance instance, EngineMessage message)
    {
        if (!instance.Exists || instance.Status != OrchestrationRuntimeStatus.Running)
        {
            return Refusal(instance, "suspend");
        }

        Deliver(instance, new HistoryEvent(HistoryKind.Suspended, 0, null, message.Payload));
        SetStatus(instance, OrchestrationRuntimeStatus.Suspended, message.Payload);
        return null;
    }

    private DurableInstanceException? Resume(OrchestrationInstance instance)
    {
        if (!instance.Exists || instance.Status != OrchestrationRuntimeStatus.Suspended)
        {
            return Refusal(instance, "resume");
        }

        SetStatus(instance, OrchestrationRuntimeStatus.Running, output: null);
        Deliver(instance, new HistoryEvent(HistoryKind.Resumed));
        return null;
    }

    private InvalidOperationException? Purge(OrchestrationInstance instance, EngineMessage message)
    {
        if (!instance.Exists)
        {
            return null;
        }

        if (!instance.HasEnded)
        {
            return new InvalidOperationException(
                $"Only orchestrations in a terminal state can be purged, but the orchestration with instance ID {instance.Id} has status {instance.Status}");
        }

        message.Reply!.Count = 1;
        Clear(instance);
        instance.Exists = false;
        _batch.Inputs.Remove(instance.Id);
        MarkDirty(instance);
        _purged.Enqueue(instance);
        return null;
    }

    /// <summary>Lets go of the instances whose purge is on disk: before that, what comes for one would find its old row.</summary>
    private void ForgetPurged()
    {
        while (_purged.TryPeek(out OrchestrationInstance? gone) && gone.ChangedIn <= DurableThrough)
        {
            _purged.Dequeue();
            if (!gone.Exists && !gone.IsBusy)
            {
                _instances.Remove(gone.Id, gone);
            }
        }
    }

    private static DurableInstanceException Refusal(OrchestrationInstance instance, string verb) => instance.Exists
        ? DurableInstanceException.WrongState(verb, instance.Id, instance.Status)
        : DurableInstanceException.Unknown(instance.Id);

    private void TakeResult(OrchestrationInstance instance, EngineMessage message)
    {
        if (!_open.TryTakeActivity(message.RowId, out ActivityRow? row))
        {
            return; // a second result, or one that nobody waits for any more
        }

        _batch.Activities.Remove(row!.Id);
        if (row.Generation == instance.Generation && !instance.HasEnded)
        {
            HistoryKind kind = message.Kind == MessageKind.ActivityCompleted ? HistoryKind.ActivityCompleted : HistoryKind.ActivityFailed;
            Deliver(instance, new HistoryEvent(kind, row.TaskId, null, message.Payload));
        }
    }

    private void Arm(TimerRow row)
    {
        _open.Add(row);
        _batch.Timers.Add(row.Id, row);
    }

    /// <summary>Makes room for a new generation: what the last one had open and its history go.</summary>
    private void Clear(OrchestrationInstance instance)
    {
        _open.Drop(instance.Id, _batch);
        _batch.Dropped.Add(instance.Id);
        instance.DropLive();
        instance.NextSeq = 0;
        instance.Unwritten = [];
        instance.History = null;
        instance.Beginning = null;
        instance.LastEpisode = default;
    }

    private void NewGeneration(OrchestrationInstance instance, string name, string? input, string? tags)
    {
        if (instance.Exists)
        {
            Clear(instance);
        }

        instance.Exists = true;
        instance.Name = name;
        instance.Input = input;
        instance.Tags = tags;
        instance.Generation = NextId();
        instance.CreatedAt = _now;
        instance.CustomStatus = null;
        instance.History = options.ReplayAlways ? [] : null;
        _batch.Inputs[instance.Id] = input;
        SetStatus(instance, OrchestrationRuntimeStatus.Pending, output: null);
    }

    private void SetStatus(OrchestrationInstance instance, OrchestrationRuntimeStatus status, string? output)
    {
        instance.Status = status;
        instance.Output = output;
        _batch.Changed.Add(instance.Id);
        MarkDirty(instance);
    }

    private void MarkDirty(OrchestrationInstance instance)
    {
        instance.UpdatedAt = _now;
        instance.ChangedIn = _batch.Number;
        _dirtyInstances.Add(instance);
    }
}
