namespace PhaseFlow.Functions.Tests.Http;

/// <summary>Features as a client sends them.</summary>
internal static class FeatureJson
{
    public static string Phase(int number) => $$"""{ "phase_number": {{number}}, "title": "Phase {{number}}", "content": "Do." }""";

    public static string Feature(string title, string phases, string members = "") => $$"""{ {{members}} "title": "{{title}}", "phases": [ {{phases}} ] }""";
}
