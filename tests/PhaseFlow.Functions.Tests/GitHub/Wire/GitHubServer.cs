using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using PhaseFlow.Functions.GitHub;

namespace PhaseFlow.Functions.Tests.GitHub.Wire;

/// <summary>An enterprise server on a free port of this machine: the wire format of GitHub over what a <see cref="FakeGitHub"/> has.</summary>
internal sealed class GitHubServer : IAsyncDisposable
{
    public const string PersonalToken = "ghp_personal-s3cret";
    public const string AppId = "4242";
    public const long Installation = 77;

    private readonly WebApplication _app;
    private readonly FakeGitHub _github;
    private readonly RSA _key = RSA.Create(2048);
    private int _tokens;

    private GitHubServer(FakeGitHub github)
    {
        _github = github;
        _app = LoopbackServer.Create();
        _app.Use(GuardAsync);
        Map();
    }

    public string Url { get; private set; } = "";

    public string PrivateKey => _key.ExportRSAPrivateKeyPem();

    /// <summary>Rows on a page at most, whatever is asked for.</summary>
    public int LargestPage { get; set; } = 100;

    /// <summary>The tokens that are accepted.</summary>
    public ConcurrentDictionary<string, bool> Tokens { get; } = new() { [PersonalToken] = true };

    public TimeSpan TokenLife { get; set; } = TimeSpan.FromHours(1);

    public int TokensMade => _tokens;

