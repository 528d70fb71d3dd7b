using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Tests.Http;

namespace PhaseFlow.Functions.Tests.Hosting;

public sealed class HttpHostTests(HttpTestHost host) : IClassFixture<HttpTestHost>
{
    private const string Operator = "/api/v1/slots";

    [Theory]
    [InlineData("/")]
    [InlineData("/api/v1/slots")]
    [InlineData("/nothing")]
    public async Task Answer_WhateverItIs_HasTheSecurityHeaders(string path)
    {
        using HttpResponseMessage response = await host.SendAsync(HttpMethod.Get, path);

        Assert.Equal(["default-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"], response.Headers.GetValues("Content-Security-Policy"));
        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["no-referrer"], response.Headers.GetValues("Referrer-Policy"));
        Assert.False(response.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("localhost:7071", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]:7071", true)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("192.168.0.5", false)]
    public async Task Request_WhenItsHostHeaderIsAnothers_IsRefused(string header, bool isAllowed)
    {
        using HttpResponseMessage response = await host.SendAsync(HttpMethod.Get, Operator, change: r => r.Headers.Host = header);

        if (isAllowed)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        else
        {
            await Answer.ProblemOf(response, 421, "unknown-host");
        }
    }

    [Theory]
    [InlineData("https://evil.example", false)]
    [InlineData("http://127.0.0.1:1", false)]
    [InlineData("null", false)]
    [InlineData("SELF", true)]
    public async Task Request_WhenAPageOfAnotherSiteMakesIt_IsRefused(string origin, bool isAllowed)
    {
        string self = host.Client.BaseAddress!.ToString().TrimEnd('/');

        using HttpResponseMessage response = await host.SendAsync(HttpMethod.Get, Operator, change: r => r.Headers.Add("Origin", origin == "SELF" ? self : origin));

        if (isAllowed)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        else
        {
            await Answer.ProblemOf(response, 403, "cross-site");
        }
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF")]
    [InlineData("80000000")]
    [InlineData("xyz")]
    public async Task Request_WhenTheSizeOfAChunkIsAbsurd_IsRefused(string size)
    {
        Uri url = host.Client.BaseAddress!;
        using var client = new TcpClient();
        await client.ConnectAsync(url.Host, url.Port);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/v1/planned-features HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n{{}}\r\n"));

        Assert.StartsWith("HTTP/1.1 400 ", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/health/live", "live")]
    [InlineData("/api/health/ready", "ready")]
    public async Task Health_WhenAllIsWell_SaysSo(string path, string status) =>
        Assert.Equal(status, (await host.GetAsync(path)).GetProperty("status").GetString());

    [Theory]
    [InlineData("/openapi.json")]
    [InlineData("/api/openapi.json")]
    public async Task Contract_WhenItIsAsked_IsServed(string path) =>
        Assert.Equal("3.1.0", (await host.GetAsync(path)).GetProperty("openapi").GetString());

    [Fact]
    public async Task Key_WhenOneIsSet_IsAskedOfOperatorsAlone()
    {
        var locked = new HttpTestHost { Options = new HttpHostOptions { Port = 0, Key = "s3cret" } };
        await locked.InitializeAsync();
        try
        {
            using HttpResponseMessage none = await locked.SendAsync(HttpMethod.Get, Operator);
            using HttpResponseMessage wrong = await locked.SendAsync(HttpMethod.Get, Operator, change: r => r.Headers.Add("x-functions-key", "s3cre"));
            using HttpResponseMessage header = await locked.SendAsync(HttpMethod.Get, Operator, change: r => r.Headers.Add("x-functions-key", "s3cret"));
            using HttpResponseMessage query = await locked.SendAsync(HttpMethod.Get, Operator + "?code=s3cret");
            using HttpResponseMessage open = await locked.SendAsync(HttpMethod.Get, "/api/health/live");
            using HttpResponseMessage webhook = await locked.PostAsync("/workflow-complete", "{}");

            await Answer.ProblemOf(none, 401, "key-required");
            await Answer.ProblemOf(wrong, 401, "key-required");
            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK], [header.StatusCode, query.StatusCode, open.StatusCode]);
            await Answer.ProblemOf(webhook, 401, "invalid-signature");
        }
        finally
        {
            await locked.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("127.0.0.1", null, true)]
    [InlineData("::1", null, true)]
    [InlineData("localhost", null, true)]
    [InlineData("0.0.0.0", "key", true)]
    [InlineData("0.0.0.0", null, false)]
    [InlineData("0.0.0.0", "", false)]
    [InlineData("::", null, false)]
    [InlineData("*", null, false)]
    [InlineData("192.168.0.5", null, false)]
    [InlineData("example.org", "key", false)]
    public void Options_WhenTheAddressIsOpenAndThereIsNoKey_AreRefused(string address, string? key, bool isAllowed)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new("PhaseFlow:Key", key)]).Build();

        HostStartException? refusal = null;
        try
        {
            HttpHostOptions.From(configuration, address);
        }
        catch (HostStartException fault)
        {
            refusal = fault;
        }

        Assert.Equal(isAllowed, refusal is null);
        Assert.DoesNotContain('\n', refusal?.Message ?? "");
    }

    [Fact]
    public async Task Start_WhenThePortIsTaken_SaysSoInOneLine()
    {
        var second = new HttpTestHost { Options = new HttpHostOptions { Port = host.Client.BaseAddress!.Port } };

        HostStartException fault = await Assert.ThrowsAsync<HostStartException>(second.InitializeAsync);

        Assert.Contains($"port {host.Client.BaseAddress.Port}", fault.Message, StringComparison.Ordinal);
        await second.DisposeAsync();
    }

    [Fact]
    public void HostGuard_WhenAPublicAddressIsConfigured_AnswersToIt()
    {
        var guard = new HostGuard(new HttpHostOptions { PublicUrl = new Uri("https://phaseflow.example") });

        Assert.True(guard.Allows(new HostString("phaseflow.example")));
        Assert.False(guard.Allows(new HostString("other.example")));
    }
}
