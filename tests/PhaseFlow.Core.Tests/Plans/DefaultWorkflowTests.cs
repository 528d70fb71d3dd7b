using PhaseFlow.Core.Plans;
using Xunit;

namespace PhaseFlow.Core.Tests.Plans;

public sealed class DefaultWorkflowTests
{
    private const string Text = """
        # Feature
        ## Phase 1: Script
        ```sh
        echo one
        ```
        ## Phase 2: Prose
        Think about it.
        ## Phase 3: Named
        Workflow: external
        ```sh
        echo three
        ```
        """;

    [Theory]
    [InlineData(null, "external", "external", "external")]
    [InlineData("claude", "claude", "claude", "external")]
    public void Parse_WhenADefaultWorkflowIsGiven_IsTakenByPhasesThatNameNone(string? given, string script, string prose, string named)
    {
        MarkdownResult result = FeatureMarkdown.Parse(Text, given);

        Assert.Equal([script, prose, named], result.Plan!.Phases.Select(p => p.WorkflowType));
    }

    [Fact]
    public void Parse_WhenShellIsTheDefaultAndAPhaseHasNothingToRun_PointsAtItsHeading()
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse(Text, "shell").Faults);

        Assert.Equal((PlanFaultCodes.MissingWorkflow, 6, 10), (fault.Code, fault.Line, fault.Column));
        Assert.Equal(
            "Phase 2 names no workflow and has no fenced sh block: nothing would run it. Add \"Workflow: NAME\" (or \"Workflow: external\" to report it from outside) or a fenced sh block.",
            fault.Message);
    }

    [Fact]
    public void Parse_WhenTheWorkflowIsMisspelled_SaysThatAlone() =>
        Assert.Equal(
            [PlanFaultCodes.MisspelledField],
            FeatureMarkdown.Parse("# F\n## Phase 1: a\nWorkflow type: claude\ntext", "shell").Faults.Select(f => f.Code));

    [Theory]
    [InlineData(null, "shell", "external", "external")]
    [InlineData("external", "external", "external", "external")]
    public void Parse_WhenShellBlocksAreRun_GivesThemToPhasesThatNameNone(string? given, string script, string prose, string named) =>
        Assert.Equal([script, prose, named], FeatureMarkdown.Parse(Text, given, runsShellBlocks: true).Plan!.Phases.Select(p => p.WorkflowType));

    [Fact]
    public void Parse_WhenWorkflowIsShellWithoutABlock_PointsAtIt()
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse("# F\n## Phase 1: a\nWorkflow: shell\n\ntext").Faults);

        Assert.Equal((PlanFaultCodes.MissingShellBlock, 3, 11), (fault.Code, fault.Line, fault.Column));
    }
}
