using System.Security.Cryptography;
using System.Text;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PhaseFlow.Embedded.Engine.Catalog;

namespace PhaseFlow.Embedded.Engine.Orchestrations;

/// <summary>What every execution needs of the engine.</summary>
internal sealed record ExecutionServices(
    IServiceProvider Services, DataConverter Converter, ILoggerFactory LoggerFactory, Action<string, long> LeftThread);

/// <summary>A living orchestrator: its code, suspended at an await, and what it has asked for.</summary>
/// <remarks>History events are applied to it one by one; what it then asks for is taken from it, or, in a replay, compared with the history.</remarks>
internal sealed partial class OrchestrationExecution : TaskOrchestrationContext, IDisposable
{
    public const string InvalidAwait =
        "An invalid asynchronous invocation was detected. This can be caused by awaiting non-durable tasks in an orchestrator function's "
        + "implementation or by middleware that invokes asynchronous code.";

    private const int MaxCustomStatusBytes = 16 * 1024;

    private readonly OrchestratorFunction _function;
    private readonly ExecutionServices _services;
    private readonly string? _input;
    private readonly long _generation;
    private readonly OrchestrationThread _thread;
    private readonly EventInbox _events;
    private readonly Dictionary<int, IOpenTask> _open = [];
    private readonly Queue<OrchestrationAction> _actions = new();
    private readonly OrchestrationEntities _entities;
    private int _openOperations;
    private int _nextTaskId;
    private int _guids;
    private DateTime _now;
    private bool _replaying;
    private Task? _task;
    private IServiceScope? _scope;

    public OrchestrationExecution(OrchestratorFunction function, string instanceId, long generation, string? input, ExecutionServices services)
    {
        _function = function;
        _services = services;
        _input = input;
        _generation = generation;
        InstanceId = instanceId;
        _events = new EventInbox(services.Converter);
        _thread = new OrchestrationThread(() => services.LeftThread(instanceId, generation));
        _entities = new OrchestrationEntities(this);
    }

    public override TaskName Name => _function.Name;

    public override string InstanceId { get; }

    public override ParentOrchestrationInstance? Parent => null;

    public override DateTime CurrentUtcDateTime => _now;

    public override bool IsReplaying => _replaying;

    public override TaskOrchestrationEntityFeature Entities => _entities;

    protected override ILoggerFactory LoggerFactory => _services.LoggerFactory;

    public override T? GetInput<T>()
        where T : default => _services.Converter.Deserialize<T>(_input);

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        string? payload = _services.Converter.Serialize(input);
        return options?.Retry is null
            ? CallOnce<TResult>(name, payload)
            : ActivityRetries.CallAsync(this, options.Retry, () => CallOnce<TResult>(name, payload));
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        DateTime due = fireAt.Kind == DateTimeKind.Local ? fireAt.ToUniversalTime() : DateTime.SpecifyKind(fireAt, DateTimeKind.Utc);
        var action = new OrchestrationAction(HistoryKind.TimerCreated, Next(), string.Empty) { Due = due };
        var timer = new OpenTimer(action);
        _actions.Enqueue(action);
        _open.Add(action.TaskId, timer);
        if (cancellationToken.CanBeCanceled)
        {
            timer.Registration = cancellationToken.Register(() => Cancel(timer, cancellationToken));
        }

        return timer.Task;
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        CheckThread();
        return _events.Wait<T>(eventName, cancellationToken);
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        _actions.Enqueue(new OrchestrationAction(HistoryKind.EventSent, Next(), eventName)
        {
            Target = instanceId,
            Payload = _services.Converter.Serialize(payload),
        });
    }

    public override void SetCustomStatus(object? customStatus)
    {
        CheckThread();
        CustomStatus = _services.Converter.Serialize(customStatus);
        CustomStatusWasSet = true;
        int bytes = (CustomStatus?.Length ?? 0) * sizeof(char);
        if (bytes > MaxCustomStatusBytes)
        {
            Reject(new ArgumentException(
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"CustomStatus is too large: limit = 16 KB (UTF-16), actual = {bytes / 1024.0:0.##} KB.")));
        }
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true)
    {
        CheckThread();
        Continuation = new Continuation(_services.Converter.Serialize(newInput), preserveUnprocessedEvents);
    }

    public override Guid NewGuid()
    {
        CheckThread();
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{InstanceId}_{_generation}_{_guids++}"), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50); // version 5: made of a name
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    public void Dispose() => _scope?.Dispose();

    internal Task<T> CallOperation<T>(EntityInstanceId id, string operation, object? input)
    {
        OrchestrationAction action = AddOperation(HistoryKind.OperationCalled, id, operation, input, default);
        OpenTask<T> task = OpenTask<T>.Operation(_services.Converter, id, operation);
        _open.Add(action.TaskId, task);
        _openOperations++;
        return task.Task;
    }

    internal OrchestrationAction AddOperation(HistoryKind kind, EntityInstanceId id, string operation, object? input, DateTime due)
    {
        ArgumentException.ThrowIfNullOrEmpty(operation);
        var action = new OrchestrationAction(kind, Next(), $"{id}/{operation}")
        {
            Entity = id,
            Operation = operation,
            Payload = _services.Converter.Serialize(input),
            Due = due,
        };
        _actions.Enqueue(action);
        return action;
    }

    private Task<T> CallOnce<T>(TaskName name, string? payload)
    {
        var action = new OrchestrationAction(HistoryKind.ActivityScheduled, Next(), name.Name) { Payload = payload };
        OpenTask<T> task = OpenTask<T>.Activity(_services.Converter, name.Name, action.TaskId);
        _actions.Enqueue(action);
        _open.Add(action.TaskId, task);
        return task.Task;
    }

    private void Cancel(OpenTimer timer, CancellationToken token)
    {
        if (!_thread.IsCurrent)
        {
            _thread.Leave();
        }
        else if (_open.Remove(timer.Action.TaskId))
        {
            timer.Action.Cancelled = true;
            CancelledTimers.Add(timer.Action.TaskId);
            timer.Cancel(token);
        }
    }

    private int Next()
    {
        CheckThread();
        return _nextTaskId++;
    }

    private void CheckThread()
    {
        if (!_thread.IsCurrent)
        {
            _thread.Leave();
            throw new InvalidOperationException(InvalidAwait);
        }
    }

    private void Reject(Exception reason) => Rejection ??= reason;
}
