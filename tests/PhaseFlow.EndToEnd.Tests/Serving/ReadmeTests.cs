using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Serving;

/// <summary>What the README tells a newcomer to type.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("completed", "completed")]
    [InlineData("failed", "failed")]
    public async Task Report_WhenTheShellFunctionOfTheReadmeSignsIt_IsAccepted(string status, string feature)
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        string url = await serve.UrlAsync();
        using var api = new ApiClient(url);
        int id = await api.SubmitExternalAsync("By hand", phases: 1);
        await api.AgentAsync("queue-1-1");

        string answer = await ShellAsync($"{Block("pf_report()")}\npf_report queue-1-1 {status}", ("PHASEFLOW_URL", url));

        Assert.Equal("accepted", (string?)JsonNode.Parse(answer)!["result"]);
        await api.UntilAsync(a => a.FeatureAsync(id), f => (string?)f["status"] == feature);
        string repeated = await ShellAsync($"{Block("pf_report()")}\npf_report queue-1-1 {status} 2>&1 || :", ("PHASEFLOW_URL", url));
        Assert.Contains("No attempt of queue-1-1 is live.", repeated, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_WhenTheShellFunctionOfTheReadmeSignsIt_PrintsTheAnswer()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        string url = await serve.UrlAsync();
        using var api = new ApiClient(url);
        int id = await api.SubmitExternalAsync("Asks", phases: 1);
        JsonNode agent = await api.AgentAsync("queue-1-1");
        string[] given = ["PHASEFLOW_URL", "PHASEFLOW_WEBHOOK_SECRET", "PHASEFLOW_ADW_ID", "PHASEFLOW_QUEUE_ID"];

        Task<string> answered = ShellAsync(
            $"set -e\n{FirstCallFails}\n{Block("pf_ask()")}\npf_ask 'Is \"a\\b\" right?\nSure?'", [.. given.Select(name => (name, name == "PHASEFLOW_URL" ? url : (string)agent[name]!))]);
        JsonNode asks = await api.UntilAsync(a => a.FeatureAsync(id), f => (string?)f["phases"]![0]!["status"] == "awaiting_answer");
        Assert.Equal("Is \"a\\b\" right? Sure?", (string?)asks["phases"]![0]!["question"]!["text"]);
        (await api.SendAsync(HttpMethod.Post, "/api/v1/queue/queue-1-1/answer", """{"question": 1, "answer": "Yes."}""")).Expect(System.Net.HttpStatusCode.Accepted);

        Assert.Equal("Yes.", (string?)JsonNode.Parse(await answered)!["answer"]);
    }

    [Fact]
    public async Task Submit_WhenTheCommandsOfTheReadmeAreTyped_ShowsTheQueue()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        string url = await serve.UrlAsync();
        string commands = Block("--data @samples/feature.json").Replace("http://127.0.0.1:7071", url, StringComparison.Ordinal);

        string answers = await ShellAsync($"cd '{AppContext.BaseDirectory}'\n{commands}");

        Assert.Contains("\"queue-1-1\"", answers, StringComparison.Ordinal);
        Assert.Contains("waits for phase 1", answers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenTheFeatureOfTheReadmeIsRun_Completes()
    {
        string plan = _folder.Write("plan.md", Block("# WebSocket Migration", "markdown"));

        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, "run", plan, "--plain", "--port", "0");

        Assert.True(exit.Code == 0, exit.ToString());
        Assert.StartsWith("completed: 2 of 2 phases", exit.Output[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_WhenScriptsAreAllowed_RunsThoseOfPhasesThatNameNoWorkflow()
    {
        string plan = _folder.Write("plan.md", Block("# WebSocket Migration", "markdown"));
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0", "--allow-shell");
        string url = await serve.UrlAsync();
        using var api = new ApiClient(url);

        await ShellAsync($"curl -sS '{url}/api/v1/planned-features?execute=true' -H 'Content-Type: text/markdown' --data-binary @'{plan}'");

        JsonNode feature = await api.UntilAsync(a => a.FeatureAsync(1), f => (string?)f["status"] is "completed" or "failed");
        Assert.Equal("completed", (string?)feature["status"]);
        Assert.Equal("shell", (string?)feature["phases"]![0]!["workflow_type"]);
    }

    [Fact]
    public async Task Run_WhenAPhaseNamesAnAgentOfTheSettings_RunsItsCommandInItsFolder()
    {
        // The settings of the README, with a program that is there in place of the agent.
        JsonNode settings = JsonNode.Parse(Block("\"Agents\"", "json"))!;
        JsonNode claude = settings["PhaseFlow"]!["Agents"]!["claude"]!;
        Assert.EndsWith("< \"$PHASEFLOW_PROMPT_FILE\"", (string?)claude["Command"], StringComparison.Ordinal);
        claude["Command"] = "tr a-z A-Z < \"$PHASEFLOW_PROMPT_FILE\" > answer.txt";
        claude["WorkingDirectory"] = "repository";
        Directory.CreateDirectory(Path.Combine(_folder.Root, "repository"));
        _folder.Write("phaseflow.json", settings.ToJsonString());
        string plan = _folder.Write("plan.md", "# Plan\n\n## Phase 1: Ask\nWorkflow: claude\n\nImplement the endpoints.\n");

        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, "run", plan, "--plain", "--port", "0");

        Assert.True(exit.Code == 0, exit.ToString());
        Assert.Equal("# ASK\n**FEATURE**: PLAN\n**PHASE**: 1 OF 1\n\nIMPLEMENT THE ENDPOINTS.", (await File.ReadAllTextAsync(Path.Combine(_folder.Root, "repository", "answer.txt"))).TrimEnd());
    }

    /// <summary>Nobody answers at first, as while a host is started again; then curl is what it was. Scripts of phases run with <c>set -e</c>.</summary>
    private const string FirstCallFails = """
        tried=$(mktemp -u)
        curl() { if [ -e "$tried" ]; then command curl "$@"; else : > "$tried"; return 7; fi; }
        sleep() { command sleep 0.2; }
        """;

    [GeneratedRegex("```(?<language>[a-z]+)\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    private static string Block(string with, string language = "sh")
    {
        string readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));
        return CodeBlock().Matches(readme).Single(b => b.Groups["language"].Value == language && b.Groups["code"].Value.Contains(with, StringComparison.Ordinal)).Groups["code"].Value;
    }

    private static async Task<string> ShellAsync(string script, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process shell = Process.Start(start)!;
        Task<string> errors = shell.StandardError.ReadToEndAsync();
        string output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.True(shell.ExitCode == 0, $"{output}\n{await errors}");
        return output;
    }
}
