using PhaseFlow.Embedded.Cli.Runs;

namespace PhaseFlow.Functions.Tests.Cli;

public sealed class ApiProblemTests
{
    [Fact]
    public void Lines_WhenFaultsHaveAPlace_NameItAsCompilersDo()
    {
        var problem = new ApiProblem("Invalid plan", "two faults", [new ApiFault("Phase 9 is not there.", 3, 13), new ApiFault("There is no phase.", null, null)]);

        Assert.Equal(["plan.md:3:13: Phase 9 is not there.", "plan.md: There is no phase."], problem.Lines("plan.md"));
    }

    [Fact]
    public void Lines_WhenThereAreNoFaults_SayWhatTheProblemIs() =>
        Assert.Equal(["plan.md: Nothing has failed."], new ApiProblem("Conflict", "Nothing has failed.", Errors: null).Lines("plan.md"));
}
