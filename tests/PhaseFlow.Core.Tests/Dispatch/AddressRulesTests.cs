using System.Net;
using PhaseFlow.Core.Dispatch;
using Xunit;

namespace PhaseFlow.Core.Tests.Dispatch;

public sealed class AddressRulesTests
{
    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("1.1.1.1")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("168.63.129.15")]
    [InlineData("168.63.129.17")]
    [InlineData("169.253.255.255")]
    [InlineData("169.255.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.167.255.255")]
    [InlineData("192.169.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700::1111")]
    [InlineData("2a00:1450:4001::1")]
    [InlineData("2001:200::1")]
    [InlineData("2003::1")]
    public void Refusal_WhenTheAddressIsPublic_IsNone(string address) => Assert.Null(AddressRules.Refusal(IPAddress.Parse(address)));

    [Theory]
    [InlineData("0.0.0.0", "this network")]
    [InlineData("0.1.2.3", "this network")]
    [InlineData("10.0.0.0", "private")]
    [InlineData("10.255.255.255", "private")]
    [InlineData("172.16.0.1", "private")]
    [InlineData("172.31.255.255", "private")]
    [InlineData("192.168.0.1", "private")]
    [InlineData("100.64.0.1", "shared by a carrier")]
    [InlineData("100.100.100.200", "shared by a carrier")] // the metadata service of Alibaba Cloud
    [InlineData("100.127.255.255", "shared by a carrier")]
    [InlineData("127.0.0.1", "the loopback")]
    [InlineData("127.255.255.254", "the loopback")]
    [InlineData("169.254.169.254", "link-local, as the metadata services of clouds are")]
    [InlineData("169.254.170.2", "link-local, as the metadata services of clouds are")]
    [InlineData("168.63.129.16", "the platform's own")]
    [InlineData("192.0.0.192", "reserved")] // the metadata service of Oracle Cloud
    [InlineData("192.0.2.1", "for documentation")]
    [InlineData("192.88.99.1", "a 6to4 relay")]
    [InlineData("198.18.0.1", "for benchmarks")]
    [InlineData("198.19.255.255", "for benchmarks")]
    [InlineData("198.51.100.1", "for documentation")]
    [InlineData("203.0.113.1", "for documentation")]
    [InlineData("224.0.0.1", "multicast")]
    [InlineData("239.255.255.255", "multicast")]
    [InlineData("240.0.0.1", "reserved")]
    [InlineData("255.255.255.255", "reserved")]
    public void Refusal_WhenAnIpv4AddressIsNotPublic_SaysWhatItIs(string address, string what) =>
        Assert.Equal(what, AddressRules.Refusal(IPAddress.Parse(address)));

    [Theory]
    [InlineData("::", "no public address")]
    [InlineData("::1", "the loopback")]
    [InlineData("::127.0.0.1", "no public address")] // IPv4-compatible
    [InlineData("::ffff:127.0.0.1", "an IPv4 address in IPv6 form")]
    [InlineData("::ffff:169.254.169.254", "an IPv4 address in IPv6 form")]
    [InlineData("::ffff:8.8.8.8", "an IPv4 address in IPv6 form")]
    [InlineData("::ffff:0:127.0.0.1", "no public address")] // IPv4-translated
    [InlineData("64:ff9b::a9fe:a9fe", "an IPv4 address behind NAT64")]
    [InlineData("64:ff9b::8.8.8.8", "an IPv4 address behind NAT64")]
    [InlineData("64:ff9b:1::a00:1", "an IPv4 address behind NAT64")]
    [InlineData("100::1", "no public address")]
    [InlineData("2001::1", "reserved for protocols, Teredo among them")]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2", "reserved for protocols, Teredo among them")]
    [InlineData("2001:10::1", "reserved for protocols, Teredo among them")]
    [InlineData("2001:db8::1", "for documentation")]
    [InlineData("2002:7f00:1::", "an IPv4 address in 6to4 form")]
    [InlineData("2002:a9fe:a9fe::1", "an IPv4 address in 6to4 form")]
    [InlineData("3fff::1", "for documentation")]
    [InlineData("4000::1", "no public address")]
    [InlineData("5f00::1", "no public address")]
    [InlineData("fc00::1", "unique local")]
    [InlineData("fd00:ec2::254", "unique local")] // the metadata service of AWS
    [InlineData("fe80::1", "link-local")]
    [InlineData("fe80::a9fe:a9fe%3", "link-local")]
    [InlineData("fec0::1", "site-local")]
    [InlineData("ff02::1", "multicast")]
    public void Refusal_WhenAnIpv6AddressIsNotPublic_SaysWhatItIs(string address, string what) =>
        Assert.Equal(what, AddressRules.Refusal(IPAddress.Parse(address)));

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.8.8.8", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("fe80::1", false)]
    public void Refusal_WhenTheLoopbackIsAllowed_AllowsItAndNothingElse(string address, bool isAllowed) =>
        Assert.Equal(isAllowed, AddressRules.Refusal(IPAddress.Parse(address), allowLoopback: true) is null);
}
