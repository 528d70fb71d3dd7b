using System.Diagnostics;
using System.Text.Json;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Embedded.Agents;
using PhaseFlow.Functions.Agents;

namespace PhaseFlow.Functions.Tests.Agents;

public sealed class LocalProcessLauncherTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Launch_WhenTheScriptSucceeds_ReportsCompletedWithAValidSignature()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("echo hello");

        await bench.Launcher.LaunchAsync(launch, None);

        Delivery delivery = await bench.Endpoint.AcceptedAsync(launch.AdwId);
        Assert.Equal((SignatureVerdict.Valid, $"{launch.AdwId}-exit"), (delivery.Verdict, delivery.Id));
        Assert.Equal(
            $$"""{"queue_id":"queue-1-1","feature_id":1,"phase_number":1,"attempt":1,"status":"completed","adw_id":"{{launch.AdwId}}"}""",
            delivery.Body.GetRawText());
        AgentOutput output = (await bench.Launcher.ReadOutputAsync(AgentBench.RefOf(launch), 0, 1024, None))!;
        Assert.Equal(new AgentOutput("hello\n", 0, 6, IsComplete: true, IsTruncated: false), output);
    }

    [Fact]
    public async Task Launch_WhenTheScriptFails_ReportsTheExitCodeAndTheLastOutput()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("echo before >&2\n(exit 7)\necho never");

        await bench.Launcher.LaunchAsync(launch, None);

        Delivery delivery = await bench.Endpoint.AcceptedAsync(launch.AdwId);
        Assert.Equal(("failed", "exit code 7\nbefore"), (delivery.Status, delivery.Error));
    }

    [Fact]
    public async Task Launch_WhenTheDiskIsFullAtTheEnd_ReportsTheExitCodeOnceThereIsRoom()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("""ln -s /dev/full "$(dirname "$PHASEFLOW_PROMPT_FILE")/exit.tmp" """);
        string folder = bench.Folders.Of(launch.AdwId).Path;

        await bench.Launcher.LaunchAsync(launch, None);
        using (var patience = new CancellationTokenSource(AgentBench.Generous))
        {
            // The shim says in its log that it could not write.
            while (!File.Exists(Path.Combine(folder, "shim.log")) || new FileInfo(Path.Combine(folder, "shim.log")).Length == 0)
            {
                await Task.Delay(10, patience.Token);
            }
        }

        File.Delete(Path.Combine(folder, "exit.tmp"));

        Assert.Equal("completed", (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Status);
    }

    [Fact]
    public async Task Launch_WhenCalledEightTimesAtOnce_StartsOneAgent()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("echo started >> runs.txt");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => bench.Launcher.LaunchAsync(launch, None))));
        await bench.Endpoint.AcceptedAsync(launch.AdwId);
        await bench.Launcher.LaunchAsync(launch, None);

        Assert.Equal(["started"], File.ReadAllLines(bench.WorkFile("runs.txt")));
    }

    [Fact]
    public async Task Forget_WhenTheAgentHasEnded_RemovesItsFolderAndKeepsWhatItMade()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("echo made > result.txt; echo $$ > pid.txt; while [ ! -f go.txt ]; do sleep 0.05; done");
        AgentRef agent = AgentBench.RefOf(launch);
        await bench.Launcher.LaunchAsync(launch, None);
        await bench.LineOfAsync("pid.txt");
        Assert.True(await bench.Launcher.MayWorkAsync(agent, None));
        Assert.True(await bench.NewLauncher(bench.NewSupervisor()).MayWorkAsync(agent, None), "a host that has not started it sees it too");

        await File.WriteAllTextAsync(bench.WorkFile("go.txt"), "");
        await bench.Endpoint.AcceptedAsync(launch.AdwId);
        await Engine.EngineHost.UntilAsync(async () => !await bench.Launcher.MayWorkAsync(agent, None), "the agent has ended");
        await bench.Launcher.ForgetAsync(agent, None);
        await bench.Launcher.ForgetAsync(agent, None);

        Assert.False(Directory.Exists(bench.Folders.Of(launch.AdwId).Path));
        Assert.False(await bench.Launcher.MayWorkAsync(agent, None));
        Assert.Equal("made", await bench.LineOfAsync("result.txt"));
    }

    [Fact]
    public async Task Launch_WhenTheAttemptIsClosed_StartsNothing()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("echo started >> runs.txt");
        await bench.Store.CloseAttemptAsync(
            new(1, 1, 1, launch.AdwId, "shell"), TimeProvider.System.GetUtcNow(), None);

        await bench.Launcher.LaunchAsync(launch, None);

        Assert.False(bench.Folders.Of(launch.AdwId).IsStarted);
    }

    [Fact]
    public async Task Launch_WhenItWasStoppedBefore_StartsNothing()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch stopped = await bench.BeginAsync("echo one >> runs.txt");
        AgentLaunch other = await bench.BeginAsync("echo two >> runs.txt", phase: 2);

        Assert.True(await bench.Launcher.StopAsync(AgentBench.RefOf(stopped), None));
        await bench.Launcher.LaunchAsync(stopped, None);
        await bench.Launcher.LaunchAsync(other, None);
        await bench.Endpoint.AcceptedAsync(other.AdwId);

        Assert.Equal(["two"], File.ReadAllLines(bench.WorkFile("runs.txt")));
        Assert.True(await bench.Launcher.StopAsync(AgentBench.RefOf(stopped), None));
    }

    [Fact]
    public async Task Stop_WhenTheAgentHasStartedASessionOfItsOwn_EndsThatToo()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("setsid sh -c 'echo $$ > pid.txt; exec sleep 600' &\nwait");
        await bench.Launcher.LaunchAsync(launch, None);
        string pid = await bench.LineOfAsync("pid.txt");

        Assert.True(await bench.Launcher.StopAsync(AgentBench.RefOf(launch), None));

        await AgentBench.GoneAsync(pid);
    }

    [Fact]
    public async Task Begin_WhenTheShimIsGone_NotesTheProcessAndDoesNotRunTheCommand()
    {
        using var folder = new TempFolder();
        File.WriteAllText(Path.Combine(folder.Path, "run.sh"), AgentShim.Script.ReplaceLineEndings("\n") + "\n");
        File.WriteAllText(Path.Combine(folder.Path, "command.sh"), "echo ran > ran.txt\n");
        int shim = Environment.ProcessId + 1; // any process that is not the parent

        using var begun = Process.Start(new ProcessStartInfo("sh", $"run.sh begin {shim}") { WorkingDirectory = folder.Path })!;
        await begun.WaitForExitAsync();

        Assert.Equal(74, begun.ExitCode);
        Assert.Equal($"{begun.Id}", File.ReadLines(Path.Combine(folder.Path, "group")).First());
        Assert.False(File.Exists(Path.Combine(folder.Path, "ran.txt")));
    }

    [Fact]
    public async Task Launch_WhenTheAgentStarts_GivesItItsValuesAndNotTheMasterKey()
    {
        await using AgentBench bench = await AgentBench.StartAsync();

        // A setting like the key, and not the key itself: hosts of other tests in this process read that.
        Environment.SetEnvironmentVariable("PhaseFlow__Webhooks__AnyKey", "the-master-key");
        Environment.SetEnvironmentVariable("PHASEFLOW_QUEUE_ID", "of-another");
        AgentLaunch launch = await bench.BeginAsync("env > env.txt; cat \"$PHASEFLOW_PROMPT_FILE\" > prompt.txt");

        await bench.Launcher.LaunchAsync(launch, None);
        await bench.Endpoint.AcceptedAsync(launch.AdwId);

        string[] environment = File.ReadAllLines(bench.WorkFile("env.txt"));
        Assert.DoesNotContain(environment, line => line.Contains("the-master-key", StringComparison.Ordinal));
        Assert.Contains("PHASEFLOW_QUEUE_ID=queue-1-1", environment);
        Assert.Contains($"PHASEFLOW_URL={bench.Endpoint.Url}", environment);
        Assert.Contains("PHASEFLOW_FEATURE_ID=1", environment);
        Assert.Contains("PHASEFLOW_PHASE_NUMBER=1", environment);
        Assert.Contains("PHASEFLOW_ATTEMPT=1", environment);
        Assert.Contains($"PHASEFLOW_ADW_ID={launch.AdwId}", environment);
        Assert.Contains("PHASEFLOW_ISSUE_NUMBER=12", environment);
        Assert.Contains("PHASEFLOW_ISSUE_URL=http://127.0.0.1/api/v1/issues/12", environment);
        Assert.Contains(environment, line => line.StartsWith("PHASEFLOW_WEBHOOK_SECRET=whsec_", StringComparison.Ordinal));
        Assert.Contains("PHASEFLOW_FEATURE_TITLE=Feature", environment);
        Assert.Contains("PHASEFLOW_PHASE_TITLE=Phase", environment);
        Assert.Equal($"# Phase\n**Feature**: Feature\n**Phase**: 1 of 3\n\n{launch.Phase.Content}", File.ReadAllText(bench.WorkFile("prompt.txt")));
    }

    [Fact]
    public async Task Launch_WhenTheBlockIsMarkedBash_RunsItWithBash()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("```bash\nwords=(one two)\necho \"${words[1]}\"\nfalse\necho never\n```", "shell");

        await bench.Launcher.LaunchAsync(launch, None);

        Assert.Equal("exit code 1\ntwo", (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Error);
    }

    [Fact]
    public async Task Refusal_WhenTheWorkingDirectoryIsMissing_NamesItsFullPath()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        bench.Options.Types["adw_lost"] = new AgentTypeOptions { Command = "true", WorkingDirectory = "no/such/folder" };

        Assert.Equal($"its working directory does not exist: {Path.GetFullPath("no/such/folder")}", bench.Launcher.Refusal("adw_lost"));
        Assert.Null(bench.Launcher.Refusal("shell"));
    }

    [Fact]
    public async Task Launch_WhenACommandIsSet_RunsItInItsFolder()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        string folder = Directory.CreateDirectory(bench.WorkFile("it's here")).FullName;
        bench.Options.Types["adw_build"] = new AgentTypeOptions { Command = "cat > read.txt; pwd; false; echo \"done\"", WorkingDirectory = folder };
        AgentLaunch launch = await bench.BeginAsync("The prompt.", "adw_build");

        await bench.Launcher.LaunchAsync(launch, None);

        Assert.Equal("completed", (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Status);
        Assert.Equal($"{folder}\ndone\n", (await bench.Launcher.ReadOutputAsync(AgentBench.RefOf(launch), 0, 4096, None))!.Text);
        Assert.Equal("", File.ReadAllText(Path.Combine(folder, "read.txt"))); // no standard input
    }

    [Theory]
    [InlineData("adw_unknown", "```sh\ntrue\n```", "No command is set for workflow type 'adw_unknown': set PhaseFlow__Agents__adw_unknown__Command.")]
    [InlineData("shell", "No block.", "Phase 1 has no fenced sh block to run.")]
    [InlineData("adw_lost", "x", "The working directory of workflow type 'adw_lost' does not exist: /no/such/folder")]
    public async Task Launch_WhenItCannotSucceed_SaysWhy(string workflowType, string content, string expected)
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        bench.Options.Types["adw_lost"] = new AgentTypeOptions { Command = "true", WorkingDirectory = "/no/such/folder" };
        AgentLaunch launch = await bench.BeginAsync(content, workflowType);

        AgentLaunchException error = await Assert.ThrowsAsync<AgentLaunchException>(() => bench.Launcher.LaunchAsync(launch, None));

        Assert.Equal(expected, error.Message);
        Assert.False(bench.Folders.Of(launch.AdwId).IsStarted);
    }

    [Fact]
    public async Task Handles_WhenShellIsNotAllowed_IsFalse()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        bench.Options.Types["adw_build"] = new AgentTypeOptions { Command = "true" };

        Assert.True(bench.Launcher.Handles("shell"));
        Assert.True(bench.Launcher.Handles("adw_build"));
        Assert.False(bench.Launcher.Handles("external"));
        bench.Options.Types["shell"].Enabled = false;
        Assert.False(bench.Launcher.Handles("shell"));
    }

    [Fact]
    public async Task Stop_WhenTheAgentHasChildren_KillsThemAllAndReportsNothing()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("sleep 600 &\necho $! > child.txt\necho $$ > parent.txt\nwait");
        await bench.Launcher.LaunchAsync(launch, None);
        string child = await bench.LineOfAsync("child.txt");
        string parent = await bench.LineOfAsync("parent.txt");

        Assert.True(await bench.Launcher.StopAsync(AgentBench.RefOf(launch), None));

        await AgentBench.GoneAsync(child);
        await AgentBench.GoneAsync(parent);
        await bench.Supervisor.StopAsync(None);
        Assert.Empty(bench.Endpoint.Deliveries);
        Assert.True((await bench.Launcher.ReadOutputAsync(AgentBench.RefOf(launch), 0, 100, None))!.IsComplete);
    }

    [Fact]
    public async Task Stop_WhenTheFolderOfTheAgentIsGone_FindsItAllTheSame()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("echo $$ > pid.txt\nsleep 600");
        await bench.Launcher.LaunchAsync(launch, None);
        string pid = await bench.LineOfAsync("pid.txt");
        await bench.Supervisor.StopAsync(None);
        Directory.Move(bench.Folders.Of(launch.AdwId).Path, bench.WorkFile("gone"));

        Assert.True(await bench.Launcher.StopAsync(AgentBench.RefOf(launch), None));

        await AgentBench.GoneAsync(pid);
    }

    [Fact]
    public async Task Stop_WhenTheAgentDoesNotListen_KillsIt()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("trap '' TERM\necho $$ > pid.txt\nwhile :; do sleep 0.1; done");
        await bench.Launcher.LaunchAsync(launch, None);
        string pid = await bench.LineOfAsync("pid.txt");

        Assert.True(await bench.Launcher.StopAsync(AgentBench.RefOf(launch), None));

        await AgentBench.GoneAsync(pid);
    }

    [Fact]
    public async Task Launch_WhenTheScriptLeavesProcesses_EndsThem()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync("sleep 600 &\necho $! > child.txt");

        await bench.Launcher.LaunchAsync(launch, None);

        Assert.Equal("completed", (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Status);
        await AgentBench.GoneAsync(await bench.LineOfAsync("child.txt"));
    }

    [Fact]
    public async Task Launch_WhenTheAgentLeavesAReport_AddsWhatItSays()
    {
        await using AgentBench bench = await AgentBench.StartAsync();
        AgentLaunch launch = await bench.BeginAsync(
            """printf '{"summary":"did it","pr_number":5,"usage":{"input_tokens":1},"status":"failed"}' > "$PHASEFLOW_REPORT_FILE" """);

        await bench.Launcher.LaunchAsync(launch, None);

        JsonElement body = (await bench.Endpoint.AcceptedAsync(launch.AdwId)).Body;
        Assert.Equal("did it", body.GetProperty("summary").GetString());
        Assert.Equal(5, body.GetProperty("pr_number").GetInt32());
        Assert.Equal(1, body.GetProperty("usage").GetProperty("input_tokens").GetInt32());
        Assert.Equal("completed", body.GetProperty("status").GetString());
    }
}
