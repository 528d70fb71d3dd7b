using System.Net;
using PhaseFlow.Core.Dispatch;
using Xunit;

namespace PhaseFlow.Core.Tests.Dispatch;

public sealed class DispatchTargetTests
{
    [Theory]
    [InlineData("https://agents.example.com/launch", null)]
    [InlineData("https://AGENTS.example.com:8443/launch?key=1", null)]
    [InlineData("https://other.example.com/", "is not allowed: PhaseFlow__Dispatch__AllowedHosts does not name other.example.com")]
    [InlineData("https://agents.example.com@evil.example/", "has a user name or a password: requests are signed instead")]
    [InlineData("https://evil.example/#@agents.example.com", "is not allowed: PhaseFlow__Dispatch__AllowedHosts does not name evil.example")]
    [InlineData("https://evil.example\\@agents.example.com/", "is no address such as https://agents.example.com/launch")]
    [InlineData("http://agents.example.com/launch", "is not https")]
    [InlineData("ftp://agents.example.com/launch", "is not https")]
    [InlineData("file:///etc/passwd", "is no address such as https://agents.example.com/launch")]
    [InlineData("gopher://agents.example.com/", "is not https")]
    [InlineData("/launch", "is no address such as https://agents.example.com/launch")]
    [InlineData("", "is no address such as https://agents.example.com/launch")]
    [InlineData(null, "is no address such as https://agents.example.com/launch")]
    [InlineData("https://localhost/", "is of this machine: PhaseFlow__Dispatch__AllowLoopback=true allows that")]
    [InlineData("https://127.0.0.1/", "is of this machine: PhaseFlow__Dispatch__AllowLoopback=true allows that")]
    [InlineData("https://[::1]/", "is of this machine: PhaseFlow__Dispatch__AllowLoopback=true allows that")]
    [InlineData("http://localhost/", "is not https")]

    // The ways to write an address that a look at the text would miss: they all are one address by the time they are judged.
    [InlineData("https://2130706433/", "is of this machine: PhaseFlow__Dispatch__AllowLoopback=true allows that")]
    [InlineData("https://0x7f.1/", "is of this machine: PhaseFlow__Dispatch__AllowLoopback=true allows that")]
    [InlineData("https://0177.0.0.1/", "is of this machine: PhaseFlow__Dispatch__AllowLoopback=true allows that")]
    [InlineData("https://2852039166/", "is not allowed: 169.254.169.254 is link-local, as the metadata services of clouds are")]
    [InlineData("https://169.254.169.254/metadata", "is not allowed: 169.254.169.254 is link-local, as the metadata services of clouds are")]
    [InlineData("https://[::ffff:10.0.0.1]/", "is not allowed: ::ffff:10.0.0.1 is an IPv4 address in IPv6 form")]
    public void Refusal_WhenAnAddressOfTheWebIsGiven_SaysWhatIsWrongWithIt(string? url, string? refusal) =>
        Assert.Equal(refusal, Target(allowLoopback: false).Refusal(url));

    [Theory]
    [InlineData("http://localhost:8080/launch", true)]
    [InlineData("http://127.0.0.1:8080/launch", true)]
    [InlineData("http://[::1]:8080/launch", true)]
    [InlineData("https://localhost/launch", true)]
    [InlineData("http://agents.example.com/launch", false)]
    [InlineData("http://localhost.evil.example/launch", false)]
    [InlineData("http://10.0.0.1/launch", false)]
    [InlineData("https://10.0.0.1/launch", false)]
    [InlineData("http://0.0.0.0/launch", false)]
    [InlineData("http://[::ffff:127.0.0.1]/launch", false)]
    public void Refusal_WhenTheLoopbackIsAllowed_AllowsItAloneWithoutHttps(string url, bool isAllowed) =>
        Assert.Equal(isAllowed, Target(allowLoopback: true).Refusal(url) is null);

    [Theory]
    [InlineData("https://agents.example.com/", "8.8.8.8", false, true)]
    [InlineData("https://agents.example.com/", "10.0.0.1", false, false)]
    [InlineData("https://agents.example.com/", "127.0.0.1", false, false)]
    [InlineData("https://agents.example.com/", "127.0.0.1", true, true)]
    [InlineData("https://agents.example.com/", "10.0.0.1", true, false)]
    [InlineData("http://localhost/", "127.0.0.1", true, true)]
    [InlineData("http://localhost/", "8.8.8.8", true, false)] // a name that claims to be this machine, and is not
    [InlineData("http://localhost/", "169.254.169.254", true, false)]
    public void Refusal_WhenAHostIsResolved_JudgesTheAddress(string url, string address, bool allowLoopback, bool isAllowed) =>
        Assert.Equal(isAllowed, Target(allowLoopback).Refusal(new Uri(url), IPAddress.Parse(address)) is null);

    private static DispatchTarget Target(bool allowLoopback)
    {
        Assert.True(HostAllowList.TryParse("agents.example.com", out HostAllowList? hosts, out _));
        return new DispatchTarget(hosts, allowLoopback);
    }
}
