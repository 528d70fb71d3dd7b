using System.Net.Http.Json;
using System.Text.Json;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>DBOS: a library in an application on Node, with PostgreSQL.</summary>
internal sealed class DbosPeer(NodePackages packages, PostgresServer postgres) : IPeer
{
    private readonly List<ServerProcess> _processes = [];
    private HttpClient _http = null!;
    private Uri _url = null!;
    private int _features;

    public string Name => "DBOS";

    public string Durability =>
        $"SDK {packages.VersionOf("@dbos-inc/dbos-sdk")} with its defaults, in an application on Node; {postgres.Version} with its defaults (fsync and synchronous_commit on)";

    public IReadOnlyList<ServerProcess> Processes => _processes;

    public async Task StartAsync(PeerSite site)
    {
        _http = site.Http;
        (ServerProcess server, string databaseUrl) = await postgres.StartAsync(site.Folder);
        _processes.Add(server);
        ServerProcess application = packages.Start(
            "dbos.mjs",
            new Dictionary<string, string> { ["LAUNCH_URL"] = site.LaunchUrl.ToString(), ["DATABASE_URL"] = databaseUrl, ["NODE_NO_WARNINGS"] = "1" });
        _processes.Add(application);
        _url = new Uri(await application.AnnouncedAsync());
    }

    public Task<string> SubmitAsync(int phases) => Task.FromResult($"feature-{Interlocked.Increment(ref _features)}");

    public Task BeginAsync(string feature, int phases) => AskAsync("/start", new { key = feature, phases });

    public Launch Read(JsonElement launch, long at) => PeerLaunch.Read(launch, at);

    public HttpRequestMessage Completion(Launch launch) => new(HttpMethod.Post, new Uri(_url, "/complete"))
    {
        Content = JsonContent.Create(new { key = launch.Token, phase = launch.Phase }),
    };

    public async Task<string?> EndAsync(string feature, int phases)
    {
        JsonElement result = await AskAsync("/result", new { key = feature });
        return result.ValueKind == JsonValueKind.Number && result.GetInt32() == phases ? null : $"it ended with {result.GetRawText()}";
    }

    public async Task<long?> TransactionsAsync() => (await AskAsync("/transactions", new { })).GetInt64();

    public async ValueTask DisposeAsync()
    {
        foreach (ServerProcess process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }
    }

    private async Task<JsonElement> AskAsync(string route, object question)
    {
        using HttpResponseMessage answer = await _http.PostAsJsonAsync(new Uri(_url, route), question);
        return answer.IsSuccessStatusCode
            ? await answer.Content.ReadFromJsonAsync<JsonElement>()
            : throw new PeerException($"DBOS answered {route} with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }
}

/// <summary>The launches of the drivers on Node.</summary>
internal static class PeerLaunch
{
    public static Launch Read(JsonElement launch, long at) => new(
        launch.GetProperty("feature").GetString()!, launch.GetProperty("phase").GetInt32(), Attempt: 1, launch.GetProperty("token").GetString()!, Secret: null, at);
}
