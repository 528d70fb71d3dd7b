using System.Net;
using PhaseFlow.Core.Proxies;
using Xunit;

namespace PhaseFlow.Core.Tests.Proxies;

public sealed class KnownProxiesTests
{
    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("10.1.255.255", true)]
    [InlineData("10.2.0.0", false)]
    [InlineData("192.0.2.7", true)]
    [InlineData("192.0.2.8", false)]
    [InlineData("::ffff:192.0.2.7", true)]
    [InlineData("::ffff:192.0.2.8", false)]
    [InlineData("2001:db8::9", true)]
    [InlineData("2001:db8::a", false)]
    [InlineData("fd00::1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("::1", false)]
    public void Contains_WhenAnAddressIsGiven_KnowsAddressesAndNetworks(string address, bool isKnown)
    {
        Assert.True(KnownProxies.TryParse("10.1.0.0/16, 192.0.2.7 2001:db8::9,fd00::/8", out KnownProxies? proxies, out _));

        Assert.Equal(isKnown, proxies.Contains(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void TryParse_WhenNothingIsSet_KnowsNobody(string? text)
    {
        Assert.True(KnownProxies.TryParse(text, out KnownProxies? proxies, out _));

        Assert.True(proxies.IsEmpty);
        Assert.False(proxies.Contains(IPAddress.Loopback));
    }

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    [InlineData("10.1")]
    [InlineData("proxy.example.com")]
    [InlineData("10.0.0.0/33")]
    [InlineData("*")]
    public void TryParse_WhenAnEntryIsNoAddressOrEverybody_SaysWhich(string entry)
    {
        Assert.False(KnownProxies.TryParse($"192.0.2.7, {entry}", out KnownProxies? proxies, out string? fault));

        Assert.Null(proxies);
        Assert.StartsWith($"\"{entry}\"", fault, StringComparison.Ordinal);
    }
}
