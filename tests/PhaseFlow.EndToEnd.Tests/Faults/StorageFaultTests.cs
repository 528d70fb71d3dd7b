using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Faults;

/// <summary>A disk that is full, a file that is read-only or locked: one clear line, exit code 2, and nothing that was answered is lost.</summary>
public sealed class StorageFaultTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_WhenTheFileIsLockedByAnotherProgram_SaysSoAndEnds()
    {
        await CreateAsync();
        using SqliteConnection other = Lock();

        AssertEnded(await PhaseFlowProcess.RunAsync(_folder, "serve", "--port", "0"), "is locked by another program");
    }

    [Fact]
    public async Task Start_WhenTheFileIsReadOnly_SaysSoAndEnds()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // what is tested is the answer to SQLite's refusal, which is the same everywhere
        }

        await CreateAsync();
        File.SetUnixFileMode(_folder.Database, UnixFileMode.UserRead);

        // For root a file is read-only only without the capability to override it.
        string[] prefix = Environment.UserName == "root" ? ["setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override"] : [];
        await using PhaseFlowProcess serve = PhaseFlowProcess.StartBy(prefix, _folder, [], "serve", "--port", "0");

        AssertEnded(await serve.ExitAsync(), "it is read-only");
    }

    [Fact]
    public async Task Serve_WhenTheFileIsLockedByAnotherProgram_SaysSoAndEnds()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        int kept = await api.SubmitExternalAsync("Kept", phases: 1);
        await api.RunningAsync(1);
        using (Lock())
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await TrySubmitAsync(await serve.UrlAsync(), "Refused"));
            AssertEnded(await serve.ExitAsync(), "is locked by another program");
        }

        await using PhaseFlowProcess again = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var after = new ApiClient(await again.UrlAsync());
        Assert.Equal(["Kept"], (await after.GetAsync("/api/v1/planned-features"))["features"]!.AsArray().Select(f => (string?)f!["title"]));
        Assert.Equal("completed", await FinishAsync(after, kept));
    }

    [Fact]
    public async Task Serve_WhenTheDiskIsFull_EndsAndKeepsAllThatItAnswered()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // A limit on the size of files looks from inside like a disk without room; ignored, its signal becomes the error of the write.
        string[] limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 1000; exec \"$@\"", "sh"];
        var settings = new Dictionary<string, string> { ["DOTNET_EnableWriteXorExecute"] = "0" };
        List<string> kept = [];
        await using (PhaseFlowProcess serve = PhaseFlowProcess.StartBy(limited, _folder, settings, "serve", "--port", "0"))
        {
            string url = await serve.UrlAsync();
            for (string title = "0"; await TrySubmitAsync(url, title) == HttpStatusCode.Accepted; title = kept.Count.ToString(CultureInfo.InvariantCulture))
            {
                kept.Add(title);
            }

            AssertEnded(await serve.ExitAsync(), "cannot be written");
        }

        await using PhaseFlowProcess again = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await again.UrlAsync());
        string?[] found = [.. (await api.GetAsync("/api/v1/planned-features?limit=200"))["features"]!.AsArray().Select(f => (string?)f!["title"])];
        Assert.NotEmpty(kept);
        Assert.Subset(found.ToHashSet(), kept.ToHashSet<string?>());
        Assert.Equal("completed", await FinishAsync(api, 1));
    }

    private static void AssertEnded(PhaseFlowExit exit, string reason)
    {
        Assert.True(exit.Code == 2, exit.ToString());
        Assert.Contains(reason, Assert.Single(exit.Errors), StringComparison.Ordinal);
    }

    /// <summary>Submits a feature that takes room, and says how that was answered; null where nobody was there to.</summary>
    private static async Task<HttpStatusCode?> TrySubmitAsync(string url, string title)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var phase = new JsonObject { ["phase_number"] = 1, ["title"] = "One", ["content"] = new string('x', 20_000), ["workflow_type"] = "external" };
        var feature = new JsonObject { ["title"] = title, ["phases"] = new JsonArray(phase) };
        try
        {
            using HttpResponseMessage response = await http.PostAsync(
                $"{url}/api/v1/planned-features?execute=true", new StringContent(feature.ToJsonString(), Encoding.UTF8, "application/json"));
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static async Task<string?> FinishAsync(ApiClient api, int id)
    {
        Assert.Equal("accepted", await api.ReportAsync(await api.AgentAsync($"queue-{id}-1"), "completed"));
        return (string?)(await api.UntilAsync(a => a.FeatureAsync(id), f => (string?)f["status"] == "completed"))["status"];
    }

    private async Task CreateAsync()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        await serve.UrlAsync();
        await serve.InterruptAsync();
        Assert.Equal(130, (await serve.ExitAsync()).Code);
    }

    private SqliteConnection Lock()
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
        connection.Open();
        using SqliteCommand begin = connection.CreateCommand();
        begin.CommandText = "BEGIN IMMEDIATE";
        begin.ExecuteNonQuery();
        return connection;
    }
}
