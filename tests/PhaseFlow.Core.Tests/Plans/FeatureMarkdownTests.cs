using PhaseFlow.Core.Plans;
using Xunit;

namespace PhaseFlow.Core.Tests.Plans;

public sealed class FeatureMarkdownTests
{
    [Fact]
    public void Parse_WhenEveryFieldIsWritten_ReadsThemAll()
    {
        FeaturePlan plan = Valid("""
            # WebSocket Migration
            Id: 104
            Repository: owner/name

            Priority: 10
            Max cost: 5.00

            Why and what.

            ## Phase 1: Database
            Prompt one.

            ## Phase 2: Integration tests

            Depends on: none
            WORKFLOW: adw_sdlc_complete_iso
            External docs:
            - docs/a, b.md
            - docs/c.md
            Timeout: 1.5h
            Heartbeat timeout: 15m
            Attempts: 2
            Backoff: 45s
            Approval: required
            Estimated hours: 2.5

            Prompt two.
            """);

        Assert.Equal(
            new FeaturePlan
            {
                Id = 104,
                Title = "WebSocket Migration",
                Description = "Why and what.",
                Repository = "owner/name",
                Priority = 10,
                MaxCostUsd = 5,
                Phases =
                [
                    new PhasePlan { Number = 1, Title = "Database", Content = "Prompt one." },
                    new PhasePlan
                    {
                        Number = 2,
                        Title = "Integration tests",
                        Content = "Prompt two.",
                        WorkflowType = "adw_sdlc_complete_iso",
                        ExternalDocs = ["docs/a, b.md", "docs/c.md"],
                        Timeout = TimeSpan.FromMinutes(90),
                        HeartbeatTimeout = TimeSpan.FromMinutes(15),
                        MaxAttempts = 2,
                        RetryBackoff = TimeSpan.FromSeconds(45),
                        Approval = ApprovalMode.Required,
                        EstimatedHours = 2.5m,
                    },
                ],
            },
            plan);
    }

    [Fact]
    public void Parse_WhenDependsOnIsLeftOut_FollowsThePhaseBeforeInTheFile()
    {
        FeaturePlan plan = Valid("# F\n## Phase 3: a\n## Phase 1: b\n## Phase 2: c\nDepends on: 3\n## Phase 4: d");

        Assert.Equal(["3:", "1:3", "2:3", "4:2"], plan.Phases.Select(p => $"{p.Number}:{string.Join(',', p.DependsOn)}"));
    }

    [Theory]
    [InlineData("## Phase 2: Title")]
    [InlineData("## Phase 2:Title")]
    [InlineData("## Phase 2 - Title")]
    [InlineData("## Phase 2 – Title")]
    [InlineData("## Phase 2 — Title")]
    [InlineData("## Phase 2. Title")]
    [InlineData("  ##\tPHASE  02 :  Title  ##  ")]
    public void Parse_WhenAHeadingIsAPhase_ReadsNumberAndTitle(string heading)
    {
        PhasePlan phase = Assert.Single(Valid($"# F\n{heading}\ntext").Phases);

        Assert.Equal((2, "Title", "text"), (phase.Number, phase.Title, phase.Content));
    }

