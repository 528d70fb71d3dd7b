using System.Text.Json.Nodes;

namespace PhaseFlow.EndToEnd.Tests.Panel;

/// <summary>What the pictures show: a day with a release that waits for a word, an agent that asks, a failure, a migration under way and a queue behind it.</summary>
internal static class Showcase
{
    /// <summary>The feature that is pictured from near.</summary>
    public const int Feature = 3;

    public static async Task FillAsync(PanelSession panel)
    {
        await panel.SubmitAsync(
            """
            { "title": "Invoice export", "repository": "acme/billing", "phases": [
                { "phase_number": 1, "title": "CSV writer", "workflow_type": "shell", "content": "```sh\necho wrote 3 columns\n```" },
                { "phase_number": 2, "title": "Nightly job", "depends_on": [1], "workflow_type": "shell", "content": "```sh\necho the schedule is not valid >&2; exit 1\n```" },
                { "phase_number": 3, "title": "Alerts", "depends_on": [2], "content": "Do." } ] }
            """);
        await panel.Api.UntilAsync(api => api.FeatureAsync(1), feature => (string)feature["status"]! == "failed");
        await panel.SubmitAsync(
            """
            { "title": "Release 2.4", "repository": "acme/ops", "priority": 10, "phases": [
                { "phase_number": 1, "title": "Deploy to production", "content": "Deploy.", "approval": "required" },
                { "phase_number": 2, "title": "Smoke tests", "content": "Test.", "depends_on": [1] } ] }
            """);
        await panel.SubmitAsync(
            """
            { "title": "WebSocket Migration", "repository": "acme/shop", "description": "Moves live updates from polling to WebSocket messages.", "phases": [
                { "phase_number": 1, "title": "Database Schema", "workflow_type": "shell", "content": "```sh\nsleep 3; echo 2 tables made\n```" },
                { "phase_number": 2, "title": "Backend API", "depends_on": [1], "workflow_type": "shell", "content": "```sh\necho reading schema.sql; echo writing routes.txt; echo running 41 tests; sleep 45\n```" },
                { "phase_number": 3, "title": "Frontend UI", "depends_on": [1], "content": "Make it." },
                { "phase_number": 4, "title": "Integration Tests", "depends_on": [2, 3], "content": "Compare." },
                { "phase_number": 5, "title": "Documentation", "depends_on": [1], "content": "Write." } ] }
            """);
        await panel.SubmitAsync(
            """
            { "title": "Search index", "repository": "acme/search", "phases": [
                { "phase_number": 1, "title": "Tokenizer", "content": "Do." },
                { "phase_number": 2, "title": "Ranking", "content": "Do." },
                { "phase_number": 3, "title": "Reindex", "content": "Do.", "depends_on": [1, 2] } ] }
            """);
        await panel.AskAsync(await panel.Api.AgentAsync("queue-4-1"), "Is a word with a hyphen one word or two?\n\n    a) one, as in the titles\n    b) two, as in the texts");
        await panel.Api.UntilAsync(api => api.FeatureAsync(Feature), feature => feature["phases"]!.AsArray().Any(IsSecondAtWork));
    }

    private static bool IsSecondAtWork(JsonNode? phase) => (int)phase!["phase_number"]! == 2 && (string)phase["status"]! == "running";
}
