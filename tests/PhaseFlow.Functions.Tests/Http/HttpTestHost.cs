using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Embedded.Issues;
using PhaseFlow.Embedded.Storage;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Tests.Http;

/// <summary>
/// The HTTP functions on real Kestrel over the real store. The orchestrations are played by the test: it sees what is raised, and publishes runs.
/// </summary>
public sealed class HttpTestHost : IAsyncLifetime
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();
    private readonly byte[] _masterKey = Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef");
    private SqliteDatabase? _database;
    private WebApplication? _app;
    private int _deliveries;

    public HttpClient Client { get; } = new();

    internal HttpHostOptions Options { get; init; } = new() { Port = 0 };

    /// <summary>The cap of features that name none.</summary>
    public decimal? MaxCostUsd { get; init; }

    public IPhaseStore Store => Services.GetRequiredService<IPhaseStore>();

    public IServiceProvider Services => _app!.Services;

    /// <summary>What was raised, by feature.</summary>
    public ConcurrentBag<(string InstanceId, object? Payload)> Raised { get; } = [];

    /// <summary>Orchestrations that cannot be reached.</summary>
    public ConcurrentDictionary<string, bool> Unreachable { get; } = new();

    public SlotLedger Ledger { get; set; } = SlotLedger.Empty(3);

    internal FakeLauncher Launcher { get; } = new();

    public async Task InitializeAsync()
    {
        _database = SqliteDatabase.Open(_folder.Database, NullLoggerFactory.Instance);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.AddHttpHost(Options);
        builder.Services.AddHttpFunctions();
        builder.Services.AddSingleton<TimeProvider>(new FixedTime(Now));
        builder.Services.AddSingleton(FunctionCatalog.From(typeof(HttpHost).Assembly));
        builder.Services.AddSingleton(_database);
        builder.Services.AddSingleton<IPhaseStore>(new SqlitePhaseStore(_database, TimeProvider.System));
        builder.Services.AddSingleton<IIssueTracker, LocalIssueTracker>();
        builder.Services.AddSingleton<IAgentLauncher, ExternalLauncher>();
        builder.Services.AddSingleton<IAgentLauncher>(Launcher);
        builder.Services.AddSingleton(FakeClient().Object);
        builder.Services.AddSingleton<WebhookSecrets>();
        builder.Services.Configure<SlotOptions>(_ => { });
        builder.Services.Configure<SpendOptions>(o => o.MaxCostUsd = MaxCostUsd);
        builder.Services.Configure<WebhookOptions>(o => o.MasterKey = Convert.ToBase64String(_masterKey));
        _app = builder.Build();
        _app.UseHttpHost();
        Client.BaseAddress = new Uri(await _app.StartHttpHostAsync());
    }

    public Task StopAsync() => _app!.StopAsync();

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await StopAsync();
        await _app!.DisposeAsync();
        await _database!.DisposeAsync();
        _folder.Dispose();
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using HttpResponseMessage response = await Client.GetAsync(new Uri(path, UriKind.Relative));
        return await Answer.JsonOf(response, 200);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string? json = null, string? idempotencyKey = null) =>
        SendAsync(HttpMethod.Post, path, json, r => r.Headers.Add("Idempotency-Key", idempotencyKey is null ? [] : [idempotencyKey]));

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        change?.Invoke(request);
        return await Client.SendAsync(request);
    }

    public async Task<HttpResponseMessage> PostMarkdownAsync(string path, string markdown)
    {
        using var content = new StringContent(markdown, Encoding.UTF8, "text/markdown");
        return await Client.PostAsync(new Uri(path, UriKind.Relative), content);
    }

    /// <summary>A planned feature whose phases stand as told.</summary>
    public async Task<int> FeatureAsync(FeatureStatus status = FeatureStatus.Planned, params PhaseState[] phases)
    {
        var plan = new FeaturePlan
        {
            Title = "Sockets",
            Description = "Move to sockets.",
            Phases = [.. phases.Select(p => new PhasePlan { Number = p.Number, Title = $"Phase {p.Number}", Content = $"Do {p.Number}.", DependsOn = p.Rule.DependsOn, WorkflowType = p.Rule.WorkflowType })],
        };
        FeatureCreation creation = await Store.CreateFeatureAsync(plan, null, Now, CancellationToken.None);
        if (status != FeatureStatus.Planned)
        {
            await PublishAsync(creation.FeatureId, status, phases);
        }

        return creation.FeatureId;
    }

    public Task PublishAsync(int featureId, FeatureStatus status, params PhaseState[] phases) => Store.PublishAsync(
        new RunPublication(featureId, 1, status, Cancelling: false, InboxPosition.Start, [.. phases], []), Now, CancellationToken.None);

    /// <summary>A feature in progress whose phase 1 runs its first attempt.</summary>
    public async Task<(int Id, string QueueId, string AdwId)> RunningAsync(string workflowType = WorkflowTypes.External)
    {
        int id = await FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Running, attempt: 1, workflowType: workflowType) with { StartedAt = Now, Slot = 1 });
        await BeginAsync(id, 1, 1, workflowType);
        return (id, QueueId.Format(id, 1), AdwId.Of(id, 1, 1));
    }

    public Task<AttemptRecord> BeginAsync(int id, int phase, int attempt, string workflowType = WorkflowTypes.External) =>
        Store.BeginAttemptAsync(new AttemptStart(id, phase, attempt, AdwId.Of(id, phase, attempt), workflowType), Now, CancellationToken.None);

    public static PhaseState State(int number, PhaseStatus status = PhaseStatus.Queued, int attempt = 0, string workflowType = WorkflowTypes.External, params int[] dependsOn) =>
        new() { Number = number, Status = status, Attempt = attempt, Rule = new PhaseRule { DependsOn = [.. dependsOn], WorkflowType = workflowType } };

    public byte[] SecretOf(string queueId, int attempt) => AttemptSecret.Derive(_masterKey, queueId, attempt);

    /// <summary>Posts a body as the agent of an attempt signs it.</summary>
    public async Task<HttpResponseMessage> PostSignedAsync(
        string path, string body, byte[] secret, string? id = null, DateTimeOffset? at = null, Action<HttpRequestHeaders>? change = null)
    {
        DateTimeOffset moment = at ?? Now;
        id ??= string.Create(CultureInfo.InvariantCulture, $"msg-{Interlocked.Increment(ref _deliveries)}");
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, moment.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign(id, moment, bytes, secret));
        change?.Invoke(request.Headers);
        return await Client.SendAsync(request);
    }

    /// <summary>How many events were raised for a feature.</summary>
    public int RaisedFor(int featureId) => Raised.Count(r => r.InstanceId == $"feature-{featureId}");

    private Mock<DurableTaskClient> FakeClient()
    {
        var entities = new Mock<DurableEntityClient>("entities");
        entities.Setup(e => e.GetEntityAsync<SlotLedger>(SlotLimiter.Id, It.IsAny<CancellationToken>()))
            .ReturnsAsync(() => new EntityMetadata<SlotLedger>(SlotLimiter.Id, Ledger));
        entities.Setup(e => e.GetEntityAsync<SlotLedger>(SlotLimiter.Id, It.IsAny<bool>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(() => new EntityMetadata<SlotLedger>(SlotLimiter.Id, Ledger));
        var client = new Mock<DurableTaskClient>("client");
        client.SetupGet(c => c.Entities).Returns(entities.Object);
        client.Setup(c => c.GetInstanceAsync(It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((string instance, CancellationToken _) => new OrchestrationMetadata("FeatureOrchestrator", instance) { RuntimeStatus = OrchestrationRuntimeStatus.Running });
        client.Setup(c => c.RaiseEventAsync(It.IsAny<string>(), It.IsAny<string>(), It.IsAny<object?>(), It.IsAny<CancellationToken>()))
            .Returns((string instance, string _, object? payload, CancellationToken _) =>
            {
                if (Unreachable.ContainsKey(instance))
                {
                    return Task.FromException(new InvalidOperationException("The engine is down."));
                }

                Raised.Add((instance, payload));
                return Task.CompletedTask;
            });
        return client;
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

/// <summary>Handles the workflow type <c>scripted</c> and says what it was told to have captured.</summary>
internal sealed class FakeLauncher : IAgentLauncher
{
    public const string WorkflowType = "scripted";

    public string Output { get; set; } = "";

    public bool Handles(string workflowType) => workflowType == WorkflowType;

    public Task LaunchAsync(AgentLaunch launch, CancellationToken cancellation) => Task.CompletedTask;

    public Task<bool> StopAsync(AgentRef agent, CancellationToken cancellation) => Task.FromResult(true);

    public Task<DateTimeOffset?> LastSignAsync(AgentRef agent, CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);

    public Task<AgentOutput?> ReadOutputAsync(AgentRef agent, long offset, int limit, CancellationToken cancellation)
    {
        string text = Output[(int)Math.Min(offset, Output.Length)..];
        text = text.Length > limit ? text[..limit] : text;
        return Task.FromResult<AgentOutput?>(new AgentOutput(text, offset, offset + text.Length, offset + text.Length == Output.Length, false));
    }
}
