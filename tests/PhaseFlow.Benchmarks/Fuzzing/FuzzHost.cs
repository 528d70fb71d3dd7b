using System.Globalization;
using System.Text;
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
internal sealed class FuzzHost : IAsyncDisposable
{
    public const string QueueId = "queue-1-1";

    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] MasterKey = "0123456789abcdef0123456789abcdef"u8.ToArray();

    private readonly WebApplication _app;
    private readonly RequestDelegate _pipeline;

    private FuzzHost(WebApplication app, RequestDelegate pipeline, MemoryPhaseStore store)
    {
        _app = app;
        _pipeline = pipeline;
        Store = store;
    }

    public MemoryPhaseStore Store { get; }

    /// <summary>A host with a feature whose phase 1 runs.</summary>
    public static async Task<FuzzHost> StartAsync()
    {
        var store = new MemoryPhaseStore();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.AddHttpHost(new HttpHostOptions { Port = 0 });
        builder.Services.AddHttpFunctions();
        builder.Services.AddSingleton<TimeProvider>(new FixedTime());
        builder.Services.AddSingleton(FunctionCatalog.From(typeof(HttpHost).Assembly));
        builder.Services.AddSingleton<IPhaseStore>(store);
        builder.Services.AddSingleton<IIssueTracker, NoIssues>();
        builder.Services.AddSingleton<IAgentLauncher, ExternalLauncher>();
        builder.Services.AddSingleton<DurableTaskClient, SilentClient>();
        builder.Services.AddSingleton<WebhookSecrets>();
        builder.Services.Configure<SlotOptions>(_ => { });
        builder.Services.Configure<WebhookOptions>(o => o.MasterKey = Convert.ToBase64String(MasterKey));
        WebApplication app = builder.Build();
        app.UseHttpHost();

        // Without a server nobody closes the chain, so what the host does at its start is done here.
        app.UseEndpoints(static _ => { });
        RequestDelegate pipeline = ((IApplicationBuilder)app).Build();
        var host = new FuzzHost(app, pipeline, store);
        await host.PrepareAsync();
        return host;
    }

    public static byte[] SecretOf(string queueId, int attempt) => AttemptSecret.Derive(MasterKey, queueId, attempt);

    /// <summary>Signs a body as the agent of the running attempt does.</summary>
    public static Dictionary<string, string> Sign(string id, byte[] body) => new()
    {
        [WebhookSignature.IdHeader] = id,
        [WebhookSignature.TimestampHeader] = Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        [WebhookSignature.SignatureHeader] = WebhookSignature.Sign(id, Now, body, SecretOf(QueueId, 1)),
    };

    /// <summary>Sends a request through the pipeline; gives the status and the body of the answer.</summary>
    public async Task<(int Status, string Body)> SendAsync(
        string method, string path, string query, byte[] body, string? contentType, IEnumerable<KeyValuePair<string, string>> headers)
    {
        await using AsyncServiceScope scope = _app.Services.CreateAsyncScope();
        using var answer = new MemoryStream();
        using var sent = new MemoryStream(body);
        using var aborted = new CancellationTokenSource();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        context.RequestAborted = aborted.Token;
        context.Request.Method = method;
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("127.0.0.1", 7071);
        context.Request.Path = new PathString(path);
        context.Request.QueryString = new QueryString(query);
        context.Request.Body = sent;
        context.Request.ContentLength = body.Length;
        context.Request.ContentType = contentType;
        foreach ((string name, string value) in headers)
        {
            context.Request.Headers[name] = value;
        }

        await _pipeline(context);
        return (context.Response.StatusCode, Encoding.UTF8.GetString(answer.GetBuffer().AsSpan(0, (int)answer.Length)));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task PrepareAsync()
    {
        var plan = new FeaturePlan
        {
            Id = 1,
            Title = "Fuzzed",
            Phases = [new PhasePlan { Number = 1, Title = "One", Content = "Do." }, new PhasePlan { Number = 2, Title = "Two", Content = "Do.", DependsOn = [1] }],
        };
        await Store.CreateFeatureAsync(plan, null, Now, CancellationToken.None);
        PhaseState running = (await Store.GetFeatureAsync(1, CancellationToken.None))!.Run.Phases[1] with
        {
            Status = PhaseStatus.Running,
            Attempt = 1,
            Slot = 1,
            StartedAt = Now,
            DeadlineAt = Now.AddHours(1),
        };
        await Store.PublishAsync(
            new RunPublication(1, 1, FeatureStatus.InProgress, Cancelling: false, InboxPosition.Start, [running], []), Now, CancellationToken.None);
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class NoIssues : IIssueTracker
    {
        public Task<IssueRef> CreateAsync(IssueDraft draft, CancellationToken cancellation) => Task.FromResult(new IssueRef(1, UrlOf(null, 1)));

        public Task CommentAsync(string? repository, int number, string marker, string body, CancellationToken cancellation) => Task.CompletedTask;

        public string UrlOf(string? repository, int number) => FormattableString.Invariant($"http://issues/{number}");

        public Task<Issue?> GetAsync(string? repository, int number, CancellationToken cancellation) => Task.FromResult<Issue?>(null);
    }
}
