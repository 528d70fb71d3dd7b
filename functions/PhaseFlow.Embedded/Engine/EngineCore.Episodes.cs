using Microsoft.DurableTask.Client;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Engine.Orchestrations;
using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Embedded.Engine;

/// <content>How orchestrators run: an episode applies what has come and records what is asked for.</content>
internal sealed partial class EngineCore
{
    private bool _inEpisode;

    private void Begin(OrchestrationInstance instance)
    {
        SetStatus(instance, OrchestrationRuntimeStatus.Running, output: null);
        Deliver(instance, new HistoryEvent(HistoryKind.ExecutionStarted, 0, instance.Name));
    }

    /// <summary>Adds an event to the history and lets it happen.</summary>
    private void Deliver(OrchestrationInstance instance, in HistoryEvent e)
    {
        OpenEpisode(instance);
        if (instance.Live is { Rejection: null } live)
        {
            instance.Append(e);
            live.Apply(e);
        }
    }

    private void OpenEpisode(OrchestrationInstance instance)
    {
        MarkDirty(instance);
        if (!Revive(instance) || instance.Live!.Rejection is not null)
        {
            return;
        }

        if (instance.LastEpisode != _now)
        {
            var started = new HistoryEvent(HistoryKind.EpisodeStarted, Time: _now);
            instance.Append(started);
            instance.Live!.Apply(started);
            instance.LastEpisode = _now;
        }
    }

    /// <summary>Makes sure that the instance's orchestrator lives; false when there is none any more, and the instance has ended of it.</summary>
    private bool Revive(OrchestrationInstance instance)
    {
        if (instance.Live is not null)
        {
            _inEpisode = true;
            return true;
        }

        if (!catalog.Orchestrators.TryGetValue(instance.Name, out OrchestratorFunction? function))
        {
            End(instance, OrchestrationRuntimeStatus.Failed, HistoryKind.Failed, Rejections.UnknownFunction(instance.Name, "orchestrator", catalog.Orchestrators.Keys));
            return false;
        }

        var live = new OrchestrationExecution(function, instance.Id, instance.Generation, instance.Input, _execution);
        instance.Live = live;
        _inEpisode = true;
        if (instance.Beginning is { } beginning)
        {
            instance.Beginning = null;
            foreach (HistoryEvent e in beginning)
            {
                live.Apply(e);
            }
        }
        else if (instance.NextSeq > 0 || instance.History is { Count: > 0 })
        {
            List<HistoryEvent> history = instance.History ?? storage.LoadHistory(instance.Id, instance.Generation);
            instance.History = options.ReplayAlways ? history : null;
            live.Replay(history);
        }

        return true;
    }

    private void FinishEpisode(OrchestrationInstance instance, OrchestrationExecution live)
    {
        _inEpisode = false;
        if (live.Rejection is { } rejection)
        {
            LogRejected(_log, instance.Id, instance.Name, rejection.Message);
            End(instance, OrchestrationRuntimeStatus.Failed, HistoryKind.Failed, Rejections.Output(instance.Name, rejection));
            return;
        }

        foreach (int taskId in live.CancelledTimers)
        {
            if (_open.TryCancelTimer(instance.Id, taskId, out long row))
            {
                _batch.Timers.Remove(row);
            }
        }

        live.CancelledTimers.Clear();
        while (live.TryTakeAction(out OrchestrationAction? action))
        {
            Record(instance, action!);
        }

        if (live.CustomStatusWasSet)
        {
            instance.CustomStatus = live.CustomStatus;
        }

        if (live.IsDone)
        {
            Complete(instance, live);
        }
        else if (options.ReplayAlways)
        {
            instance.DropLive();
        }
    }

    /// <summary>Adds what the orchestrator has asked for to the history, and sets it going.</summary>
    private void Record(OrchestrationInstance instance, OrchestrationAction action)
    {
        instance.Append(new HistoryEvent(action.Kind, action.TaskId, action.Name, Time: action.Kind == HistoryKind.TimerCreated ? action.Due : default));
        switch (action.Kind)
        {
            case HistoryKind.ActivityScheduled:
                var activity = new ActivityRow(NextId(), instance.Id, instance.Generation, action.TaskId, action.Name, action.Payload);
                _open.Add(activity);
                _batch.Activities.Add(activity.Id, activity);
                _batch.Start.Add(activity);
                break;
            case HistoryKind.TimerCreated when !action.Cancelled:
                Arm(new TimerRow(NextId(), action.Due, TimerKind.Orchestration, instance.Id, instance.Generation, action.TaskId));
                break;
            case HistoryKind.EventSent:
                Post(new EngineMessage(MessageKind.Event, action.Target!) { Name = action.Name, Payload = action.Payload });
                break;
            case HistoryKind.OperationCalled or HistoryKind.OperationSignaled:
                bool called = action.Kind == HistoryKind.OperationCalled;
                Post(new EngineMessage(MessageKind.Operation, action.Entity.ToString())
                {
                    Name = action.Operation!,
                    Payload = action.Payload,
                    Due = action.Due,
                    Caller = called ? instance.Id : null,
                    Generation = called ? instance.Generation : 0,
                    TaskId = action.TaskId,
                });
                break;
            default:
                break; // a timer that was cancelled at once
        }
    }

    private void Complete(OrchestrationInstance instance, OrchestrationExecution live)
    {
        string? output;
        try
        {
            output = live.Result();
        }
        catch (Exception e)
        {
            LogFailed(_log, instance.Id, instance.Name, e);
            End(instance, OrchestrationRuntimeStatus.Failed, HistoryKind.Failed, $"{e.GetType().FullName}: {e.Message}");
            return;
        }

        if (live.Continuation is { } continuation)
        {
            ContinueAsNew(instance, live, continuation);
        }
        else
        {
            End(instance, OrchestrationRuntimeStatus.Completed, HistoryKind.Completed, output);
        }
    }

    private void ContinueAsNew(OrchestrationInstance instance, OrchestrationExecution live, Continuation continuation)
    {
        List<HistoryEvent> beginning = [new(HistoryKind.EpisodeStarted, Time: _now), new(HistoryKind.ExecutionStarted, 0, instance.Name)];
        if (continuation.KeepEvents)
        {
            beginning.AddRange(live.UnprocessedEvents().Select(e => new HistoryEvent(HistoryKind.EventRaised, 0, e.Name, e.Payload)));
        }

        string? customStatus = instance.CustomStatus;
        NewGeneration(instance, instance.Name, continuation.Input, instance.Tags);
        instance.CustomStatus = customStatus;
        SetStatus(instance, OrchestrationRuntimeStatus.Running, output: null);
        instance.LastEpisode = _now;
        instance.Beginning = beginning;
        foreach (HistoryEvent e in beginning)
        {
            instance.Append(e);
        }

        Post(new EngineMessage(MessageKind.Continue, instance.Id) { Generation = instance.Generation });
    }

    private void End(OrchestrationInstance instance, OrchestrationRuntimeStatus status, HistoryKind how, string? output)
    {
        _inEpisode = false;
        instance.Append(new HistoryEvent(how, 0, null, output));
        _open.Drop(instance.Id, _batch);
        instance.DropLive();
        instance.History = null;
        instance.Beginning = null;
        SetStatus(instance, status, output);
    }
}
