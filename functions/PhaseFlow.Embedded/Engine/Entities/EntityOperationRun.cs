using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace PhaseFlow.Embedded.Engine.Entities;

/// <summary>One operation at work: what it sees of the engine, and the messages it has asked to send.</summary>
internal sealed class EntityOperationRun : TaskEntityOperation
{
    private readonly EngineMessage _message;
    private readonly DataConverter _converter;
    private readonly Sender _sender;

    public EntityOperationRun(EngineMessage message, EntityInstance entity, DataConverter converter, IServiceProvider services, Func<string> newId)
    {
        _message = message;
        _converter = converter;
        _sender = new Sender(entity.Id, converter, newId);
        State = entity.State;
        Dispatcher = new TaskEntityDispatcher(this, services);
    }

    public override string Name => _message.Name;

    public override TaskEntityContext Context => _sender;

    public override TaskEntityState State { get; }

    public override bool HasInput => _message.Payload is not null;

    /// <summary>The message that asked for the operation.</summary>
    public EngineMessage Message => _message;

    public TaskEntityDispatcher Dispatcher { get; }

    /// <summary>The call of the entity's function.</summary>
    public Task Task { get; set; } = Task.CompletedTask;

    /// <summary>What is to be sent when the operation succeeds.</summary>
    public IReadOnlyList<EngineMessage> Messages => _sender.Messages;

    public override object? GetInput(Type inputType) => _converter.Deserialize(_message.Payload, inputType);

    private sealed class Sender(EntityInstanceId id, DataConverter converter, Func<string> newId) : TaskEntityContext
    {
        public List<EngineMessage> Messages { get; } = [];

        public override EntityInstanceId Id => id;

        public override void SignalEntity(EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null)
        {
            ArgumentException.ThrowIfNullOrEmpty(operationName);
            Messages.Add(new EngineMessage(MessageKind.Operation, id.ToString())
            {
                Name = operationName,
                Payload = converter.Serialize(input),
                Due = options?.SignalTime?.UtcDateTime ?? default,
            });
        }

        public override string ScheduleNewOrchestration(TaskName name, object? input = null, StartOrchestrationOptions? options = null)
        {
            string instanceId = options?.InstanceId ?? newId();
            Messages.Add(new EngineMessage(MessageKind.Start, instanceId)
            {
                Name = name.Name,
                Payload = converter.Serialize(input),
                Due = options?.StartAt?.UtcDateTime ?? default,
            });
            return instanceId;
        }
    }
}
