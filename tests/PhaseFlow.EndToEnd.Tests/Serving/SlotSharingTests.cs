using System.Text.Json.Nodes;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Serving;

/// <summary>Features that want more agents than there are slots.</summary>
public sealed class SlotSharingTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Serve_WhenTwoFeaturesWantFiveAgentsEach_SharesThreeSlotsInTurn()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        int first = await api.SubmitExternalAsync("First", phases: 5);
        await api.RunningAsync(3);
        int second = await api.SubmitExternalAsync("Second", phases: 5);
        await api.UntilAsync(a => a.GetAsync("/api/v1/slots"), slots => slots["waiting"]!.AsArray().Count == 7);

        for (int reported = 0; reported < 10; reported++)
        {
            string[] running = await api.RunningAsync(Math.Min(3, 10 - reported));
            Assert.Equal("accepted", await api.ReportAsync(await api.AgentAsync(running[0]), "completed"));
            await UntilOverAsync(api, running[0]);
        }

        await UntilStatusAsync(api, first, "completed");
        await UntilStatusAsync(api, second, "completed");
        List<FeedEvent> feed = await api.FeedAsync();
        Assert.Equal(3, FeedEvent.MostRunning(feed));
        // The first feature was alone at first; then the turns alternate until it has nothing left.
        Assert.Equal("1112121222", string.Concat(FeedEvent.LaunchOrder(feed).Select(id => id.StartsWith($"queue-{first}-", StringComparison.Ordinal) ? 1 : 2)));
        Assert.Empty((await api.GetAsync("/api/v1/slots"))["held"]!.AsArray());
    }

    [Fact]
    public async Task Serve_WhenAnUrgentFeatureComesLater_GoesBeforeTheBackground()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, new Dictionary<string, string> { ["PhaseFlow__Slots__Capacity"] = "1" }, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        await api.SubmitExternalAsync("Blocker", phases: 1);
        await api.RunningAsync(1);
        await api.SubmitExternalAsync("Background", phases: 1, priority: 90);
        await api.SubmitExternalAsync("Urgent", phases: 1, priority: 10);
        JsonNode line = await api.UntilAsync(a => a.GetAsync("/api/v1/slots"), slots => slots["waiting"]!.AsArray().Count == 2);

        Assert.Equal(["queue-3-1", "queue-2-1"], line["waiting"]!.AsArray().OrderBy(w => (int)w!["position"]!).Select(w => (string)w!["queue_id"]!));
        for (int reported = 0; reported < 3; reported++)
        {
            string[] running = await api.RunningAsync(1);
            await api.ReportAsync(await api.AgentAsync(running[0]), "completed");
            await UntilOverAsync(api, running[0]);
        }

        Assert.Equal(["queue-1-1", "queue-3-1", "queue-2-1"], FeedEvent.LaunchOrder(await api.FeedAsync()));
    }

    [Fact]
    public async Task Queue_WhenPhasesWait_GivesEachItsPlaceAndReason()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        await api.SubmitExternalAsync("Feature", phases: 5);

        JsonNode queue = await api.UntilAsync(a => a.GetAsync("/api/v1/queue?status=ready"), q => q["phases"]!.AsArray().Count == 2);

        Assert.Equal(
            [(1, "waits for a slot, 1st in line"), (2, "waits for a slot, 2nd in line")],
            queue["phases"]!.AsArray().Select(p => ((int)p!["position"]!, (string)p["wait_reason"]!)));
    }

    private static Task<JsonNode> UntilStatusAsync(ApiClient api, int feature, string status) =>
        api.UntilAsync(a => a.FeatureAsync(feature), f => (string?)f["status"] == status);

    private static async Task UntilOverAsync(ApiClient api, string queueId) => await api.UntilAsync(
        a => a.GetAsync("/api/v1/queue?status=running"),
        q => q["phases"]!.AsArray().All(p => (string?)p!["queue_id"] != queueId));
}
