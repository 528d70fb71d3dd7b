using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Runs;

/// <summary>Files and options that cannot be used: exit code 2 and one line for each fault.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_WhenTheMarkdownHasFaults_NamesEachPlace()
    {
        string plan = _folder.Write("bad.md", "# Bad\n\n## Phase 1: One\nTimeout: soon\n\n```sh\ntrue\n```\n\n## Phase 2: Two\nDepends on: 9\n");

        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, "run", plan, "--plain", "--port", "0");

        Assert.True(exit.Code == 2, exit.ToString());
        Assert.Equal(3, exit.Errors.Count);
        Assert.Empty(exit.Output);
        Assert.StartsWith($"{plan}:4:10: ", exit.Errors[0], StringComparison.Ordinal);
        Assert.StartsWith($"{plan}:10:10: Phase 2 names no workflow and has no fenced sh block: nothing would run it.", exit.Errors[1], StringComparison.Ordinal);
        Assert.StartsWith($"{plan}:11:13: ", exit.Errors[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenAWorkflowIsNotSetUp_PointsAtItAndNamesThoseThatAre()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Root, "settings"));
        _folder.Write("settings/agents.json", """
            { "PhaseFlow": { "Agents": { "claude": { "Command": "true" }, "lost": { "Command": "true", "WorkingDirectory": "../no-such-folder" } } } }
            """);
        string plan = _folder.Write("plan.md", "# Plan\n\n## Phase 1: One\nWorkflow: codex\n\n## Phase 2: Two\nTimeout: 1m\nWorkflow: lost\n");

        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(
            _folder, "run", plan, "--plain", "--port", "0", "--settings", Path.Combine(_folder.Root, "settings", "agents.json"));

        Assert.True(exit.Code == 2, exit.ToString());
        Assert.Equal(
            [
                $"{plan}:4:11: Nothing is set up to launch the workflow type codex of phase 1: set PhaseFlow__Agents__codex__Command or __Url, or name it in phaseflow.json. "
                + "Set up are: claude, external, lost, shell.",
                $"{plan}:8:11: The workflow type lost of phase 2 cannot be launched: its working directory does not exist: {Path.Combine(_folder.Root, "no-such-folder")}",
            ],
            exit.Errors);
    }

    [Fact]
    public async Task Run_WhenTheFileIsJson_SaysWhereItGoes()
    {
        string plan = _folder.Write("feature.json", "{}");

        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, "run", plan);

        Assert.Equal(2, exit.Code);
        Assert.StartsWith($"{plan}: run takes markdown; JSON is submitted to serve: curl ", Assert.Single(exit.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenTheFileIsEmpty_SaysSo()
    {
        string plan = _folder.Write("empty.md", " \n");

        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, "run", plan, "--plain", "--port", "0");

        Assert.Equal(2, exit.Code);
        Assert.Equal($"{plan}: the file is empty", Assert.Single(exit.Errors));
    }

    [Fact]
    public async Task Run_WhenTheMarkdownIsRepaired_Runs()
    {
        string plan = _folder.Write("plan.md", "# Plan\n\n## Phase 1: One\nTimeout: soon\n\n```sh\necho one\n```\n");
        await PhaseFlowProcess.RunAsync(_folder, "run", plan, "--plain", "--port", "0");
        _folder.Write("plan.md", "# Plan\n\n## Phase 1: One\nTimeout: 1m\n\n```sh\necho one\n```\n");

        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, "run", plan, "--plain", "--port", "0");

        Assert.True(exit.Code == 0, exit.ToString());
    }

    [Theory]
    [InlineData("there is no such file", "run", "none.md")]
    [InlineData("--prot is not known here; the nearest is --port. See serve --help.", "serve", "--prot", "80")]
    [InlineData("--whatever is not known here. See run --help.", "run", "none.md", "--whatever")]
    [InlineData("srve is not known here; the nearest is serve. See phaseflow --help.", "srve")]
    [InlineData("--plane is not known here; the nearest is --plain. See run --help.", "run", "--plane", "none.md")]
    [InlineData("there is no such file", "run", "")]
    [InlineData("run needs FILE.md: phaseflow run FILE.md. See run --help.", "run")]
    [InlineData("samples/x.md is no command; to run a feature: phaseflow run samples/x.md", "samples/x.md", "--plain")]
    [InlineData("--port 70000: a port is a number from 0 to 65535", "serve", "--port", "70000")]
    [InlineData("--retry and --new exclude each other.", "run", "none.md", "--retry", "--new")]
    [InlineData("there is no such settings file", "serve", "--settings", "none.json")]
    public async Task Main_WhenTheUsageIsBad_SaysWhyInOneLine(string reason, params string[] arguments)
    {
        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, arguments);

        Assert.True(exit.Code == 2, exit.ToString());
        Assert.EndsWith(reason, Assert.Single(exit.Errors), StringComparison.Ordinal);
        Assert.Empty(exit.Output);
    }

    [Fact]
    public async Task Main_WhenHelpIsAskedFor_ShowsExamples()
    {
        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, "--help");

        Assert.Equal(0, exit.Code);
        Assert.Contains(exit.Output, line => line.Contains("phaseflow run samples/websocket-migration.md", StringComparison.Ordinal));
        Assert.Contains(exit.Output, line => line.StartsWith("  phaseflow [command]", StringComparison.Ordinal));
    }
}