    [Theory]
    [InlineData("## Phase", 9)]
    [InlineData("## Phase two: Title", 10)]
    [InlineData("## Phase #2: Title", 10)]
    [InlineData("## Phase: Title", 9)]
    [InlineData("## Phase 2", 10)]
    [InlineData("## Phase 2 Title", 10)]
    [InlineData("## Phase 2.1: Title", 10)]
    [InlineData("## Phase 2-3: Title", 10)]
    [InlineData("## Phase2: Title", 9)]
    [InlineData("##Phase 2: Title", 9)]
    [InlineData("## Phase 99999999999: Title", 10)]
    [InlineData("# Phase 2: Title", 1)]
    [InlineData(" ### Phase 2 - Title", 2)]
    [InlineData("###### phase 2", 1)]
    [InlineData("## Phases 2: Title", 1)]
    public void Parse_WhenAPhaseHeadingIsMalformed_PointsAtIt(string heading, int column)
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse($"# F\n\n{heading}\ntext").Faults);

        Assert.Equal((PlanFaultCodes.MalformedPhaseHeading, 3, column), (fault.Code, fault.Line, fault.Column));
    }

    [Theory]
    [InlineData("## Notes")]
    [InlineData("### Phase 2 in detail")]
    [InlineData("### Phase two: Title")]
    [InlineData("# Phaser 2: Title")]
    [InlineData("####### Phase 2: Title")]
    [InlineData("```\n# Phase 2: Title\n```")]
    [InlineData("## Phases at a glance")]
    [InlineData("## Phased: rollout")]
    [InlineData("    ## Phase 2: Title")]
    [InlineData("```\n## Phase 2: Title\n```")]
    [InlineData("~~~ sh\n```\n## Phase 2: Title\n~~~~~")]
    [InlineData("````\n```\n## Phase 2\n````")]
    [InlineData("Unknown: value")]
    [InlineData("- Timeout: of the client")]
    [InlineData("* Timeout: of the client")]
    [InlineData("It: is so")]
    [InlineData("```timeout: x\necho\n```")]
    [InlineData("First\nDepends on: nothing that we know")]
    public void Parse_WhenALineOnlyLooksLikeAHeadingOrField_KeepsItAsContent(string content)
    {
        PhasePlan phase = Assert.Single(Valid($"# F\n## Phase 1: One\n\n{content}\n\n").Phases);

        Assert.Equal(content, phase.Content);
    }

    [Theory]
    [InlineData("Depend on: 1", PlanFaultCodes.MisspelledField, 1)]
    [InlineData("Depends: 1", PlanFaultCodes.MisspelledField, 1)]
    [InlineData("depends_on: 1", PlanFaultCodes.MisspelledField, 1)]
    [InlineData("**Depends on:** 1", PlanFaultCodes.MisspelledField, 1)]
    [InlineData("Timeuot: 2h", PlanFaultCodes.MisspelledField, 1)]
    [InlineData(" Time out: 2h", PlanFaultCodes.MisspelledField, 2)]
    [InlineData("Timeout: soon", PlanFaultCodes.InvalidDuration, 10)]
    [InlineData("Timeout: 0s", PlanFaultCodes.InvalidDuration, 10)]
    [InlineData("Timeout: 31h\nTimeout: 2h", PlanFaultCodes.RepeatedField, 1, 4)]
    [InlineData("Heartbeat timeout: 5", PlanFaultCodes.InvalidDuration, 20)]
    [InlineData("Backoff:\t1d", PlanFaultCodes.InvalidDuration, 10)]
    [InlineData("Attempts: many", PlanFaultCodes.InvalidAttempts, 11)]
    [InlineData("Max attempts: 21", PlanFaultCodes.InvalidAttempts, 15)]
    [InlineData("Approval: maybe", PlanFaultCodes.InvalidApproval, 11)]
    [InlineData("Estimated hours: two", PlanFaultCodes.InvalidEstimate, 18)]
    [InlineData("Workflow: two words", PlanFaultCodes.InvalidWorkflowType, 11)]
    [InlineData("External docs: a, , b", PlanFaultCodes.InvalidExternalDoc, 18)]
    [InlineData("Depends on: phase one", PlanFaultCodes.InvalidDependencies, 13)]
    [InlineData("Depends on:", PlanFaultCodes.InvalidDependencies, 12)]
    [InlineData("Depends on: none, 7", PlanFaultCodes.InvalidDependencies, 13, 3, PlanFaultCodes.MissingDependency)]
    [InlineData("Depends on: 7", PlanFaultCodes.MissingDependency, 13)]
    [InlineData("Depends on: 1", PlanFaultCodes.SelfDependency, 13)]
    public void Parse_WhenAFieldIsWrong_PointsAtIt(string field, string code, int column, int line = 3, string? andCode = null)
    {
        MarkdownResult result = FeatureMarkdown.Parse($"# F\n## Phase 1: One\n{field}\n\ntext");

        Assert.Null(result.Plan);
        Assert.Equal((code, line, column), (result.Faults[0].Code, result.Faults[0].Line, result.Faults[0].Column));
        Assert.Equal(andCode, result.Faults.ElementAtOrDefault(1)?.Code);
    }

    [Theory]
    [InlineData("Priority: high", PlanFaultCodes.InvalidPriority, 11)]
    [InlineData("Priority: 100", PlanFaultCodes.InvalidPriority, 11)]
    [InlineData("Max cost: $5", PlanFaultCodes.InvalidCost, 11)]
    [InlineData("Max cost: 5,00", PlanFaultCodes.InvalidCost, 11)]
    [InlineData("max cost: 0.00", PlanFaultCodes.InvalidCost, 11)]
    [InlineData("Max cost: 1.23456", PlanFaultCodes.InvalidCost, 11)]
    [InlineData("Max_cost_usd: 5", PlanFaultCodes.MisspelledField, 1)]
    [InlineData("Budget: 5", PlanFaultCodes.MisspelledField, 1)]
    [InlineData("Id: 0", PlanFaultCodes.InvalidId, 5)]
    [InlineData("Repository: a b", PlanFaultCodes.InvalidRepository, 13)]
    [InlineData("Repositry: a/b", PlanFaultCodes.MisspelledField, 1)]
    [InlineData("Depends on: 1", PlanFaultCodes.MisspelledField, 1)]
    [InlineData(" Workflow: claude", PlanFaultCodes.MisspelledField, 2)]
    [InlineData("depends_on: 1", PlanFaultCodes.MisspelledField, 1)]
    public void Parse_WhenAFieldOfTheFeatureIsWrong_PointsAtIt(string field, string code, int column)
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse($"# F\n{field}\n## Phase 1: One").Faults);

        Assert.Equal((code, 2, column), (fault.Code, fault.Line, fault.Column));
    }

    [Fact]
    public void Parse_WhenPhasesDependOnEachOther_NamesThePathAtTheDependency()
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse("# F\n\n## Phase 2: a\nDepends on: 4\n\n## Phase 4: b\nDepends on: 2").Faults);

        Assert.Equal((PlanFaultCodes.Cycle, 4, 13), (fault.Code, fault.Line, fault.Column));
        Assert.Contains("2 → 4 → 2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_WhenANumberIsUsedTwice_PointsAtTheSecondHeading()
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse("# F\n## Phase 1: a\n## Phase 1: b").Faults);

        Assert.Equal((PlanFaultCodes.DuplicateNumber, 3, 10), (fault.Code, fault.Line, fault.Column));
    }

    [Fact]
    public void Parse_WhenMuchIsWrong_TellsItAllInTheOrderOfTheText()
    {
        MarkdownResult result = FeatureMarkdown.Parse(
            "# F\nPriority: 0\n## Phase 1: a\nDepends on: 2\n## Phase 2: b\nTimeout: x\n## Phase three\nAttempts: 0x\n## Phase 5: d\nDepends on: 9, 3");

        // Phase 5 may well depend on what the unreadable heading names, so nothing is said of that.
        Assert.Equal(
            [
                (PlanFaultCodes.InvalidPriority, 2),
                (PlanFaultCodes.Cycle, 4),
                (PlanFaultCodes.InvalidDuration, 6),
                (PlanFaultCodes.MalformedPhaseHeading, 7),
                (PlanFaultCodes.InvalidAttempts, 8),
            ],
            result.Faults.Select(f => (f.Code, f.Line ?? 0)));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("\n\nText first.\n# F\n", 3)]
    [InlineData("#F\n", 1)]
    public void Parse_WhenThereIsNoTitleFirst_SaysSo(string start, int line)
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse(start + "## Phase 1: a").Faults);

        Assert.Equal((PlanFaultCodes.MissingTitle, line, 1), (fault.Code, fault.Line, fault.Column));
    }

    [Fact]
    public void Parse_WhenTheTitleIsEmpty_SaysSo()
    {
        Assert.Equal(
            [(PlanFaultCodes.MissingTitle, 1), (PlanFaultCodes.MissingTitle, 2)],
            FeatureMarkdown.Parse("# \n## Phase 1:").Faults.Select(f => (f.Code, f.Line ?? 0)));
    }

    [Fact]
    public void Parse_WhenThereAreNoPhases_SaysHowOneBegins()
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse("# F\n\n## Goals\ntext").Faults);

        Assert.Equal(PlanFaultCodes.NoPhases, fault.Code);
        Assert.Contains("'## Phase 1: Title'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_WhenACodeBlockIsNeverClosedAndHidesAPhase_PointsAtItsFence()
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse("# F\n## Phase 1: a\nDepends on: 2\n\n  ```sh\n## Phase 2: b").Faults);

        Assert.Equal((PlanFaultCodes.UnclosedFence, 5, 3), (fault.Code, fault.Line, fault.Column));
    }

    [Fact]
    public void Parse_WhenACodeBlockIsNeverClosed_PointsAtItsFence()
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse("# F\n## Phase 1: a\n```sh\necho\n").Faults);

        Assert.Equal((PlanFaultCodes.UnclosedFence, 3, 1), (fault.Code, fault.Line, fault.Column));
    }

    [Fact]
    public void Parse_WhenAListStandsApartFromExternalDocs_KeepsItAsContent()
    {
        PhasePlan phase = Assert.Single(Valid("# F\n## Phase 1: a\nExternal docs:\n\n- do this\n- do that").Phases);

        Assert.Empty(phase.ExternalDocs);
        Assert.Equal("- do this\n- do that", phase.Content);
    }

    [Fact]
    public void Parse_WhenADescriptionStartsWithAWordAndAColon_KeepsIt() =>
        Assert.Equal("It: is so.", Valid("# F\nId: 7\n\nIt: is so.\n## Phase 1: a").Description);

    [Theory]
    [InlineData("# F\nMove it.\nMax cost: 5.00\n## Phase 1: a", "Max cost", 3)]
    [InlineData("# F\nMove it.\n\nApproval: required\n## Phase 1: a", "Approval", 4)]
    [InlineData("# F\nOwner: bob\nPriority: 10\n## Phase 1: a", "Priority", 3)]
    [InlineData("# F\n## Phase 1: a\nDeploy it.\nApproval: required", "Approval", 4)]
    [InlineData("# F\n## Phase 1: a\nReviewer: bob\napproval: yes", "Approval", 4)]
    [InlineData("# F\n## Phase 1: a\nDeploy it.\n\n**Max cost:** 5 USD", "Max cost", 5)]
    [InlineData("# F\n## Phase 1: a\n```sh\necho\n```\nTimeout: 2h", "Timeout", 6)]
    [InlineData("# F\n## Phase 1: a\nDo.\nExternal docs: a.md, b.md, c.md, d.md", "External docs", 4)]
    public void Parse_WhenAFieldStandsWithinTheText_IsAFaultAndNotText(string text, string name, int line)
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse(text).Faults);

        Assert.Equal((PlanFaultCodes.MisplacedField, line), (fault.Code, fault.Line));
        Assert.StartsWith($"'{name}:' stands within the text", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Approval: who gives it, and when, is said below.")]
    [InlineData("- Approval: required")]
    [InlineData("> Approval: required")]
    [InlineData("```\nApproval: required\n```")]
    [InlineData("Approvals: required")]
    [InlineData("Approval:")]
    [InlineData("Priority: 10")]
    public void Parse_WhenALineOfTheTextIsASentenceOrQuoted_KeepsIt(string line) =>
        Assert.Equal($"Do.\n{line}", Valid($"# F\n## Phase 1: a\nDo.\n{line}").Phases[0].Content);

    [Theory]
    [InlineData("# F\nPriority: 10\nCost centre: 5\n## Phase 1: a", "Cost centre", 3)]
    [InlineData("# F\n## Phase 1: a\nDepends on: none\nReviewer: bob\nApproval: required", "Reviewer", 4)]
    public void Parse_WhenAnUnknownFieldFollowsAnother_IsAFaultAndNotText(string text, string key, int line)
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse(text).Faults);

        Assert.Equal((PlanFaultCodes.UnknownField, line), (fault.Code, fault.Line));
        Assert.StartsWith($"'{key}:' is not known.", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\nGoal: build it")]
    [InlineData("Look here: https://example.org, and then decide what is to be done: it matters")]
    [InlineData("https://example.org/spec")]
    [InlineData("What is to be done: this")]
    [InlineData("Say:")]
    public void Parse_WhenTextFollowsAField_KeepsIt(string content) =>
        Assert.Equal(content.Trim(), Valid($"# F\n## Phase 1: a\nDepends on: none\n{content}").Phases[0].Content);

    [Theory]
    [InlineData("Max cost: 5")]
    [InlineData("Budget: 5")]
    [InlineData("Repository: acme/shop")]
    public void Parse_WhenAFieldOfTheFeatureStandsUnderAPhase_SaysWhereItBelongs(string field)
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse($"# F\n## Phase 1: a\n{field}\n\nDo.").Faults);

        Assert.Equal((PlanFaultCodes.MisspelledField, 3), (fault.Code, fault.Line));
        Assert.EndsWith("belongs to the feature: write it under the title.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_WhenTheTextIsLongerThanAllowed_ReadsNoneOfIt()
    {
        PlanFault fault = Assert.Single(FeatureMarkdown.Parse(new string('x', PhaseLimits.MaxMarkdownLength + 1)).Faults);

        Assert.Equal((PlanFaultCodes.TooLong, 1, 1), (fault.Code, fault.Line, fault.Column));
    }

    [Theory]
    [InlineData("Depend on: 1\n")]
    [InlineData("Depends on: 1,1\n")]
    [InlineData("## Phase 1: a\n")]
    [InlineData("## Phase x\n")]
    [InlineData("```\n")]
    [InlineData("\n")]
    public void Parse_WhenALargeTextIsFullOfFaults_CutsTheListShort(string line)
    {
        string text = "# F\n## Phase 1: One\n" + string.Concat(Enumerable.Repeat(line, 900_000 / line.Length));

        MarkdownResult result = FeatureMarkdown.Parse(text);

        Assert.InRange(result.Faults.Length, 0, PlanValidator.MaxFaults);
        Assert.Equal(result.Faults.Length == PlanValidator.MaxFaults, result.Faults.Any(f => f.Code == PlanFaultCodes.MoreFaults));
    }

    private static FeaturePlan Valid(string text)
    {
        MarkdownResult result = FeatureMarkdown.Parse(text);
        Assert.Empty(result.Faults);
        return result.Plan!;
    }

    [Fact]
    public void Parse_WhenAColonBehindATabFollowsAField_TakesTheLineAsText()
    {
        MarkdownResult result = FeatureMarkdown.Parse("# Title\nPriority: 3\n\t: text\n## Phase 1: One\nDo it.");

        Assert.Empty(result.Faults);
        Assert.Equal(": text", result.Plan!.Description.Trim());
    }
}
