using FsCheck;
using FsCheck.Fluent;
using PhaseFlow.Core.Plans;
using Xunit;

namespace PhaseFlow.Core.Tests.Plans;

public sealed class FeatureMarkdownProperties
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(1000);

    private static readonly string[] Fragments =
    [
        "# Title", "## Phase 1: One", "## Phase 2 - Two", "## Phase", "##Phase 3:", "## Phase 99999999999: x", "## Phase 2", "Depends on: 1, 2", "Depends on: ,",
        "Depend on: 1", "External docs:", "- item", "```", "~~~~ sh", "````", "Timeout: x", "Timeout: 2h", "Priority: 3", "Priority:", "Max cost: 5", "Max cost: -1e9", "Attempts: 999", "Approval: maybe",
        "**Workflow:** x", "Workflow: \u0000", "text", " ", "\t", ":", "\r", "\n", "\n", "\n", "\n", "\r\n", "\uFEFF", "\uD800", "#", "é", "-1", "0", "none",
    ];

    [Fact]
    public void Parse_WhenAPlanIsWrittenAsMarkdown_GivesThePlanBack() =>
        Check.One(Thorough, Prop.ForAll(RandomPlans.Valid, plan =>
        {
            MarkdownResult result = FeatureMarkdown.Parse(RandomPlans.ToMarkdown(plan));

            Assert.Empty(result.Faults);
            Assert.Equal(plan, result.Plan);
        }));

    [Fact]
    public void Parse_WhenLinesEndWithCrLfBehindAByteOrderMark_GivesTheSamePlan() =>
        Check.One(Thorough, Prop.ForAll(RandomPlans.Valid, plan =>
        {
            MarkdownResult result = FeatureMarkdown.Parse('\uFEFF' + RandomPlans.ToMarkdown(plan, "\r\n"));

            Assert.Empty(result.Faults);
            Assert.Equal(
                plan with
                {
                    Description = CrLf(plan.Description),
                    Phases = [.. plan.Phases.Select(p => p with { Content = CrLf(p.Content) })],
                },
                result.Plan);

            static string CrLf(string text) => text.Replace("\n", "\r\n", StringComparison.Ordinal);
        }));

    [Fact]
    public void Parse_WhenTheTextIsAnything_GivesAValidPlanOrFaultsWithinTheText() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(
            Arb.From(Gen.ArrayOf(Gen.Elements(Fragments)).Select(string.Concat)),
            AssertAnswers));

    [Fact]
    public void Parse_WhenTheTextIsNoise_GivesAValidPlanOrFaultsWithinTheText() =>
        Check.One(Thorough, Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => AssertAnswers(text ?? "")));

    private static void AssertAnswers(string text)
    {
        string[] lines = text.TrimStart('\uFEFF').Split('\n');

        MarkdownResult result = FeatureMarkdown.Parse(text);

        Assert.Equal(result.IsValid, result.Faults.IsEmpty);
        Assert.All(result.Faults, f =>
        {
            Assert.InRange(f.Line ?? 0, 1, lines.Length);
            Assert.InRange(f.Column ?? 0, 1, lines[f.Line!.Value - 1].Length + 1);
        });
        Assert.Empty(result.Plan is null ? [] : PlanValidator.Validate(result.Plan));
    }
}
