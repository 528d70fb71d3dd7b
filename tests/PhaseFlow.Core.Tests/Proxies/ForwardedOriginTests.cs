using System.Net;
using PhaseFlow.Core.Proxies;
using Xunit;

namespace PhaseFlow.Core.Tests.Proxies;

public sealed class ForwardedOriginTests
{
    private const string Proxy = "10.0.0.1";
    private const string Outer = "10.0.0.2";
    private const string Caller = "198.51.100.9";

    [Fact]
    public void Read_WhenAKnownProxySpeaks_IsWhatTheCallerAsked()
    {
        ForwardedOrigin? origin = Read(Proxy, Headers(Caller, "https", "public.example:8443", "/phaseflow/"));

        Assert.Equal(new ForwardedOrigin("https", "public.example:8443", "/phaseflow"), origin);
        Assert.Equal("https://public.example:8443/phaseflow/api/v1/queue", origin!.Of("/api/v1/queue"));
    }

    [Theory]
    [InlineData("198.51.100.1")]
    [InlineData("10.0.0.3")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData(null)]
    public void Read_WhenAnybodyElseSpeaks_IsNothing(string? peer) =>
        Assert.Null(Read(peer, Headers($"{Proxy}, {Outer}", "https", "evil.example", "/evil")));

    [Fact]
    public void Read_WhenTheCallerMadeEntriesUp_TakesThatOfTheProxy() => Assert.Equal(
        new ForwardedOrigin("https", "public.example", "/real"),
        Read(Proxy, Headers($"{Outer}, {Caller}", "http, https", "evil.example, public.example", "/evil, /real")));

    [Fact]
    public void Read_WhenKnownProxiesFollowOneAnother_TakesThatOfTheOutermost() => Assert.Equal(
        new ForwardedOrigin("https", "public.example", ""),
        Read(Proxy, Headers($"6.6.6.6, {Caller}, {Outer}", "evil, https, http", "evil.example, public.example, inner.example", "")));

    [Fact]
    public void Read_WhenTheOutermostAloneSaidSomething_TakesIt() => Assert.Equal(
        new ForwardedOrigin("https", "public.example", ""), Read(Proxy, Headers($"{Caller}, {Outer}", "https", "public.example", "")));

    [Theory]
    [InlineData("10.0.0.2:51234")]
    [InlineData("[::ffff:10.0.0.2]:51234")]
    [InlineData("::ffff:10.0.0.2")]
    public void Read_WhenAnEntryHasAPort_IsTheAddressAllTheSame(string outer) =>
        Assert.Equal("public.example", Read(Proxy, Headers($"{Caller}, {outer}", "", "public.example, inner.example", ""))!.Host);

    [Theory]
    [InlineData("unknown")]
    [InlineData("_hidden")]
    [InlineData("10.0.0.2.evil.example")]
    public void Read_WhenAnEntryIsNoAddress_GoesNoFurther(string entry) =>
        Assert.Equal("inner.example", Read(Proxy, Headers($"{Caller}, {entry}", "", "public.example, inner.example", ""))!.Host);

    [Theory]
    [InlineData("javascript", "", "")]
    [InlineData("", "user@evil.example", "")]
    [InlineData("", "evil.example/path", "")]
    [InlineData("", "evil.example?x", "")]
    [InlineData("", "evil.example#x", "")]
    [InlineData("", "evil\\example", "")]
    [InlineData("", "evil example", "")]
    [InlineData("", "evil.example:port", "")]
    [InlineData("", "evil.example:99999", "")]
    [InlineData("", "évil.example", "")]
    [InlineData("", "evil.example\r\nSet-Cookie:a", "")]
    [InlineData("", "", "phaseflow")]
    [InlineData("", "", "//evil.example")]
    [InlineData("", "", "/a/../b")]
    [InlineData("", "", "/a?b")]
    [InlineData("", "", "/a\\b")]
    [InlineData("", "", "/a%2fb")]
    [InlineData("", "", "/")]
    [InlineData("", "", "")]
    public void Read_WhenNothingUsableIsSaid_IsNothing(string proto, string host, string prefix) => Assert.Null(Read(Proxy, Headers(Caller, proto, host, prefix)));

    [Fact]
    public void Read_WhenOnlyAPartIsSaid_KeepsTheRestOfTheRequest()
    {
        Assert.Equal(new ForwardedOrigin("https", "here.example:7071", ""), Read(Proxy, Headers("", "HTTPS", "", "")));
        Assert.Equal(new ForwardedOrigin("http", "here.example:7071", "/phaseflow"), Read(Proxy, Headers("", "", "", "/phaseflow")));
        Assert.Equal(new ForwardedOrigin("http", "public.example", ""), Read(Proxy, Headers("", "", "public.example", "/not usable")));
    }

    private static ForwardedOrigin? Read(string? peer, ForwardedHeaders headers) => ForwardedOrigin.Read(Address(peer), headers, Known(), "http", "here.example:7071");

    private static IPAddress? Address(string? text) => text is null ? null : IPAddress.Parse(text);

    private static ForwardedHeaders Headers(string forwardedFor, string proto, string host, string prefix) => new(
        ForwardedHeaders.Entries([forwardedFor]), ForwardedHeaders.Entries([proto]), ForwardedHeaders.Entries([host]), ForwardedHeaders.Entries([prefix]));

    private static KnownProxies Known()
    {
        Assert.True(KnownProxies.TryParse($"{Proxy}, {Outer}", out KnownProxies? proxies, out _));
        return proxies;
    }
}
