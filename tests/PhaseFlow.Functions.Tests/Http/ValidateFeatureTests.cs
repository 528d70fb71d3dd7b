using System.Text.Json;
using static PhaseFlow.Functions.Tests.Http.FeatureJson;

namespace PhaseFlow.Functions.Tests.Http;

/// <summary>A feature that is only to be validated is answered as it is read, and not stored.</summary>
public sealed class ValidateFeatureTests(HttpTestHost host) : IClassFixture<HttpTestHost>
{
    private const string Path = "/api/v1/planned-features";

    [Fact]
    public async Task Submit_WhenItIsOnlyToBeValidated_AnswersWithThePlanAndStoresNothing()
    {
        using HttpResponseMessage response = await host.PostAsync(
            Path + "?validate=true",
            Feature("Draft", """{ "phase_number": 2, "title": "A", "content": "Do.", "timeout": "90m", "workflow_type": "adw_x", "approval": "required" }""", "\"id\": 902,"));

        JsonElement plan = await Answer.JsonOf(response, 200);
        Assert.Equal(902, plan.GetProperty("id").GetInt32());
        Assert.Equal("Draft", plan.GetProperty("title").GetString());
        JsonElement phase = Assert.Single(plan.GetProperty("phases").EnumerateArray());
        Assert.Equal(
            """{"phase_number":2,"title":"A","content":"Do.","depends_on":[],"workflow_type":"adw_x","external_docs":[],"estimated_hours":null,"timeout":"90m","heartbeat_timeout":null,"max_attempts":1,"retry_backoff":"30s","approval":"required"}""",
            phase.GetRawText());
        Assert.Null(await host.Store.GetFeatureAsync(902, CancellationToken.None));
    }

    [Fact]
    public async Task Submit_WhenItIsValidatedForExecutionAndNothingLaunchesItsAgents_SaysSoAndStoresNothing()
    {
        const string markdown = "# F\nId: 903\n\n## Phase 1: One\nWorkflow: adw_x\n\nDo.\n";
        using HttpResponseMessage refused = await host.PostMarkdownAsync(Path + "?validate=true&execute=true", markdown);
        using HttpResponseMessage json = await host.PostAsync(
            Path + "?validate=true&execute=true", Feature("F", """{ "phase_number": 1, "title": "A" }, { "phase_number": 2, "title": "B", "workflow_type": "adw_x" }"""));
        using HttpResponseMessage plan = await host.PostMarkdownAsync(
            Path + "?validate=true&execute=true", markdown.Replace("adw_x", "external", StringComparison.Ordinal));

        JsonElement problem = await Answer.ProblemOf(refused, 409, "agent-not-configured");
        Assert.Equal(["agent-not-configured 5:11"], Answer.ErrorsOf(problem));
        Assert.Equal(["agent-not-configured /phases/1/workflow_type"], Answer.ErrorsOf(await Answer.ProblemOf(json, 409, "agent-not-configured")));
        Assert.Equal(903, (await Answer.JsonOf(plan, 200)).GetProperty("id").GetInt32());
        Assert.Null(await host.Store.GetFeatureAsync(903, CancellationToken.None));
    }

    [Fact]
    public async Task Submit_WhenAValidatedPlanIsSubmitted_IsTheSamePlan()
    {
        const string markdown = "# Twice\nMax cost: 2.50\n\n## Phase 1: One\nTimeout: 1.5h\nAttempts: 2\n\nDo.\n\n## Phase 2: Two\nHeartbeat timeout: 90s\n\nDo.\n";
        using HttpResponseMessage first = await host.PostMarkdownAsync(Path + "?validate=true", markdown);
        string plan = (await Answer.JsonOf(first, 200)).GetRawText();

        using HttpResponseMessage second = await host.PostAsync(Path + "?validate=true", plan);

        Assert.Equal(plan, (await Answer.JsonOf(second, 200)).GetRawText());
    }

    [Fact]
    public async Task Submit_WhenItIsOnlyToBeValidatedAndHasFaults_TellsThemAllTheSame()
    {
        using HttpResponseMessage response = await host.PostMarkdownAsync(Path + "?validate=true", "# F\n\n## Phase 1: One\nDepends on: 9\n");

        JsonElement problem = await Answer.ProblemOf(response, 422, "invalid-plan");
        Assert.Equal(["missing-dependency 4:13"], Answer.ErrorsOf(problem));
    }

    [Fact]
    public async Task Submit_WhenItSaysNeitherYesNorNoToValidate_IsRefused()
    {
        using HttpResponseMessage response = await host.PostAsync(Path + "?validate=perhaps", Feature("F", Phase(1)));

        await Answer.ProblemOf(response, 400, "invalid-query");
    }
}