    /// <summary>Each request, as <c>GET /repos/octo/app/issues?page=2</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public static async Task<GitHubServer> StartAsync(FakeGitHub github)
    {
        var server = new GitHubServer(github);
        server.Url = await server._app.ListenAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private static object ToJson(RemoteIssue issue) => new
    {
        id = 9_000_000_000L + issue.Number,
        number = issue.Number,
        title = issue.Title,
        body = issue.Body,
        state = "open",
        labels = issue.Labels.Select(l => new { id = 1, name = l, color = "ededed" }),
        created_at = issue.CreatedAt.UtcDateTime,
        updated_at = issue.CreatedAt.UtcDateTime,
    };

    private static object ToJson(RemoteComment comment) => new { id = 1, body = comment.Body, created_at = comment.CreatedAt.UtcDateTime };

    private static object ToJson(RemoteRun run) => new
    {
        id = run.Id,
        name = "Agent",
        display_title = run.Title,
        status = run.IsCompleted ? "completed" : "in_progress",
        conclusion = run.IsCompleted ? "success" : null,
        created_at = run.UpdatedAt.UtcDateTime,
        updated_at = run.UpdatedAt.UtcDateTime,
        run_started_at = run.UpdatedAt.UtcDateTime,
    };

    private void Map()
    {
        const string Repo = "/api/v3/repos/{owner}/{repo}";
        _app.MapGet($"{Repo}/issues", (HttpContext http, string owner, string repo) => PageAsync(
            http,
            [
                // What is asked for as issues has pull requests among it.
                new { id = 1, number = 9999, title = "A pull request", body = "", state = "open", pull_request = new { url = "x" }, labels = Array.Empty<object>(), created_at = DateTime.UnixEpoch },
                .. _github.ListIssues($"{owner}/{repo}", ((string?)http.Request.Query["labels"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(ToJson),
            ],
            rows => rows));
        _app.MapPost($"{Repo}/issues", async (HttpContext http, string owner, string repo) =>
        {
            JsonElement body = await BodyAsync(http);
            await JsonAsync(http, 201, ToJson(_github.CreateIssue(
                $"{owner}/{repo}", body.GetProperty("title").GetString()!, body.GetProperty("body").GetString()!, body.GetProperty("labels").EnumerateArray().Select(l => l.GetString()!))));
        });
        _app.MapGet($"{Repo}/issues/{{number:int}}", (HttpContext http, string owner, string repo, int number) =>
            JsonAsync(http, 200, ToJson(_github.GetIssue($"{owner}/{repo}", number))));
        _app.MapGet($"{Repo}/issues/{{number:int}}/comments", (HttpContext http, string owner, string repo, int number) =>
            PageAsync(http, [.. _github.ListComments($"{owner}/{repo}", number).Select(ToJson)], rows => rows));
        _app.MapPost($"{Repo}/issues/{{number:int}}/comments", async (HttpContext http, string owner, string repo, int number) =>
            await JsonAsync(http, 201, ToJson(_github.CreateComment($"{owner}/{repo}", number, (await BodyAsync(http)).GetProperty("body").GetString()!))));
        _app.MapPost($"{Repo}/actions/workflows/{{file}}/dispatches", async (HttpContext http, string owner, string repo, string file) =>
        {
            JsonElement body = await BodyAsync(http);
            _github.Dispatch(
                $"{owner}/{repo}", file, body.GetProperty("ref").GetString()!, body.GetProperty("inputs").EnumerateObject().ToDictionary(i => i.Name, i => i.Value.GetString()!));
            http.Response.StatusCode = 204;
        });
        _app.MapGet($"{Repo}/actions/workflows/{{file}}/runs", (HttpContext http, string owner, string repo, string file) =>
        {
            Assert.Equal("workflow_dispatch", http.Request.Query["event"]);
            var since = DateTimeOffset.Parse(((string)http.Request.Query["created"]!)[2..], CultureInfo.InvariantCulture);
            return PageAsync(http, [.. _github.ListRuns($"{owner}/{repo}", file, since).Select(ToJson)], rows => new { total_count = rows.Length, workflow_runs = rows });
        });
        _app.MapPost($"{Repo}/actions/runs/{{run:long}}/cancel", (HttpContext http, string owner, string repo, long run) =>
        {
            _github.CancelRun($"{owner}/{repo}", run);
            return JsonAsync(http, 202, new { });
        });
        _app.MapGet($"{Repo}/installation", (HttpContext http) => JsonAsync(http, 200, new { id = Installation, account = new { login = "octo" } }));
        _app.MapPost("/api/v3/app/installations/{id:long}/access_tokens", (HttpContext http, long id) =>
        {
            string token = FormattableString.Invariant($"ghs_{Interlocked.Increment(ref _tokens)}-s3cret-of-{id}");
            Tokens[token] = true;
            return JsonAsync(http, 201, new { token, expires_at = DateTime.UtcNow + TokenLife });
        });
        _app.MapFallback(http => throw new GitHubAnswerException(404, "Not Found"));
    }

    private async Task GuardAsync(HttpContext http, RequestDelegate next)
    {
        Requests.Enqueue($"{http.Request.Method} {http.Request.Path.Value!.Replace("/api/v3", "", StringComparison.Ordinal)}{http.Request.QueryString}");
        http.Response.Headers["X-RateLimit-Limit"] = "5000";
        http.Response.Headers["X-RateLimit-Remaining"] = "4999";
        http.Response.Headers["X-RateLimit-Reset"] = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        try
        {
            if (string.IsNullOrEmpty(http.Request.Headers.UserAgent))
            {
                throw new GitHubAnswerException(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.");
            }

            bool isApp = http.Request.Path.Value.EndsWith("/installation", StringComparison.Ordinal) || http.Request.Path.Value.EndsWith("/access_tokens", StringComparison.Ordinal);
            string credential = ((string?)http.Request.Headers.Authorization ?? "").Replace("Bearer ", "", StringComparison.Ordinal);
            if (isApp ? !IsApp(credential) : !Tokens.ContainsKey(credential))
            {
                throw new GitHubAnswerException(401, "Bad credentials");
            }

            await next(http);
        }
        catch (GitHubAnswerException fault) when (fault.Status == 0)
        {
            http.Abort();
        }
        catch (GitHubAnswerException fault)
        {
            foreach ((string name, string value) in fault.Headers)
            {
                http.Response.Headers[name] = value;
            }

            await JsonAsync(http, fault.Status, new { message = fault.Message, documentation_url = "https://docs.github.com/rest" });
        }
    }

    private bool IsApp(string jwt)
    {
        string[] parts = jwt.Split('.');
        return parts.Length == 3
            && _key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            && JsonElement.Parse(Base64Url.DecodeFromChars(parts[1])) is var body
            && body.GetProperty("iss").GetString() == AppId
            && body.GetProperty("exp").GetInt64() - body.GetProperty("iat").GetInt64() <= 600
            && body.GetProperty("iat").GetInt64() <= DateTimeOffset.UtcNow.ToUnixTimeSeconds()
            && body.GetProperty("exp").GetInt64() > DateTimeOffset.UtcNow.ToUnixTimeSeconds();
    }

    private static async Task<JsonElement> BodyAsync(HttpContext http)
    {
        using JsonDocument document = await JsonDocument.ParseAsync(http.Request.Body);
        return document.RootElement.Clone();
    }

    private Task PageAsync(HttpContext http, object[] rows, Func<object[], object> shape)
    {
        int size = Math.Min(LargestPage, int.TryParse(http.Request.Query["per_page"], out int asked) ? asked : 30);
        int page = int.TryParse(http.Request.Query["page"], out int named) ? named : 1;
        if (page * size < rows.Length)
        {
            IEnumerable<string> query = http.Request.Query.Where(q => q.Key != "page").Select(q => $"{q.Key}={Uri.EscapeDataString(q.Value!)}").Append($"page={page + 1}");
            http.Response.Headers.Link = $"<{Url}{http.Request.Path}?{string.Join('&', query)}>; rel=\"next\"";
        }

        return JsonAsync(http, 200, shape([.. rows.Skip((page - 1) * size).Take(size)]));
    }

    private static async Task JsonAsync(HttpContext http, int status, object body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.WriteAsync(JsonSerializer.Serialize(body));
    }
}
