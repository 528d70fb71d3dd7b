using System.Net;
using System.Text.Json.Nodes;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Contract;

/// <summary>Features on their way through any host, their agents played by the test.</summary>
public sealed class RunContractTests(ContractHost host) : ContractTests(host)
{
    [Fact]
    public async Task Feature_WhenItsAgentsReport_RunsToItsEnd()
    {
        int feature = await StartAsync("five phases", new(1), new(2, 1), new(3, 1), new(4, 2, 3), new(5, 4));

        foreach (int phase in new[] { 1, 3, 2, 4, 5 })
        {
            await CompleteAsync(feature, phase);
        }

        JsonNode ended = await UntilAsync(feature, "completed");
        Assert.Equal((5, 100), ((int)ended["phases_completed"]!, (int)ended["progress"]!));
        Assert.All(ended["phases"]!.AsArray(), p => Assert.Equal(("completed", 1), ((string)p!["status"]!, (int)p["attempt"]!)));
        foreach ((int dependency, int phase) in new[] { (1, 2), (1, 3), (2, 4), (3, 4), (4, 5) })
        {
            Assert.True((DateTimeOffset)Phase(ended, dependency)["finished_at"]! <= (DateTimeOffset)Phase(ended, phase)["started_at"]!);
        }

        Assert.False(await HoldsSlotAsync(feature));
    }

    [Fact]
    public async Task Slots_WhenTwoFeaturesWantMore_AreNeverMoreThanThereAre()
    {
        int capacity = (int)(await Api.GetAsync("/api/v1/slots"))["capacity"]!;
        long before = await Api.FeedEndAsync();
        ContractPhase[] wanted = [.. Enumerable.Range(1, capacity).Select(n => new ContractPhase(n))];
        int first = await StartAsync("first under the cap", wanted);
        int second = await StartAsync("second under the cap", wanted);

        for (int left = 2 * capacity; left > 0; left--)
        {
            string[] running = await Api.RunningAsync(Math.Min(capacity, left));
            Assert.True((await Api.GetAsync("/api/v1/slots"))["held"]!.AsArray().Count <= capacity);
            Assert.Equal("accepted", await Api.ReportAsync(await Api.AgentAsync(running[0]), "completed"));
            await Api.UntilAsync(a => a.GetAsync("/api/v1/queue?status=running"), q => q["phases"]!.AsArray().All(p => (string?)p!["queue_id"] != running[0]));
        }

        await UntilAsync(first, "completed");
        await UntilAsync(second, "completed");
        Assert.Equal(capacity, FeedEvent.MostRunning(await Api.FeedAsync(before)));
    }

    [Fact]
    public async Task Feature_WhenItIsCancelled_GivesItsSlotBackAndHearsNoMore()
    {
        int feature = await StartAsync("cancel", new(1), new(2, 1));
        JsonNode agent = await AgentAsync(feature, 1);

        await CommandAsync(feature, "cancel");

        JsonNode ended = await UntilAsync(feature, "cancelled");
        Assert.Equal("cancelled", StatusOf(ended, 1));
        await Api.UntilAsync(a => a.GetAsync("/api/v1/slots"), slots => slots["held"]!.AsArray().All(h => (string?)h!["queue_id"] != QueueId(feature, 1)));
        Assert.Equal("stale", await Api.ReportAsync(agent, "completed"));
        (await Api.SendAsync(HttpMethod.Post, $"/api/v1/planned-features/{feature}/cancel")).Expect(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Feature_WhenAPhaseFails_BlocksWhatDependsOnItUntilARetry()
    {
        int feature = await StartAsync("retry", new(1), new(2, 1));
        await Api.ReportAsync(await AgentAsync(feature, 1), "failed");
        JsonNode failed = await UntilAsync(feature, "failed");
        Assert.Equal(("blocked", "blocked: phase 1 failed"), (StatusOf(failed, 2), (string?)Phase(failed, 2)["wait_reason"]));

        await CommandAsync(feature, "retry");
        await CompleteAsync(feature, 1);
        await CompleteAsync(feature, 2);

        JsonNode ended = await UntilAsync(feature, "completed");
        Assert.Equal((2, 1), ((int)Phase(ended, 1)["attempt"]!, (int)Phase(ended, 2)["attempt"]!));
    }

    [Fact]
    public async Task Phase_WhenItNeedsApproval_WaitsWithoutASlot()
    {
        int feature = await StartAsync("approval", new ContractPhase(1) { Approval = "required" });
        await UntilAsync(feature, f => StatusOf(f, 1) == "awaiting_approval");
        Assert.False(await HoldsSlotAsync(feature));

        await CommandAsync($"/api/v1/queue/{QueueId(feature, 1)}/approve");
        await CompleteAsync(feature, 1);

        await UntilAsync(feature, "completed");
    }

    [Fact]
    public async Task Phase_WhenItsApprovalIsDenied_Fails()
    {
        int feature = await StartAsync("denial", new ContractPhase(1) { Approval = "required" });
        await UntilAsync(feature, f => StatusOf(f, 1) == "awaiting_approval");

        (await Api.SendAsync(HttpMethod.Post, $"/api/v1/queue/{QueueId(feature, 1)}/deny", """{"reason":"Not now."}""")).Expect(HttpStatusCode.Accepted);

        JsonNode failed = await UntilAsync(feature, "failed");
        Assert.Contains("Not now.", (string?)Phase(failed, 1)["error_message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Feature_WhenItIsSuspended_LaunchesNothingUntilItIsResumed()
    {
        int feature = await StartAsync("suspend", new(1), new(2, 1));
        JsonNode agent = await AgentAsync(feature, 1);
        await CommandAsync(feature, "suspend");
        await UntilAsync(feature, "suspended");

        Assert.Equal("accepted", await Api.ReportAsync(agent, "completed"));
        JsonNode held = await UntilAsync(feature, f => StatusOf(f, 1) == "completed");
        Assert.Equal("suspended", (string?)held["status"]);
        Assert.NotEqual("running", StatusOf(held, 2));

        await CommandAsync(feature, "resume");
        await CompleteAsync(feature, 2);
        await UntilAsync(feature, "completed");
    }

    [RestartFact]
    public async Task Host_WhenItIsKilledMidFeature_GoesOnWhereItWas()
    {
        long before = await Api.FeedEndAsync();
        int feature = await StartAsync("killed host", new(1), new(2, 1), new(3), new(4, 2, 3));
        JsonNode first = await AgentAsync(feature, 1);
        JsonNode third = await AgentAsync(feature, 3);

        // One report is answered right before the kill, one comes after it: both count.
        Assert.Equal("accepted", await Api.ReportAsync(first, "completed"));
        await Host.RestartAsync();
        Assert.Equal("duplicate", await Api.ReportAsync(first, "completed"));
        Assert.Equal("accepted", await Api.ReportAsync(third, "completed"));
        await CompleteAsync(feature, 2);
        await CompleteAsync(feature, 4);

        JsonNode ended = await UntilAsync(feature, "completed");
        Assert.All(ended["phases"]!.AsArray(), p => Assert.Equal(1, (int)p!["attempt"]!));
        Assert.All(await Api.FeedAsync(before), e => Assert.InRange(e.Attempt, 0, 1));
        Assert.False(await HoldsSlotAsync(feature));
    }
}
