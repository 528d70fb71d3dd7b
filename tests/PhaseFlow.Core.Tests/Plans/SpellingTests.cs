using PhaseFlow.Core.Plans;
using Xunit;

namespace PhaseFlow.Core.Tests.Plans;

public sealed class SpellingTests
{
    [Theory]
    [InlineData("execute", "execute", 0)]
    [InlineData("Execute", "eXecute", 0)]
    [InlineData("exectue", "execute", 1)]
    [InlineData("execut", "execute", 1)]
    [InlineData("executes", "execute", 1)]
    [InlineData("exekute", "execute", 1)]
    [InlineData("stauts", "status", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("ab", "ba", 1)]
    [InlineData("abcd", "badc", 2)]
    public void Distance_IsTheNumberOfSlips(string word, string other, int slips)
    {
        Assert.Equal(slips, Spelling.Distance(word, other));
        Assert.Equal(slips, Spelling.Distance(other, word));
    }
}
