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
    [InlineData("shell", "shell", "external", "external")]
    [InlineData("claude", "claude", "claude", "external")]
    public void Parse_WhenADefaultWorkflowIsGiven_IsTakenByPhasesThatNameNone(string? given, string script, string prose, string named)
    {
        MarkdownResult result = FeatureMarkdown.Parse(Text, given);

        Assert.Equal([script, prose, named], result.Plan!.Phases.Select(p => p.WorkflowType));
    }
}
