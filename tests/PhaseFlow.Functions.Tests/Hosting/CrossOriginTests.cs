using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Tests.Http;

namespace PhaseFlow.Functions.Tests.Hosting;

public sealed class CrossOriginTests
{
    private const string Page = "https://app.example.com";

    [Theory]
    [InlineData("GET", "/api/v1/slots")]
    [InlineData("GET", "/api/health/live")]
    [InlineData("GET", "/")]
    [InlineData("OPTIONS", "/api/v1/slots")]
    [InlineData("OPTIONS", "/workflow-complete")]
    public async Task Answer_WhenNoOriginIsNamed_OpensNothing(string method, string path) => await WithAsync([], async host =>
    {
        using HttpResponseMessage answer = await AskAsync(host, method, path, Page);

        Assert.DoesNotContain(answer.Headers, h => h.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    });

    [Theory]
    [InlineData(Page, 200)]
    [InlineData("https://evil.example", 403)]
    [InlineData("https://app.example.com.evil.example", 403)]
    [InlineData("http://app.example.com", 403)]
    [InlineData("https://app.example.com:8443", 403)]
    [InlineData("null", 403)]
    public async Task Answer_WhenAnOriginIsNamed_OpensToItAlone(string origin, int status) => await WithAsync([Page], async host =>
    {
        using HttpResponseMessage answer = await AskAsync(host, "GET", "/api/v1/slots", origin);
        using HttpResponseMessage preflight = await AskAsync(host, "OPTIONS", "/api/v1/slots", origin);

        Assert.Equal(status, (int)answer.StatusCode);
        string[] expected = status == 200 ? [origin] : [];
        Assert.Equal(expected, Values(answer, "Access-Control-Allow-Origin"));
        Assert.Equal(expected, Values(preflight, "Access-Control-Allow-Origin"));
        Assert.Empty(Values(answer, "Access-Control-Allow-Credentials"));
    });

    [Fact]
    public async Task Preflight_WhenTheOriginIsNamed_AllowsWhatTheContractHas() => await WithAsync([Page], async host =>
    {
        using HttpResponseMessage preflight = await AskAsync(host, "OPTIONS", "/api/v1/queue/queue-1-1", Page);

        Assert.Equal(204, (int)preflight.StatusCode);
        Assert.Equal(["GET,POST,PATCH,DELETE"], Values(preflight, "Access-Control-Allow-Methods"));
        Assert.Equal(["Content-Type,Accept,x-functions-key,Idempotency-Key,Last-Event-ID"], Values(preflight, "Access-Control-Allow-Headers"));
    });

    [Theory]
    [InlineData("*")]
    [InlineData("app.example.com")]
    [InlineData("https://app.example.com/path")]
    [InlineData("https://user@app.example.com")]
    [InlineData("ftp://app.example.com")]
    public void Parse_WhenAnEntryIsNoOrigin_SaysWhich(string entry)
    {
        var fault = Assert.Throws<HostStartException>(() => CrossOrigin.Parse($"{Page}, {entry}"));

        Assert.Equal($"PhaseFlow__Cors__Origins: \"{entry}\" is no origin such as https://app.example.com.", fault.Message);
    }

    [Fact]
    public void Parse_WhenOriginsAreNamed_TakesThem() =>
        Assert.Equal($"{Page} http://localhost:5173", string.Join(' ', CrossOrigin.Parse(" https://app.example.com/, http://localhost:5173")));

    private static string[] Values(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? [.. values] : [];

    private static Task<HttpResponseMessage> AskAsync(HttpTestHost host, string method, string path, string origin) => host.SendAsync(new HttpMethod(method), path, change: r =>
    {
        r.Headers.Add("Origin", origin);
        if (method == "OPTIONS")
        {
            r.Headers.Add("Access-Control-Request-Method", "GET");
            r.Headers.Add("Access-Control-Request-Headers", "x-functions-key");
        }
    });

    private static async Task WithAsync(string[] origins, Func<HttpTestHost, Task> act)
    {
        var host = new HttpTestHost { Options = new HttpHostOptions { Port = 0, CorsOrigins = [.. origins] } };
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
