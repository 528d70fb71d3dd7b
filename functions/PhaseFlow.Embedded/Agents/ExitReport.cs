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
    /// <param name="refusal">Why the webhook refused what the agent adds; null where it has not seen that.</param>
    public static byte[] Body(AgentRef agent, int? exitCode, AgentFolder folder, string? refusal)
    {
        JsonObject report = OutcomeOf(agent, exitCode, folder);
        if (refusal is null && TryAdd(report, folder, out refusal) is { } whole)
        {
            return whole;
        }

        if (refusal is not null)
        {
            string note = $"report.json was left out: {refusal}";
            report["error_message"] = report["error_message"] is { } error ? $"{error}\n{note}" : note;
        }

        return JsonSerializer.SerializeToUtf8Bytes(report);
    }

    private static JsonObject OutcomeOf(AgentRef agent, int? exitCode, AgentFolder folder)
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

        return report;
    }

    private static string ErrorOf(int? exitCode, AgentFolder folder)
    {
        string error = exitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"exit code {code}") : Lost;
        string tail = AgentOutputReader.Tail(folder, MaxTail);
        return tail.Length == 0 ? error : $"{error}\n{tail}";
    }

    /// <summary>The report with what the agent adds; null where it adds nothing, or nothing that could be sent.</summary>
    private static byte[]? TryAdd(JsonObject outcome, AgentFolder folder, out string? fault)
    {
        fault = null;
        if (!File.Exists(folder.ReportPath))
        {
            return null;
        }

        try
        {
            // Without a length it is no file with a report in it, but perhaps a pipe or a device, whose end may never come.
            var file = new FileInfo(folder.ReportPath);
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            if (file.Length is 0 or > MaxFile)
            {
                fault = string.Create(CultureInfo.InvariantCulture, $"it has {file.Length} bytes, and may have 1 to {MaxFile}.");
                return null;
            }

            if (JsonNode.Parse(File.ReadAllBytes(file.FullName)) is not JsonObject additions)
            {
                fault = "it is not a JSON object.";
                return null;
            }

            var report = (JsonObject)outcome.DeepClone();
            foreach (string name in Additions)
            {
                if (additions[name] is { } value)
                {
                    report[name] = value.DeepClone();
                }
            }

            return JsonSerializer.SerializeToUtf8Bytes(report);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            // The outcome counts, whatever the agent has written beside it: a name twice, half a character.
            fault = e.Message;
            return null;
        }
    }
}
