using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using PhaseFlow.Embedded.Storage;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Serving;

/// <summary>A host that is started on the data file of an older version.</summary>
public sealed class OlderFileTests : IDisposable
{
    private const int Trimmed = 2;

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Serve_WhenTheFileIsOfBeforeFewerPages_KeepsRowsAndCursorsAndGoesOnWithWhatRuns()
    {
        JsonNode[] agents;
        string[] seen;
        JsonArray feed;
        int feature;
        await using (PhaseFlowProcess older = PhaseFlowProcess.Start(_folder, "serve", "--port", "0"))
        {
            using var api = new ApiClient(await older.UrlAsync());
            int over = await api.SubmitExternalAsync("Over", phases: 1);
            await api.ReportAsync(await api.AgentAsync(Phase(over, 1)), "completed");
            await api.UntilAsync(a => a.FeatureAsync(over), f => (string?)f["status"] == "completed");
            feature = await api.SubmitExternalAsync("Runs", phases: 3);
            agents = await Task.WhenAll(Enumerable.Range(1, 3).Select(n => api.AgentAsync(Phase(feature, n))));
            Assert.Equal("accepted", await api.ReportAsync(agents[0], "completed"));
            await api.UntilAsync(a => a.FeatureAsync(feature), f => (int)f["phases_completed"]! == 1);
            seen = await SeenAsync(api, over, feature);
            feed = (await api.GetAsync("/api/v1/events?after=0"))["events"]!.AsArray();
            await older.KillAsync();
        }

        WriteAsBefore("fewer pages");

        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var now = new ApiClient(await serve.UrlAsync());
        Assert.Equal(seen, await SeenAsync(now, feature - 1, feature));
        Assert.Equal(
            feed.Skip(Trimmed).Select(e => e!.ToJsonString()), (await now.GetAsync("/api/v1/events?after=0"))["events"]!.AsArray().Select(e => e!.ToJsonString()));
        Assert.Equal("duplicate", await now.ReportAsync(agents[0], "completed"));
        Assert.Equal("accepted", await now.ReportAsync(agents[1], "completed"));
        Assert.Equal("accepted", await now.ReportAsync(agents[2], "completed"));
        await now.UntilAsync(a => a.FeatureAsync(feature), f => (string?)f["status"] == "completed");
        long last = (long)feed[^1]!["cursor"]!;
        JsonArray since = (await now.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/events?after={last}")))["events"]!.AsArray();
        Assert.Equal(Enumerable.Range(1, since.Count).Select(n => last + n), since.Select(e => (long)e!["cursor"]!));
        Assert.Equal("completed", (string?)since[^1]!["data"]!["status"]);
    }

    private static string Phase(int feature, int number) => string.Create(CultureInfo.InvariantCulture, $"queue-{feature}-{number}");

    private static async Task<string[]> SeenAsync(ApiClient api, int over, int feature) =>
    [
        (await api.FeatureAsync(over)).ToJsonString(),
        (await api.FeatureAsync(feature)).ToJsonString(),
        (await api.GetAsync("/api/v1/queue")).ToJsonString(),
        (await api.GetAsync("/api/v1/slots")).ToJsonString(),
    ];

    /// <summary>Replaces the data file with one of the schema before a step that holds the same rows, but for changes that were trimmed.</summary>
    private void WriteAsBefore(string subject)
    {
        string newer = Path.Combine(_folder.Root, "newer.db");
        File.Move(_folder.Database, newer);
        File.Move(_folder.Database + "-wal", newer + "-wal");
        File.Delete(_folder.Database + "-shm");
        SchemaMigration[] before = [.. SchemaMigrations.All.TakeWhile(m => m.Subject != subject)];
        using SqliteSession file = SqliteFile.OpenWriter(_folder.Database);
        SqliteFile.Migrate(_folder.Database, file, before, NullLogger.Instance);
        file.Execute("ATTACH ?1 AS newer", newer);
        foreach (string table in file.Query("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'", r => r.GetString(0)))
        {
            string columns = string.Join(", ", file.Query("SELECT name FROM pragma_table_info(?1, 'main')", r => r.GetString(0), table));
            file.Execute($"DELETE FROM main.{table}");
            file.Execute($"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}");
        }

        // The history of what runs is of before events waited for those before them, too.
        Assert.NotEqual(0, file.Execute("UPDATE main.engine_inputs SET input = replace(input, ',\"KeepsOrder\":true', '') WHERE input LIKE '%\"KeepsOrder\":true%'"));
        Assert.Equal(Trimmed, file.Execute("DELETE FROM main.changes WHERE cursor <= ?1", Trimmed));
        Assert.True(file.QueryFirst("SELECT count(*) FROM main.reports", r => r.GetInt32(0)) > 1 && file.QueryFirst("SELECT count(*) FROM main.engine_history", r => r.GetInt32(0)) > 1);
    }
}
