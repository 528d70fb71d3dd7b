using PhaseFlow.Core.Dispatch;
using Xunit;

namespace PhaseFlow.Core.Tests.Dispatch;

public sealed class HostAllowListTests
{
    [Theory]
    [InlineData("agents.example.com", true)]
    [InlineData("AGENTS.Example.COM", true)]
    [InlineData("a.example.org", true)]
    [InlineData("a.b.example.org", true)]
    [InlineData("203.0.113.7", true)]
    [InlineData("2001:db8::7", true)]
    [InlineData("example.com", false)]
    [InlineData("other.example.com", false)]
    [InlineData("agents.example.com.evil.example", false)]
    [InlineData("evilagents.example.com", false)]
    [InlineData("example.org", false)] // a * stands for something
    [InlineData(".example.org", false)]
    [InlineData("evilexample.org", false)]
    [InlineData("a.example.org.evil.example", false)]
    [InlineData("agents.example.com.", false)]
    [InlineData("", false)]
    public void Allows_WhenAskedForAHost_KnowsItsNamesAndWhatIsUnderThem(string host, bool isAllowed)
    {
        Assert.True(HostAllowList.TryParse("agents.example.com, *.example.org 203.0.113.7,[2001:db8::7]", out HostAllowList? list, out _));

        Assert.Equal(isAllowed, list.Allows(host));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" , ")]
    public void Allows_WhenTheListIsEmpty_AllowsNothing(string? text)
    {
        Assert.True(HostAllowList.TryParse(text, out HostAllowList? list, out _));

        Assert.False(list.Allows("example.com"));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("*.com")]
    [InlineData("*.*.example.com")]
    [InlineData("a.*.example.com")]
    [InlineData("*example.com")]
    [InlineData("*.10.0.0.1")]
    [InlineData("https://example.com")]
    [InlineData("example.com:443")]
    [InlineData("example.com/launch")]
    [InlineData("bücher.example")]
    [InlineData("good.example, *.com")]
    public void TryParse_WhenAnEntryIsTooWideOrNoName_SaysWhich(string text)
    {
        Assert.False(HostAllowList.TryParse(text, out HostAllowList? list, out string? fault));

        Assert.Null(list);
        Assert.Contains($"\"{text.Split(", ")[^1]}\"", fault, StringComparison.Ordinal);
    }
}
