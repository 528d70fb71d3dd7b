using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Embedded.Storage;

namespace PhaseFlow.Functions.Tests.Retention;

/// <summary>The whole host with a retention of a moment: its own timer, engine and agents.</summary>
public sealed class RetentionHostTests : IAsyncLifetime
{
    private static readonly string[] Tables =
    [
        "features", "phases", "phase_contents", "attempts", "inbox", "reports", "idempotency", "issues", "issue_comments", "removals", "removed_attempts",
        "engine_instances", "engine_inputs", "engine_history", "engine_activities", "engine_timers", "engine_messages",
    ];

    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = new();
    private EmbeddedHost? _host;

    public async Task InitializeAsync()
    {
        var settings = new Dictionary<string, string?>
        {
            ["PhaseFlow:Retention:FinishedFeatures"] = "00:00:00.05",
            ["PhaseFlow:Retention:Interval"] = "1s",
        };
        _host = await EmbeddedHost.StartAsync(
            new HostSettings { DataFolder = _folder.Path, Port = 0, AllowShell = true, Overrides = settings }, CancellationToken.None);
        _client.BaseAddress = new Uri(_host.Url);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _host!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Host_WhenAFeatureHasEnded_ForgetsAllOfItButWhatItsAgentsMade()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/planned-features?execute=true")
        {
            Content = new StringContent("# Old\n\n## Phase 1: Make\nWorkflow: shell\n\n~~~sh\necho made > result.txt\n~~~\n", System.Text.Encoding.UTF8, "text/markdown"),
        };
        request.Headers.Add("Idempotency-Key", "once");
        using HttpResponseMessage submitted = await _client.SendAsync(request);
        int id = (await submitted.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetInt32();

        await Engine.EngineHost.UntilAsync(async () => (await StatusAsync($"/api/v1/planned-features/{id}")) == HttpStatusCode.NotFound, "the feature is gone");
        await Engine.EngineHost.UntilAsync(async () => await RowsAsync() == "", "nothing of it is left");

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_folder.Path, "agents")));
        Assert.Equal("made", (await File.ReadAllTextAsync(Path.Combine(_folder.Path, "work", $"feature-{id}", "result.txt"))).Trim());
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/api/v1/issues/1"));
        await Engine.EngineHost.UntilAsync(async () => await StatusAsync("/api/v1/events?after=1") == HttpStatusCode.Gone, "the feed is trimmed");
        JsonElement feed = await _client.GetFromJsonAsync<JsonElement>("/api/v1/events?after=0");
        Assert.Equal("feature_removed", feed.GetProperty("events").EnumerateArray().Last().GetProperty("type").GetString());
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"/api/v1/events?after={feed.GetProperty("cursor").GetInt64()}"));
        using HttpResponseMessage again = await _client.PostAsync(
            new Uri("/api/v1/planned-features", UriKind.Relative),
            new StringContent($"{{ \"id\": {id}, \"title\": \"Again\", \"phases\": [{{ \"phase_number\": 1, \"title\": \"One\", \"content\": \"Do.\" }}] }}", System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
    }

    [Fact]
    public async Task Events_WhenTheCursorIsTooOld_SaysWhereTheFeedBegins()
    {
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage made = await _client.PostAsJsonAsync("/api/v1/planned-features", new { title = "Planned", phases = new[] { new { phase_number = 1, title = "One", content = "Do." } } });
            made.EnsureSuccessStatusCode();
        }

        await Engine.EngineHost.UntilAsync(async () => await StatusAsync("/api/v1/events?after=1") == HttpStatusCode.Gone, "the feed is trimmed");

        using HttpResponseMessage refused = await _client.GetAsync(new Uri("/api/v1/events?after=1", UriKind.Relative));
        JsonElement problem = await refused.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("urn:phaseflow:problem:cursor-expired", problem.GetProperty("type").GetString());
        using var stream = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events?after=0");
        stream.Headers.Add("Accept", "text/event-stream");
        stream.Headers.Add("Last-Event-ID", "1");
        using HttpResponseMessage cut = await _client.SendAsync(stream, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.Gone, cut.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/v1/events?after=2"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/v1/events?after=0"));
        Assert.Equal(3, (await _client.GetFromJsonAsync<JsonElement>("/api/v1/planned-features")).GetProperty("total").GetInt32());
    }

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using HttpResponseMessage response = await _client.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode;
    }

    /// <summary>The tables that have rows; empty where none has.</summary>
    private Task<string> RowsAsync() => _host!.Services.GetRequiredService<SqliteDatabase>().ReadAsync(session => string.Join(", ", Tables
        .Select(table => (table, Rows: session.QueryFirst($"SELECT count(*) FROM {table}", row => row.GetInt64(0))))
        .Where(t => t.Rows > 0).Select(t => $"{t.table} {t.Rows}")));
}
