using System.Net;
using PhaseFlow.Core.Dispatch;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Agents.Dispatch;

namespace PhaseFlow.Functions.Tests.Agents.Dispatch;

/// <summary>Names that lead elsewhere: what a resolver, a redirect or a proxy could do.</summary>
public sealed class GuardedConnectionsTests
{
    private static readonly IPAddress Metadata = IPAddress.Parse("169.254.169.254");

    [Fact]
    public async Task Connect_WhenANameChangesItsAnswer_GoesToTheAddressThatWasChecked()
    {
        var resolver = new FakeResolver([IPAddress.Loopback], [Metadata]);
        await using DispatchBench bench = await DispatchBench.StartAsync(resolver, "localhost");

        await bench.LaunchAsync();

        // Asked once for the connection: there is no second answer that could be another.
        Assert.Equal(1, resolver.Asked);
        Assert.Single(bench.Receiver.Requests);
    }

    [Fact]
    public async Task Connect_WhenANameLeadsElsewhereTheNextTime_IsRefusedThen()
    {
        var resolver = new FakeResolver([IPAddress.Loopback], [Metadata]);
        await using DispatchBench bench = await DispatchBench.StartAsync(resolver, "localhost");
        bench.Receiver.Answer(202, "", ("Connection", "close"));
        await bench.LaunchAsync();

        var refusal = await Assert.ThrowsAsync<AgentLaunchException>(() => bench.LaunchAsync());

        Assert.Equal(
            $"localhost:{bench.Receiver.Url.Port} is not allowed: localhost leads to 169.254.169.254, which is link-local, as the metadata services of clouds are.", refusal.Message);
        Assert.Equal(2, resolver.Asked);
        Assert.Single(bench.Receiver.Requests);
    }

    [Theory]
    [InlineData("127.0.0.1", "10.0.0.1")]
    [InlineData("10.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1", "::ffff:127.0.0.1")]
    [InlineData("127.0.0.1", "8.8.8.8")] // not encrypted, and not of this machine
    public async Task Connect_WhenOneOfTheAddressesIsNotAllowed_TrustsNoneOfThem(string first, string second)
    {
        await using DispatchBench bench = await DispatchBench.StartAsync(new FakeResolver([IPAddress.Parse(first), IPAddress.Parse(second)]), "localhost");

        await Assert.ThrowsAsync<AgentLaunchException>(() => bench.LaunchAsync());

        Assert.Empty(bench.Receiver.Requests);
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("fd00:ec2::254")]
    public async Task Connect_WhenAnAllowedNameLeadsInside_IsRefusedOnce(string address)
    {
        Assert.True(HostAllowList.TryParse("agents.example.com", out HostAllowList? hosts, out _));
        var resolver = new FakeResolver([IPAddress.Parse(address)]);
        using var client = new DispatchClient(new DispatchTarget(hosts, AllowLoopback: false), resolver, TimeSpan.FromSeconds(10), TimeProvider.System);

        var refusal = await Assert.ThrowsAsync<AgentLaunchException>(() => client.PostAsync(
            "https://agents.example.com/launch", "adw-1", new { }, [DispatchBench.Secret], _ => Task.FromResult(true), "", CancellationToken.None));

        Assert.StartsWith($"agents.example.com is not allowed: agents.example.com leads to {address}, which is ", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, resolver.Asked);
    }

    [Fact]
    public async Task Connect_WhenTheFirstAddressDoesNotAnswer_TakesTheNext()
    {
        await using DispatchBench bench = await DispatchBench.StartAsync(new FakeResolver([IPAddress.IPv6Loopback, IPAddress.Loopback]), "localhost");

        await bench.LaunchAsync();

        Assert.Single(bench.Receiver.Requests);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Launch_WhenTheReceiverRedirects_DoesNotFollow(int status)
    {
        await using DispatchBench bench = await DispatchBench.StartAsync();
        bench.Receiver.Answer(status, "", ("Location", "/elsewhere"));

        var refusal = await Assert.ThrowsAsync<AgentLaunchException>(() => bench.LaunchAsync());

        Assert.Equal($"The dispatch of 'cloud' was answered {status}.", refusal.Message);
        Assert.Equal("/launch", Assert.Single(bench.Receiver.Requests).Path);
    }

    [Fact]
    public void Handler_WhateverTheMachineIsSetTo_UsesNoProxy()
    {
        Assert.True(HostAllowList.TryParse("", out HostAllowList? hosts, out _));

        using SocketsHttpHandler handler = new GuardedConnections(new DispatchTarget(hosts, AllowLoopback: false), new FakeResolver([])).CreateHandler();

        Assert.False(handler.UseProxy);
        Assert.False(handler.UseCookies);
        Assert.False(handler.AllowAutoRedirect);
        Assert.Null(handler.Credentials);
    }
}
