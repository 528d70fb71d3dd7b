using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Embedded.Engine.Client;

/// <summary>The client of the engine in this process. A call is done when what it asks for is on disk.</summary>
internal sealed class EngineClient : DurableTaskClient
{
    private readonly Action<EngineMessage> _post;
    private readonly IEngineStorage _storage;
    private readonly InstanceWatch _watch;
    private readonly DurableEngineOptions _options;
    private readonly DataConverter _converter;

    /// <param name="post">Brings a message to the engine.</param>
    /// <param name="storage">What the engine has stored.</param>
    /// <param name="watch">Tells of instances that change.</param>
    /// <param name="options">How the engine runs.</param>
    /// <param name="converter">Makes JSON of values.</param>
    public EngineClient(Action<EngineMessage> post, IEngineStorage storage, InstanceWatch watch, DurableEngineOptions options, DataConverter converter)
        : base("embedded")
    {
        _post = post;
        _storage = storage;
        _watch = watch;
        _options = options;
        _converter = converter;
        Entities = new EngineEntityClient(this, storage, converter);
    }

    public override DurableEntityClient Entities { get; }

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        string id = options?.InstanceId ?? _options.NewId().ToString("N");
        CheckId(id, nameof(options));
        await Call(
            new EngineMessage(MessageKind.Start, id)
            {
                Name = orchestratorName.Name,
                Payload = _converter.Serialize(input),
                Due = options?.StartAt?.UtcDateTime ?? default,
                Tags = options?.Tags is { Count: > 0 } tags ? JsonSerializer.Serialize(tags) : null,
                DedupeStatuses = options?.DedupeStatuses,
                Reply = new ClientReply(),
            },
            cancellation);
        return id;
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        return Call(
            new EngineMessage(MessageKind.Event, instanceId) { Name = eventName, Payload = _converter.Serialize(eventPayload), Reply = new ClientReply() },
            cancellation);
    }

    public override Task TerminateInstanceAsync(
        string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default) =>
        Control(MessageKind.Terminate, instanceId, _converter.Serialize(options?.Output), cancellation);

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        Control(MessageKind.Suspend, instanceId, reason, cancellation);

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        Control(MessageKind.Resume, instanceId, reason, cancellation);

    public override async Task<PurgeResult> PurgeInstanceAsync(
        string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default) =>
        new(await Control(MessageKind.Purge, instanceId, null, cancellation));

    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        OrchestrationRuntimeStatus[] ended =
            [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];
        var query = new OrchestrationQuery(filter.CreatedFrom, filter.CreatedTo, filter.Statuses?.Intersect(ended).ToArray() ?? ended);
        int count = 0;
        await foreach (OrchestrationMetadata instance in GetAllInstancesAsync(query).WithCancellation(cancellation))
        {
            count += await Control(MessageKind.Purge, instance.InstanceId, null, cancellation);
        }

        return new PurgeResult(count);
    }

    public override async Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        InstanceRow? row = await _storage.GetInstanceAsync(instanceId, getInputsAndOutputs, cancellation);
        return row is null ? null : Describe(row, getInputsAndOutputs);
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        OrchestrationQuery query = filter ?? new OrchestrationQuery();
        if (query.InstanceIdPrefix?.StartsWith('@') == true)
        {
            throw new ArgumentException(EntityIdReserved, nameof(filter));
        }

        return Pageable.Create(async (token, size, cancellation) =>
        {
            int limit = Math.Max(1, size ?? query.PageSize);
            List<InstanceRow> rows = await _storage.QueryAsync(query, token ?? query.ContinuationToken, limit + 1, cancellation);
            bool more = rows.Count > limit;
            List<OrchestrationMetadata> page = [.. rows.Take(limit).Select(r => Describe(r, query.FetchInputsAndOutputs))];
            return new Page<OrchestrationMetadata>(page, more ? page[^1].InstanceId : null);
        });
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitUntil(instanceId, m => m.RuntimeStatus != OrchestrationRuntimeStatus.Pending, getInputsAndOutputs, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitUntil(instanceId, m => m.IsCompleted, getInputsAndOutputs, cancellation);

    /// <summary>Nothing to do: the client lives as long as the engine.</summary>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal Task<int> Call(EngineMessage message, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _post(message);
        return message.Reply!.Task.WaitAsync(cancellation);
    }

    private const string EntityIdReserved =
        "Instance IDs starting with '@' are reserved for entities, and must not be used for orchestrations, when entity support is enabled.";

    private static void CheckId(string id, string parameter)
    {
        if (id.Length == 0)
        {
            throw new ArgumentNullException(parameter, "An instance ID must not be empty.");
        }

        if (id[0] == '@')
        {
            throw new ArgumentException(EntityIdReserved, parameter);
        }
    }

    private Task<int> Control(MessageKind kind, string id, string? payload, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return Call(new EngineMessage(kind, id) { Payload = payload, Reply = new ClientReply() }, cancellation);
    }

    private async Task<OrchestrationMetadata> WaitUntil(
        string id, Func<OrchestrationMetadata, bool> condition, bool withData, CancellationToken cancellation)
    {
        while (true)
        {
            Task change = _watch.Next(id);
            if (await GetInstancesAsync(id, withData, cancellation) is { } instance && condition(instance))
            {
                return instance;
            }

            await change.WaitAsync(cancellation);
        }
    }

    private OrchestrationMetadata Describe(InstanceRow row, bool withData) => new(row.Name, row.Id)
    {
        RuntimeStatus = row.Status,
        CreatedAt = new DateTimeOffset(row.CreatedAt),
        LastUpdatedAt = new DateTimeOffset(row.UpdatedAt),
        DataConverter = _converter,
        IncludesData = withData,
        SerializedInput = withData ? row.Input : null,
        SerializedOutput = withData ? row.Output : null,
        SerializedCustomStatus = !withData || row.Status == OrchestrationRuntimeStatus.Pending ? null : row.CustomStatus ?? "null",
        Tags = row.Tags is null ? new Dictionary<string, string>() : JsonSerializer.Deserialize<Dictionary<string, string>>(row.Tags)!,
    };
}
