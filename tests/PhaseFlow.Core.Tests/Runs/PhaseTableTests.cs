using System.Text.Json;
using PhaseFlow.Core.Runs;
using Xunit;

namespace PhaseFlow.Core.Tests.Runs;

public sealed class PhaseTableTests
{
    [Fact]
    public void Of_WhateverTheOrder_SortsByNumber() => Assert.Equal([1, 2, 5, 9], TableOf(5, 1, 9, 2).Keys);

    [Fact]
    public void Of_WhenANumberIsThereTwice_Throws() => Assert.Throws<ArgumentException>(() => TableOf(1, 2, 1));

    [Theory]
    [InlineData(1, true)]
    [InlineData(5, true)]
    [InlineData(9, true)]
    [InlineData(0, false)]
    [InlineData(3, false)]
    [InlineData(10, false)]
    public void TryGetValue_FindsWhatIsThere(int number, bool isThere)
    {
        PhaseTable table = TableOf(1, 2, 5, 9);

        Assert.Equal(isThere, table.TryGetValue(number, out PhaseState? phase));
        Assert.Equal(isThere ? number : null, phase?.Number);
        Assert.Equal(isThere, table.ContainsKey(number));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(10)]
    public void Set_PutsThePhaseInItsPlaceAndLeavesTheFirstTableAlone(int number)
    {
        PhaseTable table = TableOf(1, 2, 5, 9);
        PhaseState phase = PhaseOf(number) with { Error = "new" };

        PhaseTable changed = table.Set(phase);

        Assert.Same(phase, changed[number]);
        Assert.Equal(table.Keys.Append(number).Distinct().Order(), changed.Keys);
        Assert.DoesNotContain(table.Values, p => p.Error == "new");
    }

    [Fact]
    public void ChangedSince_GivesWhatIsNewOrSaysSomethingElse()
    {
        PhaseTable earlier = TableOf(1, 2, 5);
        PhaseTable later = earlier
            .Set(PhaseOf(2) with { Rule = earlier[2].Rule, Status = PhaseStatus.Ready })
            .Set(earlier[5] with { Pending = InFlight.Slot })
            .Set(PhaseOf(3));

        Assert.Equal([2, 3], later.ChangedSince(earlier).Select(p => p.Number));
        Assert.Empty(later.ChangedSince(later));
    }

    [Fact]
    public void Json_IsAnObjectWithTheNumbersAsNames()
    {
        string json = JsonSerializer.Serialize(TableOf(10, 2));

        Assert.StartsWith("""{"2":{"Number":2,""", json, StringComparison.Ordinal);
        Assert.Equal([2, 10], JsonSerializer.Deserialize<PhaseTable>(json)!.Keys);
    }

    private static PhaseTable TableOf(params int[] numbers) => PhaseTable.Of(numbers.Select(PhaseOf));

    private static PhaseState PhaseOf(int number) => new() { Number = number, Rule = new PhaseRule() };
}
