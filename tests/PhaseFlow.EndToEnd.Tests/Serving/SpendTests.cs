using System.Net;
using System.Text.Json.Nodes;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Serving;

/// <summary>A feature that has spent what it may starts nothing more without a person's word.</summary>
public sealed class SpendTests : IDisposable
{
    private const string Chain = """
        # Chain
        {0}

        ## Phase 1: First
        Do.

        ## Phase 2: Second
        Do.

        ## Phase 3: Third
        Do.
        """;

    private const string Reason = "waits for approval: the feature has spent 5.20 of its 5.00 USD";

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Serve_WhenAFeatureHasSpentItsCap_AsksBeforeEachPhaseAndGoesOnWhereAPersonLetsIt()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        await SubmitAsync(api, "Max cost: 5.00");

        await ReportAsync(api, "queue-1-1", 5.20m);
        JsonNode waiting = await UntilAsync(api, 2, "awaiting_approval");
        Assert.Equal(Reason, (string?)waiting["phases"]![1]!["wait_reason"]);
        Assert.Equal((5.00m, 5.20m), ((decimal)waiting["max_cost_usd"]!, (decimal)waiting["usage"]!["cost_usd"]!));
        Assert.Empty((await api.GetAsync("/api/v1/slots"))["held"]!.AsArray());

        await api.DecideAsync("queue-1-2", "approve");
        await ReportAsync(api, "queue-1-2", 1);
        Assert.Equal(
            "waits for approval: the feature has spent 6.20 of its 5.00 USD", (string?)(await UntilAsync(api, 3, "awaiting_approval"))["phases"]![2]!["wait_reason"]);

        await api.DecideAsync("queue-1-3", "approve");
        await ReportAsync(api, "queue-1-3", 0);
        Assert.Equal("completed", (string?)(await UntilAsync(api, 3, "completed"))["status"]);
    }

    [Fact]
    public async Task Serve_WhenAPersonDeniesFurtherSpend_BlocksWhatDependsOnIt()
    {
        var settings = new Dictionary<string, string> { ["PhaseFlow__Spend__MaxCostUsd"] = "5.00" };
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, settings, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        await SubmitAsync(api, "");
        await ReportAsync(api, "queue-1-1", 5.20m);
        Assert.Equal(Reason, (string?)(await UntilAsync(api, 2, "awaiting_approval"))["phases"]![1]!["wait_reason"]);

        await api.DecideAsync("queue-1-2", "deny");

        JsonNode over = await UntilAsync(api, 3, "blocked");
        Assert.Equal("failed", (string?)over["phases"]![1]!["status"]);
        Assert.Equal("failed", (string?)over["status"]);
    }

    [Fact]
    public async Task Submit_WhenTheCapIsOneOfManyFaults_TellsThemAll()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());

        (HttpStatusCode status, JsonNode problem) = await api.SubmitMarkdownAsync(Chain.Replace("{0}", "Max cost: 0\nPriority: 100", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal(["invalid-cost 2", "invalid-priority 3"], problem["errors"]!.AsArray().Select(e => $"{e!["code"]} {e["line"]}"));
    }

    private static async Task SubmitAsync(ApiClient api, string field)
    {
        (HttpStatusCode status, JsonNode answer) = await api.SubmitMarkdownAsync(Chain.Replace("{0}", field, StringComparison.Ordinal));
        Assert.True(status == HttpStatusCode.Accepted, answer.ToJsonString());
    }

    private static async Task ReportAsync(ApiClient api, string queueId, decimal cost) =>
        Assert.Equal("accepted", await api.ReportAsync(await api.AgentAsync(queueId), "completed", cost));

    private static Task<JsonNode> UntilAsync(ApiClient api, int phase, string status) =>
        api.UntilAsync(a => a.FeatureAsync(1), f => (string?)f["phases"]![phase - 1]!["status"] == status);
}
