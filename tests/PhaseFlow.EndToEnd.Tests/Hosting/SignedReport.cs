using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using PhaseFlow.Core.Webhooks;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Hosting;

/// <summary>What an agent posts, signed with the secret of its attempt.</summary>
internal sealed record SignedReport(string Path, string Body, string Id, DateTimeOffset At, byte[] Secret)
{
    /// <summary>The report of an outcome, by what the agent was given.</summary>
    public static SignedReport Of(JsonNode agent, string status, decimal? costUsd = null)
    {
        var report = new JsonObject
        {
            ["queue_id"] = Value(agent, "PHASEFLOW_QUEUE_ID"),
            ["attempt"] = int.Parse(Value(agent, "PHASEFLOW_ATTEMPT"), CultureInfo.InvariantCulture),
            ["adw_id"] = Value(agent, "PHASEFLOW_ADW_ID"),
            ["status"] = status,
        };
        if (costUsd is { } cost)
        {
            report["usage"] = new JsonObject { ["cost_usd"] = cost };
        }

        return Of(agent, "/workflow-complete", report, $"{Value(agent, "PHASEFLOW_ADW_ID")}-{status}");
    }

    /// <summary>A sign of life.</summary>
    public static SignedReport HeartbeatOf(JsonNode agent) => Of(
        agent,
        $"/api/v1/queue/{Value(agent, "PHASEFLOW_QUEUE_ID")}/heartbeat",
        new JsonObject { ["adw_id"] = Value(agent, "PHASEFLOW_ADW_ID") },
        $"{Value(agent, "PHASEFLOW_ADW_ID")}-heartbeat");

    /// <summary>A question to a person, or whether there is an answer to it.</summary>
    public static SignedReport QuestionOf(JsonNode agent, string question) => Of(
        agent,
        $"/api/v1/queue/{Value(agent, "PHASEFLOW_QUEUE_ID")}/ask",
        new JsonObject { ["adw_id"] = Value(agent, "PHASEFLOW_ADW_ID"), ["question"] = question },
        $"{Value(agent, "PHASEFLOW_ADW_ID")}-{string.GetHashCode(question, StringComparison.Ordinal):x8}");

    public HttpRequestMessage ToRequest()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new StringContent(Body, Encoding.UTF8, "application/json") };
        request.Headers.Add("webhook-id", Id);
        request.Headers.Add("webhook-timestamp", At.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSignature.Sign(Id, At, Encoding.UTF8.GetBytes(Body), Secret));
        return request;
    }

    private static SignedReport Of(JsonNode agent, string path, JsonObject body, string id)
    {
        Assert.True(AttemptSecret.TryParse(Value(agent, "PHASEFLOW_WEBHOOK_SECRET"), out byte[]? secret));
        return new SignedReport(path, body.ToJsonString(), id, TimeProvider.System.GetUtcNow(), secret);
    }

    private static string Value(JsonNode agent, string name) => agent[name]?.ToString() ?? throw new InvalidOperationException($"{name} is not in {agent.ToJsonString()}");
}
