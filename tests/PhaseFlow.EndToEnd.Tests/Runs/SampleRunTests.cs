using System.Diagnostics;
using System.Globalization;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Runs;

/// <summary>The samples, run by the real program with real processes.</summary>
public sealed class SampleRunTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_WhenEveryPhaseSucceeds_EndsWithZeroAndKeepsTheOrder()
    {
        PhaseFlowExit exit = await RunAsync("websocket-migration.md");

        Assert.True(exit.Code == 0, exit.ToString());
        Assert.StartsWith(PhaseFlowProcess.Listening, exit.Output[0], StringComparison.Ordinal);
        Assert.StartsWith("completed: 5 of 5 phases in ", exit.Output[^1], StringComparison.Ordinal);
        Assert.EndsWith(", 5 attempts", exit.Output[^1], StringComparison.Ordinal);
        Assert.Empty(exit.Errors);
        await ServeAsync(async api =>
        {
            List<FeedEvent> feed = await api.FeedAsync();
            int integration = FeedEvent.FirstIndex(feed, "queue-1-4", "running");
            Assert.True(FeedEvent.FirstIndex(feed, "queue-1-2", "completed") < integration);
            Assert.True(FeedEvent.FirstIndex(feed, "queue-1-3", "completed") < integration);
            Assert.InRange(FeedEvent.MostRunning(feed), 1, 3);
            Assert.Equal("completed", (string?)(await api.FeatureAsync(1))["status"]);
            Assert.Empty((await api.GetAsync("/api/v1/slots"))["held"]!.AsArray());
        });
    }

    [Fact]
    public async Task Run_WhenOthersReachTheHostElsewhere_SaysWhereItListensAndReachesItselfThere()
    {
        var settings = new Dictionary<string, string> { ["PhaseFlow__PublicUrl"] = "https://flow.invalid" };

        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, settings, "run", DataFolder.Sample("diamond.md"));

        Assert.True(exit.Code == 0, exit.ToString());
        string port = (await File.ReadAllTextAsync(Path.Combine(_folder.Data, "port"))).Trim();
        Assert.Equal($"{PhaseFlowProcess.Listening}http://127.0.0.1:{port}", exit.Output[0]);
    }

    [Fact]
    public async Task Run_WhenItHasEnded_TheOutputOfEveryPhaseCanBeRead()
    {
        await RunAsync("websocket-migration.md");

        string[] said = ["schema.sql has 3 tables", "SEND /ws/phase_changed queue_id,status,slot", "message.slot,", "agree on 3 messages", "## report_received"];
        await ServeAsync(async api =>
        {
            for (int phase = 1; phase <= said.Length; phase++)
            {
                string output = await api.TextAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/queue/queue-1-{phase}/output?attempt=1"));
                Assert.Contains(said[phase - 1], output, StringComparison.Ordinal);
            }
        });
    }

    [Fact]
    public async Task Run_WhenAPhaseFailsForGood_EndsWithOneAndSaysWhatItBlocked()
    {
        PhaseFlowExit exit = await RunAsync("failure.md");

        Assert.True(exit.Code == 1, exit.ToString());
        Assert.StartsWith("failed: phase 2 \"Compare\": exit code 1", exit.Output[^2], StringComparison.Ordinal);
        Assert.Contains("blocked: 3, 4", exit.Output[^2], StringComparison.Ordinal);
        Assert.StartsWith("retry with: ", exit.Output[^1], StringComparison.Ordinal);
        Assert.EndsWith(" --retry", exit.Output[^1], StringComparison.Ordinal);
        Assert.Contains(exit.Output, line => line.Contains("phase 3 Publish  blocked: phase 2 failed", StringComparison.Ordinal));
        Assert.Contains(exit.Output, line => line.Contains("phase 5 Archive  completed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_WhenItFailed_SaysACommandThatRunsItAgain()
    {
        PhaseFlowExit exit = await RunAsync("failure.md");
        string command = exit.Output[^1]["retry with: ".Length..];

        var start = new ProcessStartInfo("sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.Root };
        using Process again = Process.Start(start)!;
        Task<string> errors = again.StandardError.ReadToEndAsync();
        string output = await again.StandardOutput.ReadToEndAsync();
        await again.WaitForExitAsync();

        Assert.True(again.ExitCode == 1, $"{command}\n{output}\n{await errors}");
        Assert.Contains("2 of 5 phases completed before and kept", output, StringComparison.Ordinal);
        Assert.Contains("phase 2 Compare  failed: exit code 1", output, StringComparison.Ordinal);
        Assert.Contains(", 4 attempts)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenTheFirstAttemptFails_SucceedsWithTheSecond()
    {
        PhaseFlowExit exit = await RunAsync("retry.md");

        Assert.True(exit.Code == 0, exit.ToString());
        Assert.Contains(exit.Output, line => line.Contains("phase 2 Sum  attempt 1 failed, retries in ", StringComparison.Ordinal));
        Assert.Contains(exit.Output, line => line.Contains("phase 2 Sum  running (attempt 2, slot 1)", StringComparison.Ordinal));
        Assert.StartsWith("completed: 3 of 3 phases", exit.Output[^1], StringComparison.Ordinal);
        Assert.EndsWith(", 4 attempts", exit.Output[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenPhasesMeetAgain_RunsTheDiamond()
    {
        PhaseFlowExit exit = await RunAsync("diamond.md");

        Assert.True(exit.Code == 0, exit.ToString());
        string[] summary = await File.ReadAllLinesAsync(Path.Combine(_folder.Data, "work", "feature-1", "summary.txt"));
        Assert.Equal(["most frequent: the (4 times)", "longest: together"], summary);
    }

    [Fact]
    public async Task Run_WhenTheLastRunIsFinished_StartsANewOne()
    {
        await RunAsync("diamond.md");

        PhaseFlowExit again = await RunAsync("diamond.md");

        Assert.True(again.Code == 0, again.ToString());
        Assert.Contains(again.Output, line => line.Contains("feature 2 Word Count", StringComparison.Ordinal));
    }

    private Task<PhaseFlowExit> RunAsync(string sample) => PhaseFlowProcess.RunAsync(_folder, "run", DataFolder.Sample(sample), "--plain", "--port", "0");

    private async Task ServeAsync(Func<ApiClient, Task> check)
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        await check(api);
    }
}
