using System.Net;
using System.Net.Sockets;
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

    [Fact]
    public async Task Start_WhenTheFolderCannotBeWritten_SaysSo()
    {
        // A file in place of the folder: permissions would not stop a test that runs as root.
        await File.WriteAllTextAsync(_folder.Data, "");

        AssertRefused(await PhaseFlowProcess.RunAsync(_folder, "serve", "--port", "0"), "data");
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

        AssertRefused(await PhaseFlowProcess.RunAsync(_folder, "run", DataFolder.Sample("diamond.md")), url);
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
