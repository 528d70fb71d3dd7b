using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PhaseFlow.Benchmarks.Simulation.Storage;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Benchmarks.Fuzzing;

/// <summary>The real pipeline of the HTTP host, from its first middleware to the functions, without a socket: a request is a call.</summary>
internal sealed partial class FuzzHost : IAsyncDisposable
{
    public const string QueueId = "queue-1-1";

    // Each has a status of its own, so that every command finds a phase that takes it.
    private const int Phases = 4;

    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] MasterKey = "0123456789abcdef0123456789abcdef"u8.ToArray();
    private static readonly FunctionCatalog Catalog = FunctionCatalog.From(typeof(HttpHost).Assembly);

    private readonly WebApplication _app;
    private readonly RequestDelegate _pipeline;
    private readonly SilentClient _client = new();
    private readonly MemoryPhaseStore _store = new() { Time = new FixedTime() };

    /// <param name="fault">Wraps the pipeline: what a test plants to see it found.</param>
    public FuzzHost(Func<FuzzHost, RequestDelegate, RequestDelegate>? fault = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.AddHttpHost(new HttpHostOptions { Port = 0 });
        builder.Services.AddHttpFunctions();
        builder.Services.AddSingleton<TimeProvider>(new FixedTime());
        builder.Services.AddSingleton(Catalog);
        builder.Services.AddSingleton<IPhaseStore>(_store);
        builder.Services.AddSingleton<IIssueTracker, NoIssues>();
        builder.Services.AddSingleton<IAgentLauncher, ExternalLauncher>();
        builder.Services.AddSingleton<DurableTaskClient>(_client);
        builder.Services.AddSingleton<WebhookSecrets>();
        builder.Services.Configure<SlotOptions>(_ => { });
        builder.Services.Configure<WebhookOptions>(o => o.MasterKey = Convert.ToBase64String(MasterKey));
        _app = builder.Build();
        _app.UseHttpHost();

        // Without a server nobody closes the chain, so what the host does at its start is done here.
        _app.UseEndpoints(static _ => { });
        RequestDelegate pipeline = ((IApplicationBuilder)_app).Build();
        _pipeline = fault is null ? pipeline : fault(this, pipeline);
    }

    /// <summary>Every HTTP function under each of its methods, once for each phase of the feature that is there.</summary>
    public static IReadOnlyList<(string Function, string Method, string Path)> Routes { get; } =
    [
        .. from function in Catalog.Http
           from method in function.Methods
           from number in Enumerable.Range(1, Phases)
           select (function.Name, method.ToUpperInvariant(), "/" + Parameter().Replace(function.Route, p => p.Groups[1].Value == "queueId" ? $"queue-1-{number}" : $"{number}")),
    ];

    /// <summary>How often something was stored, or the engine was told something.</summary>
    public long Writes => _store.Version + _client.Told;

    public static byte[] SecretOf(string queueId, int attempt) => AttemptSecret.Derive(MasterKey, queueId, attempt);

    /// <summary>Signs a body as the agent of the running attempt does.</summary>
    public static Dictionary<string, string> Sign(string id, byte[] body) => new()
    {
        [WebhookSignature.IdHeader] = id,
        [WebhookSignature.TimestampHeader] = Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        [WebhookSignature.SignatureHeader] = WebhookSignature.Sign(id, Now, body, SecretOf(QueueId, 1)),
    };

    /// <summary>Sends a request through the pipeline; gives the status and the body of the answer.</summary>
    public async Task<(int Status, ReadOnlyMemory<byte> Body)> SendAsync(FuzzInput input)
    {
        await using AsyncServiceScope scope = _app.Services.CreateAsyncScope();
        using var answer = new MemoryStream();
        using var sent = new MemoryStream(input.Body);
        using var aborted = new CancellationTokenSource();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        context.RequestAborted = aborted.Token;
        context.Request.Method = input.Method;
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("127.0.0.1", 7071);
        context.Request.Path = new PathString(input.Path);
        context.Request.QueryString = new QueryString(input.Query);
        context.Request.Body = sent;
        context.Request.ContentLength = input.Body.Length;
        context.Request.ContentType = input.ContentType;
        foreach ((string name, string value) in input.Headers)
        {
            context.Request.Headers[name] = value;
        }

        await _pipeline(context);
        return (context.Response.StatusCode, answer.GetBuffer().AsMemory(0, (int)answer.Length));
    }

    /// <summary>Begins anew, with a feature whose first phase runs, whose second is queued, whose third waits for approval and whose fourth has failed.</summary>
    public async Task ResetAsync()
    {
        _store.Clear();
        var plan = new FeaturePlan
        {
            Id = 1,
            Title = "Fuzzed",
            Phases = [.. Enumerable.Range(1, Phases).Select(n => new PhasePlan { Number = n, Title = $"Phase {n}", Content = "Do.", DependsOn = n == 2 ? [1] : [] })],
        };
        await _store.CreateFeatureAsync(plan, null, Now, CancellationToken.None);
        PhaseTable queued = (await _store.GetFeatureAsync(1, CancellationToken.None))!.Run.Phases;
        PhaseState running = queued[1] with { Status = PhaseStatus.Running, Attempt = 1, Slot = 1, StartedAt = Now, DeadlineAt = Now.AddHours(1) };
        PhaseState asking = queued[3] with { Status = PhaseStatus.AwaitingApproval };
        PhaseState failed = queued[4] with { Status = PhaseStatus.Failed, Attempt = 1, Error = "It failed." };
        await _store.PublishAsync(
            new RunPublication(1, 1, FeatureStatus.InProgress, Cancelling: false, InboxPosition.Start, [running, asking, failed], []), Now, CancellationToken.None);
    }

    /// <summary>For what a test plants: something is stored.</summary>
    public Task WriteAsync() => _store.ReceiveCommandAsync(1, new FeatureCommand(0, CommandKind.Suspend), Now, CancellationToken.None);

    /// <summary>For what a test plants: the engine is told something.</summary>
    public Task TellAsync() => _client.RaiseEventAsync("feature-1", "Command");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [GeneratedRegex(@"\{\*?(\w+).*?\}")]
    private static partial Regex Parameter();

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;

        // Who waits has waited.
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }

    private sealed class NoIssues : IIssueTracker
    {
        public Task<IssueRef> CreateAsync(IssueDraft draft, CancellationToken cancellation) => Task.FromResult(new IssueRef(1, UrlOf(null, 1)));

        public Task CommentAsync(string? repository, int number, string marker, string body, CancellationToken cancellation) => Task.CompletedTask;

        public string UrlOf(string? repository, int number) => FormattableString.Invariant($"http://issues/{number}");

        public Task<Issue?> GetAsync(string? repository, int number, CancellationToken cancellation) => Task.FromResult<Issue?>(null);
    }
}
