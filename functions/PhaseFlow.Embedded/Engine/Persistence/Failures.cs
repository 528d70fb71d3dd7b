using System.Text.Json;
using Microsoft.DurableTask;

namespace PhaseFlow.Embedded.Engine.Persistence;

/// <summary>Failures as they travel in messages and stand in histories.</summary>
internal static class Failures
{
    /// <summary>The failure of an activity: its type and message. Inner failures stay behind, as on the cloud host.</summary>
    public static string OfActivity(Exception e) => Write(TaskFailureDetails.FromException(e) with { InnerFailure = null });

    /// <summary>The failure of an entity's operation, with what caused it.</summary>
    public static string OfOperation(Exception e) => Write(TaskFailureDetails.FromException(e));

    public static string Of(string type, string message) => Write(new TaskFailureDetails(type, message, null, null, null));

    public static TaskFailureDetails Read(string? json) =>
        (json is null ? null : JsonSerializer.Deserialize<TaskFailureDetails>(json)) ?? new TaskFailureDetails("(unknown)", "(unknown)", null, null, null);

    private static string Write(TaskFailureDetails details) => JsonSerializer.Serialize(details);
}
