using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Contract;

/// <summary>Every route of docs/openapi.json is there on any host, and answers as it is documented.</summary>
public sealed class RouteContractTests(ContractHost host) : ContractTests(host)
{
    private static readonly JsonNode Document = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "openapi.json")))!;

    public static TheoryData<string, string> Operations()
    {
        var operations = new TheoryData<string, string>();
        foreach ((string path, JsonNode? methods) in Document["paths"]!.AsObject())
        {
            foreach ((string method, JsonNode? _) in methods!.AsObject())
            {
                operations.Add(method.ToUpperInvariant(), path);
            }
        }

        return operations;
    }

    public static TheoryData<string> Pages() =>
        [.. Document["paths"]!.AsObject().Where(path => path.Value!.AsObject().ContainsKey("get")).Select(path => path.Key)];

    [Fact]
    public async Task Document_WhenTheHostServesIt_IsTheOneOfTheRepository()
    {
        ApiAnswer answer = await Host.Stranger.SendAsync(HttpMethod.Get, "/openapi.json");

        Assert.True(JsonNode.DeepEquals(Document, answer.Expect(HttpStatusCode.OK).Json));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Route_WhenItIsAskedForWhatIsThere_AnswersAsDocumented(string method, string path)
    {
        int feature = await PlanAsync("route", new ContractPhase(1));

        await AssertDocumentedAsync(method, path, Fill(path, feature.ToString(CultureInfo.InvariantCulture), QueueId(feature, 1)));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Route_WhenItIsAskedForWhatIsNotThere_AnswersAsDocumented(string method, string path) =>
        await AssertDocumentedAsync(method, path, Fill(path, "2000000000", "queue-2000000000-1"));

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Route_WhenTheKeyIsMissing_IsClosedToAllButAgentsAndPages(string method, string path)
    {
        JsonNode operation = Document["paths"]![path]![method.ToLowerInvariant()]!;
        bool isOperators = operation["security"]!.AsArray().Count > 0;
        ApiAnswer answer = await Host.Stranger.SendAsync(new HttpMethod(method), Fill(path, "2000000000", "queue-2000000000-1"), method == "GET" ? null : "{}");

        if (isOperators && ContractHost.Key is not null)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        }
        else
        {
            Assert.True(answer.Status != HttpStatusCode.Unauthorized || answer.Problem == "invalid-signature", answer.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Route_WhenOnlyItsHeadIsAsked_AnswersAsWithItsBody(string path)
    {
        int feature = await PlanAsync("head", new ContractPhase(1));
        string filled = Fill(path, feature.ToString(CultureInfo.InvariantCulture), QueueId(feature, 1));

        ApiAnswer whole = await Api.SendAsync(HttpMethod.Get, filled);
        ApiAnswer head = await Api.SendAsync(HttpMethod.Head, filled);

        Assert.Equal((whole.Code, whole.MediaType, ""), (head.Code, head.MediaType, head.Text));
    }

    [Theory]
    [InlineData("/api/nowhere")]
    [InlineData("/api/v1/nowhere")]
    [InlineData("/api/v1/queue/queue-1-1/nowhere")]
    public async Task Route_WhenThereIsNone_IsNotFound(string path) =>
        (await Api.SendAsync(HttpMethod.Get, path)).Expect(HttpStatusCode.NotFound);

    /// <summary>With Durable's own endpoints anyone who may submit a feature could end any orchestration; the host has its keys for them.</summary>
    [Theory]
    [InlineData("GET", "/runtime/webhooks/durabletask/instances")]
    [InlineData("GET", "/runtime/webhooks/durabletask/entities/slotlimiter/global")]
    [InlineData("POST", "/runtime/webhooks/durabletask/orchestrators/FeatureOrchestrator")]
    [InlineData("POST", "/runtime/webhooks/durabletask/instances/feature-1/terminate")]
    [InlineData("DELETE", "/runtime/webhooks/durabletask/instances/feature-1")]
    [InlineData("GET", "/admin/host/keys")]
    public async Task Management_WhenItIsAskedWithTheKeyOfOperators_IsClosed(string method, string path)
    {
        ApiAnswer operators = await Api.SendAsync(new HttpMethod(method), path);
        ApiAnswer strangers = await Host.Stranger.SendAsync(new HttpMethod(method), path);

        Assert.True(IsClosed(operators), operators.ToString());
        Assert.True(IsClosed(strangers), strangers.ToString());

        // A host that has no such endpoint opens the panel there, as for every page that it does not know.
        static bool IsClosed(ApiAnswer answer) => answer.Code is 401 or 403 or 404 or 405 || answer.Text.Contains("<title>PhaseFlow", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/features/1")]
    public async Task Panel_WhenAPageIsOpened_IsServedToAll(string path)
    {
        ApiAnswer answer = await Host.Stranger.SendAsync(HttpMethod.Get, path);

        Assert.Equal((200, "text/html"), (answer.Code, answer.MediaType));
        // A Functions host has a page of its own for where an app has none.
        Assert.Contains("<title>PhaseFlow", answer.Text, StringComparison.Ordinal);
    }

    private static string Fill(string path, string number, string queueId) => path
        .Replace("{queueId}", queueId, StringComparison.Ordinal)
        .Replace("{name}", "nothing.js", StringComparison.Ordinal)
        .Replace("{path}", "queue", StringComparison.Ordinal)
        .Replace("{id}", number, StringComparison.Ordinal)
        .Replace("{featureId}", number, StringComparison.Ordinal)
        .Replace("{parentIssue}", number, StringComparison.Ordinal)
        .Replace("{number}", number, StringComparison.Ordinal);

    private async Task AssertDocumentedAsync(string method, string path, string url)
    {
        JsonObject documented = Document["paths"]![path]![method.ToLowerInvariant()]!["responses"]!.AsObject();

        ApiAnswer answer = await Api.SendAsync(new HttpMethod(method), url, method == "GET" ? null : "{}");

        Assert.True(documented.ContainsKey($"{answer.Code}"), $"{method} {url} answered {answer}");
        // A host that lacks the route answers 404 as well, but in a shape of its own.
        Assert.True(answer.Code < 400 || answer.IsProblem, $"{method} {url} answered {answer}");
    }
}
