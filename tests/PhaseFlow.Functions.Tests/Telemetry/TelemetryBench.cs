using System.Diagnostics.Metrics;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PhaseFlow.Core.Telemetry;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Tests.Http;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Tests.Telemetry;

/// <summary>The embedded host with scripts as agents, and what listens to it.</summary>
internal sealed class TelemetryBench : IAsyncDisposable
{
    private readonly TempFolder _folder;
    private readonly EmbeddedHost _host;
    private readonly HttpClient _client;

    private TelemetryBench(TempFolder folder, EmbeddedHost host, Meters meters)
    {
        _folder = folder;
        _host = host;
        Meters = meters;
        _client = new HttpClient { BaseAddress = new Uri(host.Url), Timeout = TimeSpan.FromMinutes(3) };
        Traces = host.Services.GetRequiredService<WebhookSecrets>().Traces;
    }

    public Meters Meters { get; }

    public TraceIds Traces { get; }

    public static async Task<TelemetryBench> StartAsync(Dictionary<string, string?>? settings = null)
    {
        var folder = new TempFolder();
        var meters = new Meters();
        EmbeddedHost host = await EmbeddedHost.StartAsync(
            new HostSettings
            {
                DataFolder = folder.Path,
                Port = 0,
                AllowShell = true,
                ReplayAlways = true,
                Overrides = settings ?? [],
                ConfigureServices = services => services.AddSingleton<IMeterFactory>(meters),
            },
            CancellationToken.None);
        return new TelemetryBench(folder, host, meters);
    }

    /// <summary>A file that the phases of a feature share.</summary>
    public string WorkFile(int feature, string name) => Path.Combine(_folder.Path, "work", $"feature-{feature}", name);

    /// <summary>Executes a feature whose phases are scripts, each after the one before it.</summary>
    public async Task<int> ExecuteAsync(params string[] scripts)
    {
        object[] phases =
        [
            .. scripts.Select((script, i) => new
            {
                phase_number = i + 1,
                title = $"Phase {i + 1}",
                content = $"```sh\n{script}\n```",
                workflow_type = "shell",
                depends_on = i == 0 ? Array.Empty<int>() : [i],
                max_attempts = 2,
                retry_backoff = "0s",
            }),
        ];
        using HttpResponseMessage response = await _client.PostAsJsonAsync("/api/v1/planned-features?execute=true", new { title = "Sockets", phases });
        return (await Answer.JsonOf(response, 202)).GetProperty("id").GetInt32();
    }

    public async Task RetryAsync(int id)
    {
        using HttpResponseMessage response = await _client.PostAsync(new Uri($"/api/v1/planned-features/{id}/retry", UriKind.Relative), null);
        await Answer.JsonOf(response, 202);
    }

    /// <summary>The status that a feature ends with, once its telemetry must have been told.</summary>
    public async Task<string> EndOfAsync(int id, Func<bool> told)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (true)
        {
            JsonElement feature = await Answer.JsonOf(await _client.GetAsync(new Uri($"/api/v1/planned-features/{id}", UriKind.Relative), patience.Token), 200);
            string status = feature.GetProperty("status").GetString()!;
            if (status is "completed" or "failed" or "cancelled" && told())
            {
                return status;
            }

            await Task.Delay(10, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
        Meters.Dispose();
        _folder.Dispose();
    }
}
