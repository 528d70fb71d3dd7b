using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Agents;

namespace PhaseFlow.Embedded.Agents;

/// <summary>The report that the host makes for an agent that has ended.</summary>
internal static class ExitReport
{
    public const string Lost = "the agent ended without an exit code (the machine or its runner was stopped)";

    private const int MaxTail = 1000;

    // Leaves the webhook's cap room for the rest.
    private const int MaxFile = 128 * 1024;

    // What an agent may add to its report by leaving a file.
    private static readonly string[] Additions = ["summary", "pr_number", "usage", "artifacts"];

    /// <summary>The body. The exit code 0 says completed, anything else failed.</summary>
    /// <param name="agent">The attempt.</param>
    /// <param name="exitCode">Null where there is none.</param>
    /// <param name="folder">Holds the output, and perhaps what the agent adds.</param>
    /// <param name="withAdditions">Whether to add that.</param>
    public static byte[] Body(AgentRef agent, int? exitCode, AgentFolder folder, bool withAdditions)
    {
        var report = new JsonObject
        {
            ["queue_id"] = QueueId.Format(agent.FeatureId, agent.PhaseNumber),
            ["feature_id"] = agent.FeatureId,
            ["phase_number"] = agent.PhaseNumber,
            ["attempt"] = agent.Attempt,
            ["status"] = exitCode == 0 ? "completed" : "failed",
            ["adw_id"] = agent.AdwId,
        };
        if (exitCode != 0)
        {
            report["error_message"] = ErrorOf(exitCode, folder);
        }

        if (withAdditions && ReadAdditions(folder) is { } additions)
        {
            foreach (string name in Additions)
            {
                if (additions[name] is { } value)
                {
                    report[name] = value.DeepClone();
                }
            }
        }

        return JsonSerializer.SerializeToUtf8Bytes(report);
    }

    private static string ErrorOf(int? exitCode, AgentFolder folder)
    {
        string error = exitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"exit code {code}") : Lost;
        string tail = AgentOutputReader.Tail(folder, MaxTail);
        return tail.Length == 0 ? error : $"{error}\n{tail}";
    }

    private static JsonObject? ReadAdditions(AgentFolder folder)
    {
        try
        {
            var file = new FileInfo(folder.ReportPath);
            return file.Exists && file.Length <= MaxFile ? JsonNode.Parse(File.ReadAllBytes(file.FullName)) as JsonObject : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // The outcome counts, whatever the agent has written beside it.
            return null;
        }
    }
}
