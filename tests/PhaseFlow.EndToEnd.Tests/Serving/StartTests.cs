using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Data.Sqlite;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Serving;

/// <summary>What keeps the program from starting: one line, exit code 2, nothing lost.</summary>
public sealed class StartTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("serve")]
    [InlineData("run")]
    public async Task Start_WhenThePortIsInUse_SaysSo(string command)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        string port = $"{((IPEndPoint)other.LocalEndpoint).Port}";

        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(
            _folder, command == "run" ? ["run", DataFolder.Sample("diamond.md"), "--port", port] : ["serve", "--port", port]);

        AssertRefused(exit, port);
    }

    [Theory]
    [InlineData("""{ "PhaseFlow": { "Agents": { "claude": { "Comand": "x" } } } }""", "phaseflow.json: PhaseFlow:Agents:claude:Comand is no setting; the nearest is PhaseFlow:Agents:claude:Command")]
    [InlineData("""{ "PhaseFlow": { "Slot": { "Capacity": 2 } } }""", "phaseflow.json: PhaseFlow:Slot:Capacity is no setting; the nearest is PhaseFlow:Slots:Capacity")]
    [InlineData("""{ "PhaseFlow": { "Slots": 3 } }""", "phaseflow.json: PhaseFlow:Slots is no setting; the nearest is PhaseFlow:Slots:Capacity")]
    [InlineData("""{ "PhaseFlow": { "Slots": { "Capacity": "many" } } }""", "PhaseFlow__Slots__Capacity is \"many\": it must be a whole number from 1 to 10000.")]
    [InlineData("""{ "Slots": { "Capacity": 1 } }""", "phaseflow.json: Slots is read by nobody; settings stand in { \"PhaseFlow\": { … } }")]
    [InlineData("""{ "PhaseFlow": { "Retention": { "FinishedFeatures": "a month" } } }""", "PhaseFlow__Retention__FinishedFeatures is \"a month\": it must be a span such as 30.00:00:00 (30 days), or 0 to keep everything.")]
    [InlineData("""{ "PhaseFlow": { "Retention": { "FinishedFeatures": "-1.00:00:00" } } }""", "PhaseFlow__Retention__FinishedFeatures is \"-1.00:00:00\": it must be a span such as 30.00:00:00 (30 days), or 0 to keep everything.")]
    [InlineData("""{ "PhaseFlow": { "Retention": { "Interval": "now and then" } } }""", "The timer Prune cannot read the schedule \"now and then\": give an interval such as 00:01:00, 30s or 5m.")]
    [InlineData("""{ "PhaseFlow": { "Spend": { "MaxCostUsd": "5,00" } } }""", "PhaseFlow__Spend__MaxCostUsd is \"5,00\": it must be a number of US dollars such as 5.00, more than 0 and at most 1000000, with at most 4 decimals.")]
    [InlineData("""{ "PhaseFlow": { "Spend": { "MaxCostUsd": 0 } } }""", "PhaseFlow__Spend__MaxCostUsd is \"0\": it must be a number of US dollars such as 5.00, more than 0 and at most 1000000, with at most 4 decimals.")]
    [InlineData("""{ "PhaseFlow": { "Retention": { "FinishedFeatures": "36501.00:00:00" } } }""", "A setting cannot be used: PhaseFlow__Retention__FinishedFeatures must be a span such as 30.00:00:00 (30 days), at most 36500 days, or 0 to keep everything.")]
    [InlineData("""{ "PhaseFlow": { "Webhooks": { "MasterKey": "not base64" } } }""", "A setting cannot be used: PhaseFlow__Webhooks__MasterKey is not base64.")]
    [InlineData("""{ "PhaseFlow": { "Webhooks": { "MasterKey": "c2hvcnQ=" } } }""", "A setting cannot be used: PhaseFlow__Webhooks__MasterKey holds 5 bytes; it needs at least 32.")]
    [InlineData("{\n  \"PhaseFlow\": oops }", "phaseflow.json:2:16: this is not JSON")]
    public async Task Start_WhenTheSettingsCannotBeUsed_SaysWhy(string settings, string reason)
    {
        _folder.Write("phaseflow.json", settings);

        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, "serve", "--port", "0");

        Assert.Equal(reason, Assert.Single(exit.Errors));
        Assert.Equal(2, exit.Code);
    }

    [Fact]
    public async Task Start_WhenTheFolderCannotBeWritten_SaysSo()
    {
        // A file in place of the folder: permissions would not stop a test that runs as root.
        await File.WriteAllTextAsync(_folder.Data, "");

        AssertRefused(await PhaseFlowProcess.RunAsync(_folder, "serve", "--port", "0"), "data");
    }

    [Fact]
    public async Task Start_WhenTheFolderIsHeldByNobodyAndCannotBeUsed_SaysWhatIsWrong()
    {
        // A socket cannot be opened: a fault that has nothing to do with another process, like that of a file system that is read-only.
        Directory.CreateDirectory(_folder.Data);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder.Database + ".lock"));

        AssertRefused(await PhaseFlowProcess.RunAsync(_folder, "serve", "--port", "0"), "cannot be written: No such device or address");
    }

    [Fact]
    public async Task Start_WhenTheEnvironmentHasASettingThatNothingReads_NamesTheNearest()
    {
        var settings = new Dictionary<string, string> { ["PhaseFlow__Slotz__Capacity"] = "5", ["PhaseFlow__Slots__Capacity"] = "5", ["PhaseFlow__Agents__claude__Comand"] = "x" };
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, settings, "serve", "--port", "0");
        await serve.UrlAsync();

        await serve.InterruptAsync();
        PhaseFlowExit exit = await serve.ExitAsync();

        Assert.Equal(
            [
                "warn: PhaseFlow.Embedded.Hosting.EmbeddedHost[1502] PhaseFlow__Agents__claude__Comand is no setting, and nothing reads it; the nearest is PhaseFlow__Agents__claude__Command.",
                "warn: PhaseFlow.Embedded.Hosting.EmbeddedHost[1502] PhaseFlow__Slotz__Capacity is no setting, and nothing reads it; the nearest is PhaseFlow__Slots__Capacity.",
            ],
            exit.Errors.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Stop_WhenTheBodyOfARequestDoesNotCome_DoesNotWaitForIt()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        var url = new Uri(await serve.UrlAsync());
        using var client = new TcpClient();
        await client.ConnectAsync(url.Host, url.Port);
        using var reader = new StreamReader(client.GetStream());
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/v1/planned-features HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n"));
        Assert.Equal("HTTP/1.1 100 Continue", await reader.ReadLineAsync());

        await serve.InterruptAsync();

        // The server itself would give it half a minute.
        PhaseFlowExit exit = await serve.ExitAsync().WaitAsync(TimeSpan.FromSeconds(28));
        Assert.Equal(130, exit.Code);
        Assert.True(exit.Errors.Count == 0, string.Join("\n", exit.Errors));
    }

    [Fact]
    public async Task Start_WhenTheDatabaseIsOfANewerSchema_TouchesNothing()
    {
        int id;
        await using (PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0"))
        {
            using var api = new ApiClient(await serve.UrlAsync());
            id = await api.SubmitExternalAsync("Kept", phases: 1);
            await serve.InterruptAsync();
            Assert.Equal(130, (await serve.ExitAsync()).Code);
        }

        long version = SchemaVersion(_folder.Database, set: 9999);
        PhaseFlowExit refused = await PhaseFlowProcess.RunAsync(_folder, "serve", "--port", "0");

        AssertRefused(refused, "9999");
        Assert.Equal(9999, SchemaVersion(_folder.Database, set: version));
        await using PhaseFlowProcess again = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var kept = new ApiClient(await again.UrlAsync());
        Assert.Equal("Kept", (string?)(await kept.FeatureAsync(id))["title"]);
    }

    [Fact]
    public async Task Start_WhenAnotherProcessHasTheFolder_NamesItsAddress()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        string url = await serve.UrlAsync();

        AssertRefused(await PhaseFlowProcess.RunAsync(_folder, "run", DataFolder.Sample("diamond.md")), $"or submit to {url}.");
        Assert.Equal($"panel {url}/, data folder {Path.GetFullPath(_folder.Data)}", serve.Output[1]);
        Assert.Equal("Ctrl+C stops; agents go on", serve.Output[2]);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("run")]
    public async Task Start_WhenAnyPortWillDo_TakesTheLastOneWhereItIsFree(string command)
    {
        // Agents that outlived the process know its address. Ports below those that the system hands out by itself are nobody else's by chance.
        using TcpListener last = Enumerable.Range(0, 1000).Select(_ => TryListen(Random.Shared.Next(20_000, 30_000))).First(listener => listener is not null)!;
        int port = ((IPEndPoint)last.LocalEndpoint).Port;
        Directory.CreateDirectory(_folder.Data);
        await File.WriteAllTextAsync(Path.Combine(_folder.Data, "port"), $"{port}");
        string[] words = command == "run" ? ["run", DataFolder.Sample("diamond.md"), "--port", "0"] : ["serve", "--port", "0"];

        last.Stop();
        await using (PhaseFlowProcess there = PhaseFlowProcess.Start(_folder, words))
        {
            Assert.Equal($"http://127.0.0.1:{port}", await there.UrlAsync());
        }

        last.Start();
        await using PhaseFlowProcess elsewhere = PhaseFlowProcess.Start(_folder, words);
        Assert.NotEqual($"http://127.0.0.1:{port}", await elsewhere.UrlAsync());
    }

    [Fact]
    public async Task Start_WhenSomethingIsUnfinished_SaysWhatGoesOn()
    {
        await KillAtWorkAsync();

        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        await serve.LineAsync("picked up 1 unfinished feature, 1 phase at work");
    }

    [Fact]
    public async Task Start_WhenAgentsAtWorkKnowAnotherPort_SaysWhich()
    {
        await KillAtWorkAsync();

        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await File.WriteAllTextAsync(Path.Combine(_folder.Data, "port"), $"{port}");
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        await serve.LineAsync($"agents that were at work know port {port}: there they report and ask (--port {port} goes back, once it is free)");
    }

    /// <summary>Leaves a phase at work in the folder, and no host.</summary>
    private async Task KillAtWorkAsync()
    {
        await using PhaseFlowProcess killed = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await killed.UrlAsync());
        await api.SubmitExternalAsync("Kept", phases: 1);
        await api.AgentAsync("queue-1-1");
        await killed.KillAsync();
    }

    private static TcpListener? TryListen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }

    private static void AssertRefused(PhaseFlowExit exit, string named)
    {
        Assert.True(exit.Code == 2, exit.ToString());
        Assert.Contains(named, Assert.Single(exit.Errors), StringComparison.Ordinal);
        Assert.Empty(exit.Output);
    }

    private static long SchemaVersion(string database, long set)
    {
        SQLitePCL.Batteries_V2.Init();
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        var before = (long)command.ExecuteScalar()!;
        command.CommandText = $"PRAGMA user_version = {set}";
        command.ExecuteNonQuery();
        return before;
    }
}
