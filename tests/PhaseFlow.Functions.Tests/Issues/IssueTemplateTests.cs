using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Issues;

public sealed class IssueTemplateTests
{
    private static readonly FeaturePlan Feature = new()
    {
        Id = 104,
        Title = "WebSocket Migration",
        Repository = "owner/name",
        Phases =
        [
            new PhasePlan { Number = 1, Title = "Database Schema" },
            new PhasePlan { Number = 2, Title = "Backend API Development", Content = "Implement WebSocket endpoints for real-time updates...", DependsOn = [1] },
        ],
    };

    [Fact]
    public void Draft_WhenThePhaseDependsOnAnother_IsTheTemplateOfTheSpecification()
    {
        IssueDraft draft = IssueTemplate.Draft(Brief(2), [new PhaseIssue(1, 200)]);

        Assert.Equal("Feature #104 - Phase 2: Backend API Development", draft.Title);
        Assert.Equal("owner/name", draft.Repository);
        Assert.Equal<string>(["feature-104", "phase-2"], draft.Labels);
        Assert.Equal(
            """
            # Backend API Development

            **Feature**: WebSocket Migration (planned_features #104)
            **Phase**: 2 of 2

            Implement WebSocket endpoints for real-time updates...

            ## Dependencies

            This phase depends on:
            - ✅ Phase 1: Database Schema (Issue #200) - Completed

            ---
            **Tracking**: See the PhaseFlow panel for full feature progress
            **Labels**: feature-104, phase-2

            <!-- phaseflow:queue-104-2 -->

            """,
            draft.Body);
    }

    [Fact]
    public void Draft_WhenThePhaseDependsOnNothing_SaysSo()
    {
        IssueDraft draft = IssueTemplate.Draft(Brief(1), []);

        Assert.Contains("This phase depends on no other.", draft.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Parent", draft.Body, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void ToMarkdown_WhenThePhaseFailed_GivesTheReasonAndNamesWhatItBlocks()
    {
        var comment = new CommentRequest(104, 1, 2, 200, PhaseStatus.Failed, "exit code 1", [2, 3]);

        Assert.Equal("**❌ Failed** at attempt 2\n\nexit code 1\n\nBlocked by this: phases 2, 3.", comment.ToMarkdown());
    }

    private static PhaseBrief Brief(int phase) => new(
        Feature with { Phases = [] }, Feature.Phases.Length, Feature.Phases[phase - 1], ImmutableSortedDictionary<int, string>.Empty.Add(1, "Database Schema"));
}
