using System.Net;
using System.Text.Json.Nodes;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Contract;

/// <summary>What agents say to any host: once, twice, late, and under a wrong name.</summary>
public sealed class ReportContractTests(ContractHost host) : ContractTests(host)
{
    [Fact]
    public async Task Report_WhenItIsRepeated_IsAppliedOnce()
    {
        int feature = await StartAsync("repeated report", new ContractPhase(1));
        JsonNode agent = await AgentAsync(feature, 1);

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Api.ReportAsync(agent, "completed")));

        Assert.Single(answers, "accepted");
        Assert.Equal(7, answers.Count(a => a == "duplicate"));
        await UntilAsync(feature, "completed");
        Assert.Equal("duplicate", await Api.ReportAsync(agent, "completed"));
    }

    [Fact]
    public async Task Report_WhenItsAttemptIsOver_IsStale()
    {
        int feature = await StartAsync("stale report", new ContractPhase(1) { Timeout = "10s" });
        JsonNode agent = await AgentAsync(feature, 1);
        await UntilAsync(feature, "failed");

        Assert.Equal("stale", await Api.ReportAsync(agent, "completed"));

        Assert.Equal(("failed", "failed"), ((string)(await Api.FeatureAsync(feature))["status"]!, StatusOf(await Api.FeatureAsync(feature), 1)));
    }

    [Fact]
    public async Task Report_WhenItsAttemptHasReported_LeavesTheNextAttemptAlone()
    {
        int feature = await StartAsync("second word", new ContractPhase(1) { MaxAttempts = 2 });
        JsonNode late = await AgentAsync(feature, 1);
        Assert.Equal("accepted", await Api.ReportAsync(late, "failed"));
        JsonNode agent = await AgentAsync(feature, 1);
        Assert.Equal("2", (string?)agent["PHASEFLOW_ATTEMPT"]);

        Assert.Equal("duplicate", await Api.ReportAsync(late, "completed"));

        Assert.Equal("running", StatusOf(await Api.FeatureAsync(feature), 1));
        Assert.Equal("accepted", await Api.ReportAsync(agent, "completed"));
        Assert.Equal(2, (int)Phase(await UntilAsync(feature, "completed"), 1)["attempt"]!);
    }

    [Fact]
    public async Task Report_WhenItsSignatureIsWrong_IsRefusedAndChangesNothing()
    {
        int feature = await StartAsync("wrong signature", new ContractPhase(1));
        JsonNode agent = await AgentAsync(feature, 1);
        SignedReport report = SignedReport.Of(agent, "completed");
        byte[] other = [.. report.Secret];
        other[0] ^= 1;
        using HttpRequestMessage bare = new(HttpMethod.Post, report.Path) { Content = new StringContent(report.Body) };
        using HttpRequestMessage changed = report.ToRequest();
        changed.Content = new StringContent(report.Body.Replace("completed", "failed", StringComparison.Ordinal));
        using HttpRequestMessage wrong = (report with { Secret = other }).ToRequest();
        using HttpRequestMessage old = (report with { At = report.At.AddMinutes(-6) }).ToRequest();

        foreach (HttpRequestMessage request in new[] { bare, changed, wrong, old })
        {
            ApiAnswer answer = await Api.SendAsync(request);
            Assert.Equal((401, "invalid-signature"), (answer.Code, answer.Problem));
        }

        Assert.Equal("running", StatusOf(await Api.FeatureAsync(feature), 1));
        Assert.Equal("accepted", await Api.ReportAsync(agent, "completed"));
    }

    [Fact]
    public async Task Report_WhenItsSenderHasNoKey_NeedsNone()
    {
        int feature = await StartAsync("no key", new ContractPhase(1));
        JsonNode agent = await AgentAsync(feature, 1);
        using HttpRequestMessage sign = SignedReport.HeartbeatOf(agent).ToRequest();

        ApiAnswer alive = await Host.Stranger.SendAsync(sign);

        Assert.True((bool)alive.Expect(HttpStatusCode.OK).Json["deadline_extended"]!);
        Assert.Equal("accepted", await Host.Stranger.ReportAsync(agent, "completed"));
        await UntilAsync(feature, "completed");
    }
}
