using PhaseFlow.Core.Plans;
using Xunit;

namespace PhaseFlow.Core.Tests.Plans;

public sealed class AgentPromptTests
{
    private static readonly PhasePlan Phase = new() { Number = 2, Title = "Backend API", Content = "  Implement it.\r\n\n- all of it" };

    [Fact]
    public void Of_WhenThereAreNoDocs_HeadsTheContentWithTitlesAndPlace() =>
        Assert.Equal(
            "# Backend API\n**Feature**: WebSocket Migration\n**Phase**: 2 of 5\n\n  Implement it.\r\n\n- all of it",
            AgentPrompt.Of("WebSocket Migration", Phase, totalPhases: 5));

    [Fact]
    public void Of_WhenThereAreDocs_ListsThemBehindTheContent() =>
        Assert.EndsWith(
            "\n\n- all of it\n\n## External docs\n- docs/a.md\n- https://example.org/b\n",
            AgentPrompt.Of("F", Phase with { ExternalDocs = ["docs/a.md", "https://example.org/b"] }, totalPhases: 5),
            StringComparison.Ordinal);

    [Fact]
    public void Of_WhenThereIsNoContent_ListsTheDocsAtOnce() =>
        Assert.Equal(
            "# Backend API\n**Feature**: F\n**Phase**: 2 of 2\n\n## External docs\n- a\n",
            AgentPrompt.Of("F", Phase with { Content = "", ExternalDocs = ["a"] }, totalPhases: 2));
}
