using System.Text.Json;

namespace PhaseFlow.Embedded.Engine.Orchestrations;

/// <summary>The outputs of instances that failed other than by their orchestrator's own exception, in the forms of the cloud host.</summary>
internal static class Rejections
{
    private static readonly JsonSerializerOptions CamelCase = new(JsonSerializerDefaults.Web);

    public static string Output(string name, Exception reason) => reason switch
    {
        NonDeterminismException => $"DurableTask.Core.Exceptions.NonDeterministicOrchestrationException: {reason.Message}",
        InvalidOperationException => $"{reason.GetType().FullName}: {reason.Message}",
        _ => Json($"Function '{name}' failed with an unhandled exception.", $"{reason.GetType().FullName}: {reason.Message}"),
    };

    public static string UnknownFunction(string name, string kind, IEnumerable<string> known) => Json(UnknownFunctionMessage(name, kind, known), null);

    public static string UnknownFunctionMessage(string name, string kind, IEnumerable<string> known) =>
        $"The function '{name}' doesn't exist, is disabled, or is not an {kind} function. "
        + $"Additional info: The following are the known {kind} functions: {string.Join(", ", known.Select(k => $"'{k}'"))}.";

    private static string Json(string message, string? details) => JsonSerializer.Serialize(new { message, details }, CamelCase);
}
