using System.Buffers.Binary;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Webhooks;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>The program as it is served to users, with agents that are launched over signed HTTP.</summary>
internal sealed class PhaseFlowPeer : IPeer
{
    private const string Announcement = "PhaseFlow listening on ";
    private const string WorkflowType = "peer";
    private const int SecretLength = 32;

    // The header of SQLite's index of the log counts transactions here (https://sqlite.org/walformat.html, 2.1).
    private const int ChangeCounterOffset = 8;

    private readonly List<ServerProcess> _processes = [];
    private HttpClient _http = null!;
    private Uri _url = null!;
    private string _database = "";

    public string Name => "PhaseFlow";

    public string Durability =>
        $"{typeof(Embedded.Hosting.EmbeddedHost).Assembly.GetName().Version!.ToString(3)}, one process, SQLite with WAL and synchronous=FULL: an answer and a launch leave after the flush of what caused them";

    public IReadOnlyList<ServerProcess> Processes => _processes;

    public async Task StartAsync(PeerSite site)
    {
        _http = site.Http;
        _database = Path.Combine(site.Folder, "phaseflow.db");
        ServerProcess server = ServerProcess.Start(
            Name,
            [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "PhaseFlow.Embedded.dll"), "serve", "--port", "0", "--data", site.Folder],
            site.Folder,
            new Dictionary<string, string>
            {
                ["PhaseFlow__Slots__Capacity"] = site.Capacity.ToString(CultureInfo.InvariantCulture),
                [$"PhaseFlow__Agents__{WorkflowType}__Url"] = site.LaunchUrl.ToString(),
                [$"PhaseFlow__Agents__{WorkflowType}__Secret"] = $"whsec_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretLength))}",
                ["PhaseFlow__Dispatch__AllowLoopback"] = "true",
            },
            Announcement);
        _processes.Add(server);
        _url = new Uri(await server.AnnouncedAsync());
    }

    public async Task<string> SubmitAsync(int phases)
    {
        var feature = new
        {
            title = "Chain",
            phases = Enumerable.Range(1, phases).Select(n => new
            {
                phase_number = n,
                title = $"Phase {n}",
                content = "Do it.",
                workflow_type = WorkflowType,
                depends_on = n == 1 ? Array.Empty<int>() : [n - 1],
            }),
        };
        using HttpResponseMessage answer = await _http.PostAsJsonAsync(new Uri(_url, "/api/v1/planned-features"), feature);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetRawText();
    }

    public async Task BeginAsync(string feature, int phases)
    {
        using HttpResponseMessage answer = await _http.PostAsync(new Uri(_url, $"/api/v1/planned-features/{feature}/execute"), null);
        answer.EnsureSuccessStatusCode();
    }

    public Launch Read(JsonElement launch, long at) => new(
        launch.GetProperty("feature_id").GetRawText(),
        launch.GetProperty("phase_number").GetInt32(),
        launch.GetProperty("attempt").GetInt32(),
        launch.GetProperty("adw_id").GetString()!,
        launch.GetProperty("webhook_secret").GetString(),
        at);

    public HttpRequestMessage Completion(Launch launch)
    {
        int feature = int.Parse(launch.Feature, CultureInfo.InvariantCulture);
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            queue_id = QueueId.Format(feature, launch.Phase),
            feature_id = feature,
            phase_number = launch.Phase,
            attempt = launch.Attempt,
            status = "completed",
            adw_id = launch.Token,
        });
        if (!AttemptSecret.TryParse(launch.Secret!, out byte[]? secret))
        {
            throw new PeerException("A launch has no secret to report with.");
        }

        string id = $"{launch.Token}-completed";
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_url, "/workflow-complete")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign(id, now, body, secret));
        return request;
    }

    public async Task<string?> EndAsync(string feature, int phases)
    {
        string after = "latest";
        while (true)
        {
            // The end of the feed before the look: an end that comes in between is not waited for, so no wave begins after an idle second.
            JsonElement feed = await _http.GetFromJsonAsync<JsonElement>(new Uri(_url, $"/api/v1/events?after={after}&wait={(after == "latest" ? 0 : 1)}"));
            after = feed.GetProperty("cursor").GetRawText();
            JsonElement state = await _http.GetFromJsonAsync<JsonElement>(new Uri(_url, $"/api/v1/planned-features/{feature}"));
            if (state.GetProperty("status").GetString() != "in_progress")
            {
                int completed = state.GetProperty("phases_completed").GetInt32();
                return completed == phases ? null : $"{completed} of {phases} phases are completed";
            }
        }
    }

    public async Task<long?> TransactionsAsync()
    {
        var counter = new byte[sizeof(uint)];
        await using var index = new FileStream($"{_database}-shm", FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        index.Seek(ChangeCounterOffset, SeekOrigin.Begin);
        await index.ReadExactlyAsync(counter);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(counter) : BinaryPrimitives.ReadUInt32BigEndian(counter);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ServerProcess process in _processes)
        {
            await process.DisposeAsync();
        }
    }
}
