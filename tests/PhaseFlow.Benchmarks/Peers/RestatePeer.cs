using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>A Restate server of one node, and the service that it calls, on Node.</summary>
internal sealed class RestatePeer(NodePackages packages) : IPeer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private readonly List<ServerProcess> _processes = [];
    private HttpClient _http = null!;
    private Uri _ingress = null!;
    private int _features;

    public string Name => "Restate";

    public string Durability =>
        $"server {packages.VersionOf("@restatedev/restate-server")}, one node with all roles and its defaults (the log is flushed), service on Node with SDK {packages.VersionOf("@restatedev/restate-sdk")}";

    public IReadOnlyList<ServerProcess> Processes => _processes;

    public async Task StartAsync(PeerSite site)
    {
        _http = site.Http;
        int[] ports = Loopback.FreePorts(3);
        string configuration = Path.Combine(site.Folder, "restate.toml");
        await File.WriteAllTextAsync(configuration, Configuration(site.Folder, ports));
        ServerProcess service = packages.Start("restate.mjs", new Dictionary<string, string> { ["LAUNCH_URL"] = site.LaunchUrl.ToString() });
        _processes.Add(service);
        _processes.Add(ServerProcess.Start(
            Name, [packages.RestateServer, "--no-logo", "--config-file", configuration], site.Folder, new Dictionary<string, string>()));
        _ingress = new Uri($"http://127.0.0.1:{ports[1]}");
        var admin = new Uri($"http://127.0.0.1:{ports[2]}");
        await HealthyAsync(new Uri(admin, "/health"));
        await HealthyAsync(new Uri(_ingress, "/restate/health"));
        using HttpResponseMessage answer = await _http.PostAsJsonAsync(new Uri(admin, "/deployments"), new { uri = await service.AnnouncedAsync() });
        answer.EnsureSuccessStatusCode();
    }

    public Task<string> SubmitAsync(int phases) => Task.FromResult($"feature-{Interlocked.Increment(ref _features)}");

    public async Task BeginAsync(string feature, int phases)
    {
        using HttpResponseMessage answer = await _http.PostAsJsonAsync(new Uri(_ingress, $"/feature/{feature}/run/send"), new { phases });
        answer.EnsureSuccessStatusCode();
    }

    public Launch Read(JsonElement launch, long at) => PeerLaunch.Read(launch, at);

    public HttpRequestMessage Completion(Launch launch) => new(HttpMethod.Post, new Uri(_ingress, $"/restate/awakeables/{launch.Token}/resolve"))
    {
        Content = JsonContent.Create(new { status = "completed" }),
    };

    public async Task<string?> EndAsync(string feature, int phases)
    {
        string result = await _http.GetStringAsync(new Uri(_ingress, $"/restate/workflow/feature/{feature}/attach"));
        return result == phases.ToString(CultureInfo.InvariantCulture) ? null : $"it ended with {result}";
    }

    /// <summary>Not to be had: its log commits batches of records, and counts neither.</summary>
    public Task<long?> TransactionsAsync() => Task.FromResult<long?>(null);

    public async ValueTask DisposeAsync()
    {
        foreach (ServerProcess process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }
    }

    private static string Configuration(string folder, int[] ports) =>
        $"""
        node-name = "peers"
        base-dir = "{folder}"
        listen-mode = "tcp"
        bind-ip = "127.0.0.1"
        bind-port = {ports[0]}
        disable-telemetry = true
        log-filter = "error"
        log-disable-ansi-codes = true
        [ingress]
        bind-ip = "127.0.0.1"
        bind-port = {ports[1]}
        [admin]
        bind-ip = "127.0.0.1"
        bind-port = {ports[2]}
        """;

    private async Task HealthyAsync(Uri url)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            _processes[^1].RequireAlive();
            try
            {
                using HttpResponseMessage answer = await _http.GetAsync(url, patience.Token);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(LookInterval, patience.Token);
        }
    }
}
