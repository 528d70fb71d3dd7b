using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Embedded.Agents;
using PhaseFlow.Functions.Agents;

namespace PhaseFlow.Functions.Tests.Agents;

public sealed class AgentSupervisorTests
{
    private const string WaitsForGo = "echo run >> runs.txt\nwhile [ ! -e go.txt ]; do sleep 0.02; done";

    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Start_WhenAnEarlierHostHasLeftAnAgent_FindsItAndReportsItsEnd()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync(WaitsForGo);
        await bench.Launcher.LaunchAsync(launch, None);
        await bench.LineOfAsync("runs.txt");
        await bench.Supervisor.StopAsync(None);

        AgentSupervisor second = bench.NewSupervisor();
        await second.StartAsync(None);
        await bench.NewLauncher(second).LaunchAsync(launch, None); // as a repeated activity does
        Assert.Empty(bench.Endpoint.Deliveries);
        File.WriteAllText(bench.WorkFile("go.txt"), "");

        Delivery delivery = await bench.Endpoint.AcceptedAsync(launch.AdwId);
        Assert.Equal((SignatureVerdict.Valid, "completed"), (delivery.Verdict, delivery.Status));
        Assert.Equal(["run"], File.ReadAllLines(bench.WorkFile("runs.txt")));
    }

    [Fact]
    public async Task Start_WhenTheAgentEndedWithoutAHost_ReportsItsEnd()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync(WaitsForGo + "\nexit 3");
        await bench.Launcher.LaunchAsync(launch, None);
        await bench.LineOfAsync("runs.txt");
        await bench.Supervisor.StopAsync(None);
        File.WriteAllText(bench.WorkFile("go.txt"), "");
        await AgentBench.GoneAsync(PidOfShim(bench, launch));

        await bench.NewSupervisor().StartAsync(None);

        Assert.Equal("exit code 3", (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Error);
    }

    [Fact]
    public async Task Watch_WhenTheRunnerIsKilled_EndsTheAgentAndReportsItLost()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("echo $$ > pid.txt\nsleep 600");
        await bench.Launcher.LaunchAsync(launch, None);
        string pid = await bench.LineOfAsync("pid.txt");
        using (var shim = Process.GetProcessById(int.Parse(PidOfShim(bench, launch), CultureInfo.InvariantCulture)))
        {
            shim.Kill();
        }

        Delivery delivery = await bench.Endpoint.AcceptedAsync(launch.AdwId);

        Assert.Equal(("failed", ExitReport.Lost), (delivery.Status, delivery.Error));
        await AgentBench.GoneAsync(pid);
    }

    [Fact]
    public async Task Start_WhenThePidBelongsToAnotherProcessNow_ReportsTheAgentLost()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("true");
        AgentFolder folder = bench.Folders.Of(launch.AdwId);
        folder.Create();
        folder.Write("started", $"{Environment.ProcessId}\nanother-boot 1\n");

        await bench.NewSupervisor().StartAsync(None);

        Assert.Equal(ExitReport.Lost, (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Error);
    }

    [Fact]
    public async Task Start_WhenAnAttemptWasNeverStarted_LeavesItToItsLaunch()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("true");
        bench.Folders.Of(launch.AdwId).Create();

        AgentSupervisor supervisor = bench.NewSupervisor();
        await supervisor.StartAsync(None);
        await supervisor.ExecuteTask!;

        Assert.False(bench.Folders.Of(launch.AdwId).IsStarted);
    }

    [Fact]
    public async Task Report_WhenTheWebhookFails_IsSentAgainUnderTheSameId()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        bench.Endpoint.Answers.Enqueue(503);
        bench.Endpoint.Answers.Enqueue(429);
        AgentLaunch launch = await bench.BeginAsync("true");

        await bench.Launcher.LaunchAsync(launch, None);
        await bench.Endpoint.AcceptedAsync(launch.AdwId);

        Assert.Equal(3, bench.Endpoint.Deliveries.Count);
        Assert.Single(bench.Endpoint.Deliveries.Select(d => d.Id).Distinct());
    }

    [Fact]
    public async Task Report_WhenTheAgentsAdditionsAreRefused_IsSentWithoutThem()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        bench.Endpoint.Answers.Enqueue(400);
        AgentLaunch launch = await bench.BeginAsync("""echo '{"summary":[]}' > "$PHASEFLOW_REPORT_FILE" """);

        await bench.Launcher.LaunchAsync(launch, None);
        Delivery accepted = await bench.Endpoint.AcceptedAsync(launch.AdwId);

        Assert.True(bench.Endpoint.Deliveries.First().Body.TryGetProperty("summary", out _));
        Assert.False(accepted.Body.TryGetProperty("summary", out _));
        Assert.Equal("report.json was left out: it was answered 400.", accepted.Error);
    }

    [Theory]
    [InlineData("""printf '{"summary":"a","summary":"b"}' > "$PHASEFLOW_REPORT_FILE" """, "An item with the same key has already been added.")] // a name twice
    [InlineData("""printf '{"summary":"\\ud800"}' > "$PHASEFLOW_REPORT_FILE" """, "The object or value could not be serialized.")] // half of a character
    [InlineData("""mkfifo "$PHASEFLOW_REPORT_FILE" """, "it has 0 bytes, and may have 1 to 131072.")] // never ends
    [InlineData("""ln -s /dev/zero "$PHASEFLOW_REPORT_FILE" """, "it has 0 bytes, and may have 1 to 131072.")] // never ends either
    [InlineData("""printf '{"summary": done}' > "$PHASEFLOW_REPORT_FILE" """, "'d' is an invalid start of a value.")]
    [InlineData("""printf '[1]' > "$PHASEFLOW_REPORT_FILE" """, "it is not a JSON object.")]
    [InlineData("""printf '{"summary":"%0131072d"}' 0 > "$PHASEFLOW_REPORT_FILE" """, "it has 131086 bytes, and may have 1 to 131072.")]
    public async Task Report_WhenTheAgentsAdditionsCannotBeRead_IsSentWithoutThemAndSaysWhy(string script, string why)
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync(script);

        await bench.Launcher.LaunchAsync(launch, None);
        Delivery accepted = await bench.Endpoint.AcceptedAsync(launch.AdwId);

        Assert.Equal("completed", accepted.Status);
        Assert.False(accepted.Body.TryGetProperty("summary", out _));
        Assert.StartsWith($"report.json was left out: {why}", accepted.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_WhenTheAgentFailsAndItsAdditionsCannotBeRead_SaysBoth()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("""printf '[1]' > "$PHASEFLOW_REPORT_FILE"; exit 3 """);

        await bench.Launcher.LaunchAsync(launch, None);

        Assert.Equal("exit code 3\nreport.json was left out: it is not a JSON object.", (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Error);
    }

    [Fact]
    public async Task Watch_WhenTheFolderIsDeletedUnderTheAgent_ReportsItLost()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("""rm -rf "$(dirname "$PHASEFLOW_PROMPT_FILE")" """);

        await bench.Launcher.LaunchAsync(launch, None);

        Assert.Equal(ExitReport.Lost, (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Error);
    }

    [Fact]
    public async Task Watch_WhenTheFolderOfAnAdoptedAgentIsDeleted_EndsItAndReportsItLost()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("echo $$ > pid.txt\nsleep 600");
        await bench.Launcher.LaunchAsync(launch, None);
        string pid = await bench.LineOfAsync("pid.txt");
        await bench.Supervisor.StopAsync(None);
        AgentSupervisor next = bench.NewSupervisor();
        await next.StartAsync(None);
        await next.ExecuteTask!;

        Directory.Move(bench.Folders.Of(launch.AdwId).Path, bench.WorkFile("gone"));

        Assert.Equal(ExitReport.Lost, (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Error);
        await AgentBench.GoneAsync(pid);
    }

    [Fact]
    public async Task Watch_WhenTheEndCannotBeReadAtFirst_IsNotGivenUp()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("true");
        AgentFolder folder = bench.Folders.Of(launch.AdwId);
        folder.Create();
        folder.Write("started", "1\nx\n");
        var log = new ErrorSignal();
        using (new FileStream(Path.Combine(folder.Path, "exit"), FileMode.Create, FileAccess.Write, FileShare.None))
        {
            await bench.NewSupervisor(log).StartAsync(None);
            await log.Error.WaitAsync(AgentBench.Generous);
            folder.Write("exit", "0\n");
        }

        Assert.Equal("completed", (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Status);
    }

    [Fact]
    public async Task Start_WhenTheEndWasReported_DoesNotReportItAgain()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("true");
        AgentFolder folder = bench.Folders.Of(launch.AdwId);
        folder.Create();
        folder.Write("started", "1\nx\n");
        folder.Write("exit", "0\n");
        folder.MarkReported("200");

        AgentSupervisor supervisor = bench.NewSupervisor();
        await supervisor.StartAsync(None);
        await supervisor.ExecuteTask!;
        await supervisor.StopAsync(None);

        Assert.Empty(bench.Endpoint.Deliveries);
    }

    private static string PidOfShim(AgentBench bench, AgentLaunch launch) =>
        bench.Folders.Of(launch.AdwId).Shim!.Pid.ToString(CultureInfo.InvariantCulture);

    /// <summary>Tells when the supervisor logs an error.</summary>
    private sealed class ErrorSignal : ILogger<AgentSupervisor>
    {
        private readonly TaskCompletionSource _error = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Error => _error.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
            {
                _error.TrySetResult();
            }
        }
    }
}
