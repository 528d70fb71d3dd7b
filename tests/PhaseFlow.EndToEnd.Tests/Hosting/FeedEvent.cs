using System.Text.Json.Nodes;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Hosting;

/// <summary>One entry of the change feed.</summary>
internal sealed record FeedEvent(string Type, string? QueueId, string? Status, int Attempt)
{
    public static FeedEvent Of(JsonNode entry)
    {
        // The payload is JSON, or JSON in a string.
        JsonNode data = entry["data"] is JsonValue text && text.TryGetValue(out string? json) ? JsonNode.Parse(json)! : entry["data"]!;
        return new FeedEvent((string)entry["type"]!, (string?)entry["queue_id"], (string?)data["status"], (int?)data["attempt"] ?? 0);
    }

    /// <summary>The most phases that ran at once, over every prefix of the feed.</summary>
    public static int MostRunning(IEnumerable<FeedEvent> feed)
    {
        var running = new HashSet<string>();
        int most = 0;
        foreach (FeedEvent change in feed.Where(e => e.Type == "phase_changed"))
        {
            _ = change.Status == "running" ? running.Add(change.QueueId!) : running.Remove(change.QueueId!);
            most = Math.Max(most, running.Count);
        }

        return most;
    }

    /// <summary>Where a phase first reached a status.</summary>
    public static int FirstIndex(IReadOnlyList<FeedEvent> feed, string queueId, string status)
    {
        int index = feed.ToList().FindIndex(e => e.Type == "phase_changed" && e.QueueId == queueId && e.Status == status);
        Assert.True(index >= 0, $"{queueId} was never {status}");
        return index;
    }

    /// <summary>The phases in the order in which their attempts were given slots.</summary>
    public static string[] LaunchOrder(IEnumerable<FeedEvent> feed) =>
        [.. feed.Where(e => e is { Type: "phase_changed", Status: "running" }).Select(e => e.QueueId!).Distinct()];
}
