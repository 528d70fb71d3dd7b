namespace PhaseFlow.EndToEnd.Tests.Panel;

/// <summary>The features of the journeys, as they are submitted.</summary>
internal static class Features
{
    /// <summary>Two phases whose agents report from outside, the second after the first.</summary>
    public const string Chain = """
        { "title": "Chain", "repository": "acme/shop", "phases": [
            { "phase_number": 1, "title": "First link", "content": "Do." },
            { "phase_number": 2, "title": "Second link", "content": "Do.", "depends_on": [1] } ] }
        """;

    /// <summary>A phase that a person must approve, and one after it.</summary>
    public const string Gate = """
        { "title": "Release", "repository": "acme/ops", "phases": [
            { "phase_number": 1, "title": "Deploy", "content": "Deploy.", "approval": "required" },
            { "phase_number": 2, "title": "Smoke tests", "content": "Test.", "depends_on": [1] } ] }
        """;

    /// <summary>Two phases that may cost two dollars before somebody is asked.</summary>
    public const string Capped = """
        { "title": "Capped", "max_cost_usd": 2, "phases": [
            { "phase_number": 1, "title": "Costly", "content": "Do." },
            { "phase_number": 2, "title": "Next", "content": "Do.", "depends_on": [1] } ] }
        """;

    /// <summary>Phases beside each other whose words need more room than a narrow window has.</summary>
    public const string Wordy = """
        { "title": "Wordy", "phases": [
            { "phase_number": 1, "title": "Integration of everything there is with everything else", "content": "Do.", "approval": "required" },
            { "phase_number": 2, "title": "Wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww", "content": "Do." },
            { "phase_number": 3, "title": "Database Schema", "content": "Do.", "approval": "required" },
            { "phase_number": 4, "title": "Documentation", "content": "Do.", "depends_on": [1, 2, 3] } ] }
        """;

    /// <summary>What would be a script, were it taken for more than text.</summary>
    public const string Hostile = """
        { "title": "<img src=x onerror=\"document.title='taken over'\">", "description": "<script>document.title='taken over'</script>", "phases": [
            { "phase_number": 1, "title": "<svg onload=\"document.title='taken over'\"> \u202eexe.gnp", "content": "```sh\necho \"<img src=x onerror=alert(1)>\"; exit 3\n```",
              "workflow_type": "shell", "external_docs": ["javascript:alert(1)", "https://example.org/a"] } ] }
        """;

    /// <summary>Phases that follow one another.</summary>
    public static string Long(int phases) =>
        $$"""{ "title": "Long", "phases": [ {{string.Join(",", Enumerable.Range(1, phases).Select(n => $$"""{ "phase_number": {{n}}, "title": "Link {{n}}", "content": "Do.", "depends_on": [{{(n > 1 ? n - 1 : "")}}] }"""))}} ] }""";

    /// <summary>Many phases that all wait for a slot.</summary>
    public static string Wide(string title, int phases) =>
        $$"""{ "title": "{{title}}", "phases": [ {{string.Join(",", Enumerable.Range(1, phases).Select(n => $$"""{ "phase_number": {{n}}, "title": "{{title}} {{n}}", "content": "Do." }"""))}} ] }""";
}
