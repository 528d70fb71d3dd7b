using Microsoft.Extensions.Configuration;
using PhaseFlow.Core.Proxies;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Tests.Http;

namespace PhaseFlow.Functions.Tests.Hosting;

/// <summary>The embedded host behind a proxy, and without one. The caller here connects from 127.0.0.1.</summary>
public sealed class ForwardedRequestTests
{
    private const string Body = """{ "title": "Sockets", "phases": [ { "phase_number": 1, "title": "One" } ] }""";

    [Theory]
    [InlineData("127.0.0.1", "https://public.example/phaseflow/api/v1/planned-features/1")]
    [InlineData("127.0.0.0/8, 10.0.0.1", "https://public.example/phaseflow/api/v1/planned-features/1")]
    [InlineData("10.0.0.1", "/api/v1/planned-features/1")]
    [InlineData("", "/api/v1/planned-features/1")]
    public async Task Location_WhenAProxyForwards_IsTheCallersIfTheProxyIsKnown(string proxies, string location)
    {
        await WithAsync(proxies, async host =>
        {
            using HttpResponseMessage created = await host.SendAsync(HttpMethod.Post, "/api/v1/planned-features", Body, Forwarded);

            Assert.Equal(201, (int)created.StatusCode);
            Assert.Equal(location, created.Headers.GetValues("Location").Single());
        });
    }

    [Fact]
    public async Task Location_WhenNobodyForwards_IsThePath() => await WithAsync("127.0.0.1", async host =>
    {
        using HttpResponseMessage created = await host.SendAsync(HttpMethod.Post, "/api/v1/planned-features", Body);

        Assert.Equal("/api/v1/planned-features/1", created.Headers.GetValues("Location").Single());
    });

    [Fact]
    public async Task Location_WhenTheCallerMakesEntriesUpThroughTheProxy_IsThatOfTheProxy() => await WithAsync("127.0.0.1", async host =>
    {
        using HttpResponseMessage created = await host.SendAsync(HttpMethod.Post, "/api/v1/planned-features", Body, r =>
        {
            r.Headers.Add("X-Forwarded-For", "10.0.0.1, 198.51.100.9");
            r.Headers.Add("X-Forwarded-Proto", "http, https");
            r.Headers.Add("X-Forwarded-Host", "evil.example, public.example");
        });

        Assert.Equal("https://public.example/api/v1/planned-features/1", created.Headers.GetValues("Location").Single());
    });

    [Theory]
    [InlineData("127.0.0.1", 200)]
    [InlineData("", 403)]
    public async Task Page_WhenItCameThroughTheProxy_IsOfThisSiteIfTheProxyIsKnown(string proxies, int status) => await WithAsync(proxies, async host =>
    {
        using HttpResponseMessage answer = await host.SendAsync(HttpMethod.Get, "/api/v1/slots", change: r =>
        {
            Forwarded(r);
            r.Headers.Add("Origin", "https://public.example");
        });

        Assert.Equal(status, (int)answer.StatusCode);
    });

    [Fact]
    public async Task Host_WhenAPageLeadsANameHere_IsRefusedWhateverItForwards() => await WithAsync("127.0.0.1", async host =>
    {
        using HttpResponseMessage answer = await host.SendAsync(HttpMethod.Get, "/api/v1/slots", change: r =>
        {
            r.Headers.Host = "evil.example";
            r.Headers.Add("X-Forwarded-Host", "localhost");
        });

        await Answer.ProblemOf(answer, 421, "unknown-host");
    });

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("proxy.example")]
    public void Options_WhenTheProxiesCannotBeUsed_AreRefused(string proxies)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new("PhaseFlow:KnownProxies", proxies)]).Build();

        var fault = Assert.Throws<HostStartException>(() => HttpHostOptions.From(configuration));

        Assert.StartsWith($"PhaseFlow__KnownProxies: \"{proxies}\"", fault.Message, StringComparison.Ordinal);
    }

    private static void Forwarded(HttpRequestMessage request)
    {
        request.Headers.Add("X-Forwarded-For", "198.51.100.9");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Host", "public.example");
        request.Headers.Add("X-Forwarded-Prefix", "/phaseflow");
    }

    private static async Task WithAsync(string proxies, Func<HttpTestHost, Task> act)
    {
        Assert.True(KnownProxies.TryParse(proxies, out KnownProxies? known, out _));
        var host = new HttpTestHost { Options = new HttpHostOptions { Port = 0, Proxies = known } };
        await host.InitializeAsync();
        try
        {
            await act(host);
        }
        finally
        {
            await host.DisposeAsync();
        }
    }
}
