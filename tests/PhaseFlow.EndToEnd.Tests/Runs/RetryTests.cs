using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Runs;

/// <summary><c>run --retry</c> and <c>run --new</c>.</summary>
public sealed class RetryTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Retry_WhenTheFirstPhaseFailed_RunsItAndThenWhatItBlocked()
    {
        string plan = PlanThatNeeds(_folder, phaseThatFails: 1);

        PhaseFlowExit failed = await RunAsync(plan);
        _folder.Write("repaired", "");
        PhaseFlowExit retried = await RunAsync(plan, "--retry");

        Assert.True(failed.Code == 1, failed.ToString());
        Assert.Contains("blocked: 2, 3", failed.Output[^2], StringComparison.Ordinal);
        Assert.True(retried.Code == 0, retried.ToString());
        Assert.Contains("retrying feature 1: what is completed is kept", retried.Output);
        Assert.StartsWith("completed: 3 of 3 phases", retried.Output[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_WhenALaterPhaseFailed_KeepsWhatIsCompleted()
    {
        string plan = PlanThatNeeds(_folder, phaseThatFails: 2);

        PhaseFlowExit failed = await RunAsync(plan);
        _folder.Write("repaired", "");
        PhaseFlowExit retried = await RunAsync(plan, "--retry");

        Assert.True(failed.Code == 1, failed.ToString());
        Assert.True(retried.Code == 0, retried.ToString());
        Assert.EndsWith(", 4 attempts", retried.Output[^1], StringComparison.Ordinal); // 1, 2 twice, 3
    }

    [Fact]
    public async Task Run_WhenTheLastRunFailed_SaysThatANewOneStarts()
    {
        string plan = PlanThatNeeds(_folder, phaseThatFails: 1);

        await RunAsync(plan);
        PhaseFlowExit again = await RunAsync(plan);

        Assert.Contains("the last run of this file (feature 1) failed; a new one starts. --retry goes on with it", again.Output);
    }

    [Fact]
    public async Task Retry_WhenNothingFailed_IsRefused()
    {
        await RunAsync(DataFolder.Sample("diamond.md"));

        PhaseFlowExit retried = await RunAsync(DataFolder.Sample("diamond.md"), "--retry");

        Assert.True(retried.Code == 2, retried.ToString());
        Assert.Single(retried.Errors);
    }

    [Fact]
    public async Task Retry_WhenTheFileWasNeverRun_IsRefused()
    {
        PhaseFlowExit retried = await RunAsync(DataFolder.Sample("diamond.md"), "--retry");

        Assert.True(retried.Code == 2, retried.ToString());
        Assert.EndsWith("there is no run of this file to retry", Assert.Single(retried.Errors), StringComparison.Ordinal);
    }

    private Task<PhaseFlowExit> RunAsync(string plan, params string[] further) =>
        PhaseFlowProcess.RunAsync(_folder, ["run", plan, "--plain", "--port", "0", .. further]);

    // Three phases in a row, one of which fails until somebody repairs what it needs.
    private static string PlanThatNeeds(DataFolder folder, int phaseThatFails)
    {
        string needs = $"test -f '{Path.Combine(folder.Root, "repaired")}' || exit 1";
        return folder.Write("plan.md", "# Repair\n" + string.Concat(Enumerable.Range(1, 3).Select(n => $"""

            ## Phase {n}: Step {n}

            ```sh
            {(n == phaseThatFails ? needs : "echo done")}
            ```

            """)));
    }
}
