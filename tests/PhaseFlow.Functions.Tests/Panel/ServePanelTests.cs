using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using PhaseFlow.Functions.Panel;
using PhaseFlow.Functions.Tests.Http;

namespace PhaseFlow.Functions.Tests.Panel;

/// <summary>The panel as a browser is served it.</summary>
public sealed partial class ServePanelTests(HttpTestHost host) : IClassFixture<HttpTestHost>
{
    private static string Script { get; } = PanelFiles.Names.Single(n => n.StartsWith("assets/index-", StringComparison.Ordinal) && n.EndsWith(".js", StringComparison.Ordinal));

    [Fact]
    public async Task Page_WhenItIsAsked_NamesFilesThatAreThereAndHasNoScriptOfItsOwn()
    {
        string page = await (await GetAsync("/")).Content.ReadAsStringAsync();

        string[] named = [.. Reference().Matches(page).Select(m => m.Groups[1].Value)];
        Assert.Contains(Script, named);
        Assert.All(named, name => Assert.NotNull(PanelFiles.Find(name)));
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<style", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/icon.svg")]
    [InlineData("/no/such/page")]
    [InlineData("/assets/no-such-file.js")]
    [InlineData("/api/v1/slots")]
    public async Task Answer_WhateverItIs_HasTheHeadersThatKeepABrowserSafe(string path)
    {
        using HttpResponseMessage response = await GetAsync(path);

        Assert.Equal("default-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'", Header(response, "Content-Security-Policy"));
        Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
        Assert.Equal("no-referrer", Header(response, "Referrer-Policy"));
    }

    [Fact]
    public async Task File_WhenItsNameHasAHash_MayBeKeptForEver()
    {
        using HttpResponseMessage script = await GetAsync("/" + Script);
        using HttpResponseMessage page = await GetAsync("/");
        using HttpResponseMessage icon = await GetAsync("/icon.svg");

        Assert.Equal("public, max-age=31536000, immutable", Header(script, "Cache-Control"));
        Assert.Equal("text/javascript", script.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no-cache", Header(page, "Cache-Control"));
        Assert.Equal("no-cache", Header(icon, "Cache-Control"));
        Assert.Equal("image/svg+xml", icon.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("br, gzip", "br")]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("identity", null)]
    [InlineData(null, null)]
    public async Task File_WhenTheClientTakesACompression_ComesInItWithTheSameContent(string? accepted, string? encoding)
    {
        using HttpResponseMessage response = await GetAsync("/" + Script, ("Accept-Encoding", accepted));

        Assert.Equal(encoding, response.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal("Accept-Encoding", Header(response, "Vary"));
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        Assert.True(encoding is null || body.Length < PanelFiles.Find(Script)!.Content.Length / 2);
        Assert.True(Plain(body, encoding).AsSpan().SequenceEqual(PanelFiles.Find(Script)!.Content.Span));
    }

    [Fact]
    public async Task Files_WhenTheyAreCompressed_AreWhatTheyCompress()
    {
        foreach (string name in PanelFiles.Names)
        {
            foreach (string accepted in new[] { "br", "gzip" })
            {
                using HttpResponseMessage response = await GetAsync("/" + name, ("Accept-Encoding", accepted));

                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                byte[] plain = Plain(await response.Content.ReadAsByteArrayAsync(), response.Content.Headers.ContentEncoding.SingleOrDefault());
                Assert.True(plain.AsSpan().SequenceEqual(PanelFiles.Find(name)!.Content.Span), $"{name} as {accepted}");
            }
        }
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("W/{0}")]
    [InlineData("\"other\", {0}")]
    [InlineData("*")]
    public async Task File_WhenTheClientHasIt_IsNotSentAgain(string known)
    {
        using HttpResponseMessage first = await GetAsync("/" + Script, ("Accept-Encoding", "br"));
        string tag = first.Headers.ETag!.ToString();

        using HttpResponseMessage again = await GetAsync("/" + Script, ("Accept-Encoding", "br"), ("If-None-Match", known.Replace("{0}", tag, StringComparison.Ordinal)));
        using HttpResponseMessage plain = await GetAsync("/" + Script, ("If-None-Match", tag));

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Empty(await again.Content.ReadAsByteArrayAsync());
        Assert.Equal(tag, again.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, plain.StatusCode); // another form has another tag
    }

    [Theory]
    [InlineData("/anything", "./")]
    [InlineData("/some/old/bookmark", "../../")]
    [InlineData("/apiary", "./")]
    public async Task Page_WhenThePathIsUnknown_IsThePanelWithItsFilesNamedFromThere(string path, string up)
    {
        using HttpResponseMessage response = await GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains($"src=\"{up}{Script}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/nothing")]
    [InlineData("/assets/nothing.js")]
    [InlineData("/assets/..%2Findex.html")]
    [InlineData("/assets/index.html")]
    [InlineData("/favicon.ico")]
    [InlineData("/some/old/script.js")]
    public async Task Path_WhenItIsOfTheApiOrOfTheFiles_IsNotThePanel(string path)
    {
        using HttpResponseMessage response = await GetAsync(path);

        await Answer.ProblemOf(response, 404, "not-found");
    }

    [Fact]
    public async Task Robots_WhenTheyAsk_AreToldToStayAway()
    {
        using HttpResponseMessage response = await GetAsync("/robots.txt");

        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("User-agent: *\nDisallow: /\n", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/icon.svg")]
    [InlineData("/some/old/bookmark")]
    public async Task File_WhenOnlyItsHeadIsAsked_ComesWithoutItsBody(string path)
    {
        using HttpResponseMessage whole = await GetAsync(path);
        using HttpResponseMessage head = await host.SendAsync(HttpMethod.Head, path);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(whole.Headers.ETag, head.Headers.ETag);
        Assert.Equal(whole.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Path_WhenItTakesOnlyAnotherMethod_SaysSo()
    {
        using HttpResponseMessage response = await GetAsync("/api/v1/planned-features/1/execute");

        await Answer.ProblemOf(response, 405, "method-not-allowed");
    }

    [Fact]
    public void FirstRoute_WhenItIsCompressed_StaysWithinItsBudget()
    {
        string page = Encoding.UTF8.GetString(PanelFiles.Index.Content.Span);
        int size = Reference().Matches(page).Select(m => m.Groups[1].Value).Append(PanelFiles.Page).Distinct().Sum(name => Gzipped(PanelFiles.Find(name)!.Content.Span));

        Assert.True(size <= 60 * 1024, $"The first route is {size} bytes gzipped.");
    }

    private static int Gzipped(ReadOnlySpan<byte> content)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return (int)result.Length;
    }

    private static byte[] Plain(byte[] body, string? encoding)
    {
        using Stream stream = encoding switch
        {
            "br" => new BrotliStream(new MemoryStream(body), CompressionMode.Decompress),
            "gzip" => new GZipStream(new MemoryStream(body), CompressionMode.Decompress),
            _ => new MemoryStream(body),
        };
        using var plain = new MemoryStream();
        stream.CopyTo(plain);
        return plain.ToArray();
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(", ", values.Select(v => v)) : null;

    private Task<HttpResponseMessage> GetAsync(string path, params (string Name, string? Value)[] headers) => host.SendAsync(
        HttpMethod.Get,
        path,
        change: request =>
        {
            foreach ((string name, string? value) in headers.Where(h => h.Value is not null))
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        });

    [GeneratedRegex("(?:src|href)=\"\\./([^\"]+)\"")]
    private static partial Regex Reference();
}
