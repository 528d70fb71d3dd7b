using Microsoft.DurableTask.Entities;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Engine.Entities;
using PhaseFlow.Embedded.Engine.Orchestrations;
using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Embedded.Engine;

/// <content>How entities carry out their operations: one at a time, in the order in which they came.</content>
internal sealed partial class EngineCore
{
    private EntityInstance Entity(string id)
    {
        if (!_entities.TryGet(id, out EntityInstance? entity))
        {
            EntityInstanceId parsed = EntityInstanceId.FromString(id);
            entity = new EntityInstance(parsed, new EntityState(converter, options.ReplayAlways));
            if (storage.LoadEntity(parsed) is { } row)
            {
                entity.State.Load(row.State);
                entity.StoredState = row.State;
            }

            _entities.Add(id, entity);
        }

        return entity;
    }

    private void Run(EntityInstance entity)
    {
        if (entity.Running is { } running)
        {
            if (!running.Task.IsCompleted)
            {
                return;
            }

            entity.Running = null;
            Finish(entity, running);
        }

        for (int n = entity.Inbox.Count; n > 0 && entity.Running is null; n--)
        {
            Start(entity, entity.Inbox.Dequeue());
        }
    }

    private void Start(EntityInstance entity, EngineMessage message)
    {
        if (!catalog.Entities.TryGetValue(entity.Id.Name, out EntityFunction? function))
        {
            Consume(message);
            Reply(message, MessageKind.OperationFailed, Failures.Of(
                "EntityFunctionNotFound", Rejections.UnknownFunctionMessage(entity.Id.Name, "entity", catalog.Entities.Keys)));
            return;
        }

        entity.State.BeginOperation();
        var run = new EntityOperationRun(message, entity, converter, services, () => options.NewId().ToString("N"));
        try
        {
            run.Task = function.Start(run.Dispatcher, services, converter);
        }
        catch (Exception e)
        {
            run.Task = Task.FromException(e);
        }

        if (run.Task.IsCompleted)
        {
            Finish(entity, run);
            return;
        }

        entity.Running = run;
        string id = message.Target;
        run.Task.ContinueWith(
            _ => post(new EngineMessage(MessageKind.OperationEnded, id)),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private void Finish(EntityInstance entity, EntityOperationRun run)
    {
        Consume(run.Message);
        string? result;
        try
        {
            run.Task.GetAwaiter().GetResult();
            entity.State.Keep();
            result = converter.Serialize(run.Dispatcher.Result);
        }
        catch (Exception e)
        {
            LogOperationFailed(_log, run.Message.Name, run.Message.Target, e);
            entity.State.Undo();
            Reply(run.Message, MessageKind.OperationFailed, Failures.OfOperation(e));
            return;
        }

        entity.ChangedIn = _batch.Number;
        _dirtyEntities.Add(entity);
        foreach (EngineMessage message in run.Messages)
        {
            Post(message);
        }

        Reply(run.Message, MessageKind.OperationCompleted, result);
    }

    private void Reply(EngineMessage operation, MessageKind kind, string? payload)
    {
        if (operation.Caller is { } caller)
        {
            Post(new EngineMessage(kind, caller) { Generation = operation.Generation, TaskId = operation.TaskId, Payload = payload });
        }
    }
}
