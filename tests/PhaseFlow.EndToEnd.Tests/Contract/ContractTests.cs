using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Contract;

/// <summary>What the tests of the suite share: features under names of their own, which end with the test.</summary>
[Collection(ContractSuite.Name)]
public abstract class ContractTests(ContractHost host) : IAsyncLifetime
{
    private readonly List<int> _features = [];

    internal ContractHost Host => host;

    internal ApiClient Api => host.Api;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (int feature in _features)
        {
            await host.EndAsync(feature);
        }
    }

    /// <summary>Submits and starts a feature whose agents the test plays.</summary>
    internal async Task<int> StartAsync(string title, params ContractPhase[] phases) =>
        Keep((await Api.SendAsync(HttpMethod.Post, "/api/v1/planned-features?execute=true", Plan(title, phases).ToJsonString())).Expect(HttpStatusCode.Accepted));

    /// <summary>Submits a feature without starting it.</summary>
    internal async Task<int> PlanAsync(string title, params ContractPhase[] phases) =>
        Keep((await Api.SendAsync(HttpMethod.Post, "/api/v1/planned-features", Plan(title, phases).ToJsonString())).Expect(HttpStatusCode.Created));

    internal static JsonObject Plan(string title, params ContractPhase[] phases) => new()
    {
        ["title"] = $"{ContractHost.Title}: {title}",
        ["phases"] = new JsonArray([.. phases.Select(p => p.ToJson())]),
    };

    internal static string QueueId(int feature, int phase) => string.Create(CultureInfo.InvariantCulture, $"queue-{feature}-{phase}");

    /// <summary>What the agent of a phase is given, once the phase runs.</summary>
    internal Task<JsonNode> AgentAsync(int feature, int phase) => Api.AgentAsync(QueueId(feature, phase));

    internal async Task CompleteAsync(int feature, int phase) =>
        Assert.Equal("accepted", await Api.ReportAsync(await AgentAsync(feature, phase), "completed"));

    internal async Task CommandAsync(string path) => (await Api.SendAsync(HttpMethod.Post, path, "{}")).Expect(HttpStatusCode.Accepted);

    internal Task CommandAsync(int feature, string command) => CommandAsync(string.Create(CultureInfo.InvariantCulture, $"/api/v1/planned-features/{feature}/{command}"));

    internal Task<JsonNode> UntilAsync(int feature, string status) => UntilAsync(feature, f => (string?)f["status"] == status);

    internal Task<JsonNode> UntilAsync(int feature, Func<JsonNode, bool> condition) => Api.UntilAsync(a => a.FeatureAsync(feature), condition);

    /// <summary>A phase of a feature as it was read.</summary>
    internal static JsonNode Phase(JsonNode feature, int number) => feature["phases"]!.AsArray().Single(p => (int)p!["phase_number"]! == number)!;

    internal static string? StatusOf(JsonNode feature, int number) => (string?)Phase(feature, number)["status"];

    /// <summary>Has a submitted feature cancelled at the end of the test, where it is still open.</summary>
    internal int Keep(ApiAnswer submitted)
    {
        int id = (int)submitted.Json["id"]!;
        _features.Add(id);
        return id;
    }

    /// <summary>Whether a slot is held for any phase of a feature.</summary>
    internal async Task<bool> HoldsSlotAsync(int feature) => (await Api.GetAsync("/api/v1/slots"))["held"]!.AsArray()
        .Any(h => ((string)h!["queue_id"]!).StartsWith(string.Create(CultureInfo.InvariantCulture, $"queue-{feature}-"), StringComparison.Ordinal));
}

/// <summary>One phase of a feature of the suite; nothing but the test carries it out.</summary>
internal sealed record ContractPhase(int Number, params int[] DependsOn)
{
    public int MaxAttempts { get; init; } = 1;

    public string Approval { get; init; } = "none";

    public string Timeout { get; init; } = "1h";

    public JsonObject ToJson() => new()
    {
        ["phase_number"] = Number,
        ["title"] = string.Create(CultureInfo.InvariantCulture, $"Phase {Number}"),
        ["content"] = "Do it.",
        ["depends_on"] = new JsonArray([.. DependsOn.Select(n => JsonValue.Create(n))]),
        ["workflow_type"] = "external",
        ["timeout"] = Timeout,
        ["max_attempts"] = MaxAttempts,
        ["retry_backoff"] = "1s",
        ["approval"] = Approval,
    };
}
