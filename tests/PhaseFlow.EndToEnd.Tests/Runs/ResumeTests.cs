using System.Text.Json.Nodes;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Runs;

/// <summary>Runs that are left and picked up.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_WhenItIsInterrupted_IsPickedUpByTheSameCommand()
    {
        string plan = PlanThatWaits();
        await using (PhaseFlowProcess first = Start(plan))
        {
            await first.LineAsync("phase 2 Wait  running");
            await first.InterruptAsync();
            PhaseFlowExit interrupted = await first.ExitAsync();
            Assert.True(interrupted.Code == 130, interrupted.ToString());
            Assert.Equal("1 agent goes on working; run the same command again to pick the run up", interrupted.Output[^1]);
        }

        await using PhaseFlowProcess second = Start(plan);
        await second.LineAsync($"picking up the unfinished run of {plan}: feature 1, 1 of 3 phases completed");
        Open();
        PhaseFlowExit exit = await second.ExitAsync();

        Assert.True(exit.Code == 0, exit.ToString());
        Assert.Equal(["started 1", "started 2", "started 3"], await File.ReadAllLinesAsync(_folder.StartsOf(1)));
    }

    [Fact]
    public async Task Retry_WhenTheRunIsNotOver_SaysSoAndWatchesIt()
    {
        string plan = PlanThatWaits();
        await using (PhaseFlowProcess first = Start(plan))
        {
            await first.LineAsync("phase 2 Wait  running");
            await first.InterruptAsync();
            await first.ExitAsync();
        }

        Open();
        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, "run", plan, "--plain", "--retry");

        Assert.True(exit.Code == 0, exit.ToString());
        Assert.Contains("the last run is not over, so there is nothing to retry", exit.Output);
        Assert.False(File.Exists(_folder.StartsOf(2)));
    }

    [Fact]
    public async Task Run_WhenTheAgentEndedWhileNobodyWatched_GoesOnFromItsOutcome()
    {
        string plan = PlanThatWaits();
        await using (PhaseFlowProcess first = Start(plan))
        {
            await first.LineAsync("phase 2 Wait  running");
            await first.KillAsync();
        }

        Open();
        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, "run", plan, "--plain");

        Assert.True(exit.Code == 0, exit.ToString());
        Assert.Contains($"picking up the unfinished run of {plan}: feature 1, 1 of 3 phases completed", exit.Output);
        Assert.Equal(["started 1", "started 2", "started 3"], await File.ReadAllLinesAsync(_folder.StartsOf(1)));
    }

    [Fact]
    public async Task Run_WhenItWasKilledBeforeItKnewItsFeature_FindsThatFeature()
    {
        string plan = PlanThatWaits();
        await using (PhaseFlowProcess first = Start(plan))
        {
            await first.LineAsync("phase 2 Wait  running");
            await first.KillAsync();
        }

        // As the record is between the submission and its answer. The plan is changed on top: the text in the record must do.
        string path = Assert.Single(Directory.GetFiles(Path.Combine(_folder.Data, "runs")));
        JsonNode record = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        Assert.Equal(1, (int?)record["FeatureId"]);
        record["FeatureId"] = null;
        await File.WriteAllTextAsync(path, record.ToJsonString());
        await File.AppendAllTextAsync(plan, "\nMore.\n");
        Open();
        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, "run", plan, "--plain");

        Assert.True(exit.Code == 0, exit.ToString());
        Assert.Contains(exit.Output, line => line.Contains("picking up the unfinished run", StringComparison.Ordinal));
        Assert.Equal(["started 1", "started 2", "started 3"], await File.ReadAllLinesAsync(_folder.StartsOf(1)));
        Assert.False(File.Exists(_folder.StartsOf(2)));
    }

    [Fact]
    public async Task Run_WhenTheFileChangedMeanwhile_GoesOnWithTheOldPlanAndSaysSo()
    {
        string plan = PlanThatWaits();
        await using (PhaseFlowProcess first = Start(plan))
        {
            await first.LineAsync("phase 2 Wait  running");
            await first.InterruptAsync();
            await first.ExitAsync();
        }

        await File.AppendAllTextAsync(plan, "\n## Phase 4: More\n\n```sh\necho more\n```\n");
        Open();
        PhaseFlowExit exit = await PhaseFlowProcess.RunAsync(_folder, "run", plan, "--plain");

        Assert.True(exit.Code == 0, exit.ToString());
        Assert.Contains(exit.Output, line => line.StartsWith($"{plan} has changed since: the run goes on with the plan", StringComparison.Ordinal));
        Assert.StartsWith("completed: 3 of 3 phases", exit.Output[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenANewRunIsAskedFor_LeavesTheOpenOneAndStartsAnother()
    {
        string plan = PlanThatWaits();
        await using (PhaseFlowProcess first = Start(plan))
        {
            await first.LineAsync("phase 2 Wait  running");
            await first.InterruptAsync();
            await first.ExitAsync();
        }

        // The first run stays open until the second has said so.
        await using PhaseFlowProcess second = PhaseFlowProcess.Start(_folder, "run", plan, "--plain", "--port", "0", "--new");
        await second.LineAsync("feature 1 of this file is still open");
        Open();
        PhaseFlowExit exit = await second.ExitAsync();

        Assert.True(exit.Code == 0, exit.ToString());
        Assert.Equal(["started 1", "started 2", "started 3"], await File.ReadAllLinesAsync(_folder.StartsOf(2)));
        Assert.Contains(
            exit.Output,
            line => line.StartsWith("feature 1 of this file is still open; cancel it with: curl -X POST http://127.0.0.1:", StringComparison.Ordinal)
                && line.EndsWith("/api/v1/planned-features/1/cancel", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_WhenTheSameFileIsBeingRun_IsRefused()
    {
        string plan = PlanThatWaits();
        await using PhaseFlowProcess first = Start(plan);
        string url = await first.UrlAsync();
        await first.LineAsync("phase 2 Wait  running");

        PhaseFlowExit second = await PhaseFlowProcess.RunAsync(_folder, "run", plan, "--plain");
        Open();

        Assert.True(second.Code == 2, second.ToString());
        Assert.Contains(url, Assert.Single(second.Errors), StringComparison.Ordinal);
        Assert.Equal(0, (await first.ExitAsync()).Code);
    }

    // On a free port: what comes next takes the same one, because it was the last.
    private PhaseFlowProcess Start(string plan) => PhaseFlowProcess.Start(_folder, "run", plan, "--plain", "--port", "0");

    // The second phase waits until this file is there.
    private string Gate => Path.Combine(_folder.Root, "gate");

    private void Open() => _folder.Write("gate", "");

    private string PlanThatWaits() => _folder.Write("plan.md", "# Plan\n" + string.Concat(new[] { "First", "Wait", "Last" }.Select((title, i) => $"""

        ## Phase {i + 1}: {title}
        Timeout: 5m

        ```sh
        echo "started {i + 1}" >> runs.log
        {(title == "Wait" ? $"until [ -e '{Gate}' ]; do sleep 0.1; done" : "echo done")}
        ```

        """)));
}
