using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using Xunit;

namespace PhaseFlow.Core.Tests.Plans;

public sealed class TemplatePlannerTests
{
    [Fact]
    public void Plan_WhenThereIsADescription_MakesFivePhasesThatQuoteIt()
    {
        ImmutableArray<PhasePlan> phases = TemplatePlanner.Plan(Feature("Let people talk.\r\n\r\nIn rooms."));

        Assert.Equal(
            ["1 Design <- ", "2 Implementation <- 1", "3 Documentation <- 1", "4 Tests <- 2", "5 Review <- 3,4"],
            phases.Select(p => $"{p.Number} {p.Title} <- {string.Join(',', p.DependsOn)}"));
        Assert.All(phases, p => Assert.Contains("# Chat\n\n> Let people talk.\n>\n> In rooms.\n", p.Content, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n")]
    [InlineData("x\nx")]
    [InlineData("🙂")]
    public void Plan_HoweverLongTheDescription_IsValid(string unit)
    {
        int times = unit.Length == 0 ? 0 : PhaseLimits.MaxDescriptionLength / unit.Length;
        FeaturePlan feature = Feature(string.Concat(Enumerable.Repeat(unit, times)));

        ImmutableArray<PhasePlan> phases = TemplatePlanner.Plan(feature);

        Assert.Empty(PlanValidator.Validate(feature with { Phases = phases }));
        Assert.All(phases, p => Assert.DoesNotContain(char.ConvertFromUtf32(0xFFFD), System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(p.Content)), StringComparison.Ordinal));
    }

    private static FeaturePlan Feature(string description) => new() { Title = "Chat", Description = description, Phases = [] };
}
