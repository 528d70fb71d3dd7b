using System.Text.Json.Nodes;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Serving;

/// <summary>Reports of external agents that come many times, late or never.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Report_WhenItIsRepeatedInParallel_IsAppliedOnce()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        int feature = await api.SubmitExternalAsync("Feature", phases: 1);
        JsonNode agent = await api.AgentAsync((await api.RunningAsync(1))[0]);

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => api.ReportAsync(agent, "completed")));

        Assert.Single(answers, "accepted");
        Assert.Equal(63, answers.Count(a => a == "duplicate"));
        await api.UntilAsync(a => a.FeatureAsync(feature), f => (string?)f["status"] == "completed");
    }

    [Fact]
    public async Task Report_WhenItComesAfterTheTimeout_IsStale()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        int feature = await api.SubmitExternalAsync("Silent", phases: 1, timeout: "10s");
        JsonNode agent = await api.AgentAsync((await api.RunningAsync(1))[0]);

        JsonNode failed = await api.UntilAsync(a => a.FeatureAsync(feature), f => (string?)f["status"] == "failed");

        Assert.Contains("10s", (string?)failed["phases"]![0]!["error_message"], StringComparison.Ordinal);
        Assert.Empty((await api.GetAsync("/api/v1/slots"))["held"]!.AsArray());
        Assert.Equal("stale", await api.ReportAsync(agent, "completed"));
        Assert.Equal("failed", (string?)(await api.FeatureAsync(feature))["status"]);
    }
}
