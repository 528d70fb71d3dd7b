using System.Text.Json;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;
using static PhaseFlow.Functions.Tests.Http.HttpTestHost;

namespace PhaseFlow.Functions.Tests.Http;

public sealed class FeatureCommandTests(HttpTestHost host) : IClassFixture<HttpTestHost>
{
    public static TheoryData<string, FeatureStatus, PhaseStatus, CommandKind> Allowed { get; } = new()
    {
        { "execute", FeatureStatus.Planned, PhaseStatus.Queued, CommandKind.Execute },
        { "cancel", FeatureStatus.InProgress, PhaseStatus.Running, CommandKind.Cancel },
        { "suspend", FeatureStatus.InProgress, PhaseStatus.Running, CommandKind.Suspend },
        { "resume", FeatureStatus.Suspended, PhaseStatus.Queued, CommandKind.Resume },
        { "retry", FeatureStatus.Failed, PhaseStatus.Failed, CommandKind.Retry },
    };

    [Theory]
    [MemberData(nameof(Allowed))]
    public async Task Command_WhenTheStateAllowsIt_IsStoredRaisedAndAnsweredWith202(string route, FeatureStatus status, PhaseStatus phase, CommandKind kind)
    {
        int id = await host.FeatureAsync(status, State(1, phase, attempt: 1));

        using HttpResponseMessage response = await host.PostAsync($"/api/v1/planned-features/{id}/{route}", """{ "reason": "because" }""");

        Assert.Equal(id, (await Answer.JsonOf(response, 202)).GetProperty("id").GetInt32());
        FeatureCommand command = Assert.Single((await host.Store.LoadRunAsync(id, default))!.Inbox).Command!;
        Assert.Equal((kind, "because"), (command.Kind, command.Reason));
        Assert.Equal(1, host.RaisedFor(id));
    }

    [Theory]
    [InlineData("execute", FeatureStatus.InProgress, "was executed already")]
    [InlineData("cancel", FeatureStatus.Completed, "nothing to cancel")]
    [InlineData("suspend", FeatureStatus.Planned, "only a feature in progress")]
    [InlineData("resume", FeatureStatus.InProgress, "only a suspended feature")]
    [InlineData("retry", FeatureStatus.InProgress, "no failed or cancelled phase")]
    public async Task Command_WhenTheStateDoesNotAllowIt_IsRefusedWithTheReasonAndStoresNothing(string route, FeatureStatus status, string reason)
    {
        int id = await host.FeatureAsync(status, State(1));

        using HttpResponseMessage response = await host.PostAsync($"/api/v1/planned-features/{id}/{route}");

        JsonElement problem = await Answer.ProblemOf(response, 409, "conflict");
        Assert.Contains(reason, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty((await host.Store.LoadRunAsync(id, default))!.Inbox);
    }

    [Fact]
    public async Task Command_WhenItHasAnUnknownParameter_IsRefusedAndStoresNothing()
    {
        int id = await host.FeatureAsync(FeatureStatus.InProgress, State(1));

        using HttpResponseMessage response = await host.PostAsync($"/api/v1/planned-features/{id}/cancel?phase=1");

        Assert.Equal(["invalid-parameter phase"], Answer.ErrorsOf(await Answer.ProblemOf(response, 400, "invalid-query")));
        Assert.Empty((await host.Store.LoadRunAsync(id, default))!.Inbox);
    }

    [Fact]
    public async Task Command_WhenItFollowsAnotherAtOnce_IsJudgedByWhatThatWillHaveDone()
    {
        int id = await host.FeatureAsync(FeatureStatus.Planned, State(1));
        string path = $"/api/v1/planned-features/{id}";

        using HttpResponseMessage execute = await host.PostAsync(path + "/execute");
        using HttpResponseMessage again = await host.PostAsync(path + "/execute");
        using HttpResponseMessage suspend = await host.PostAsync(path + "/suspend");
        using HttpResponseMessage resume = await host.PostAsync(path + "/resume");

        Assert.Equal("in_progress", (await Answer.JsonOf(execute, 202)).GetProperty("status").GetString());
        await Answer.ProblemOf(again, 409, "conflict");
        Assert.Equal("suspended", (await Answer.JsonOf(suspend, 202)).GetProperty("status").GetString());
        Assert.Equal("in_progress", (await Answer.JsonOf(resume, 202)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Execute_WhenNothingLaunchesAnAgent_NamesThePhasesAndTheSetting()
    {
        int id = await host.FeatureAsync(FeatureStatus.Planned, State(1, workflowType: "adw_x"), State(2, workflowType: "shell"), State(3, workflowType: "adw_x"), State(4));

        using HttpResponseMessage response = await host.PostAsync($"/api/v1/planned-features/{id}/execute");

        JsonElement problem = await Answer.ProblemOf(response, 409, "agent-not-configured");
        Assert.Equal(
            "Nothing is set up to launch the workflow type adw_x of phases 1 and 3: set PhaseFlow__Agents__adw_x__Command or __Url, or name it in phaseflow.json. Set up are: external. "
            + "Nothing is set up to launch the workflow type shell of phase 2: set PhaseFlow__Agents__shell__Enabled=true, or name it in phaseflow.json. Set up are: external.",
            problem.GetProperty("detail").GetString());
        Assert.Empty((await host.Store.LoadRunAsync(id, default))!.Inbox);
    }

    [Fact]
    public async Task Execute_WhenThereAreNoPhases_IsRefused()
    {
        FeatureCreation creation = await host.Store.CreateFeatureAsync(new FeaturePlan { Title = "T", Phases = [] }, null, Now, default);

        using HttpResponseMessage response = await host.PostAsync($"/api/v1/planned-features/{creation.FeatureId}/execute");

        JsonElement problem = await Answer.ProblemOf(response, 409, "conflict");
        Assert.Contains("has no phases", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "retry", PhaseStatus.Failed, CommandKind.RetryPhase)]
    [InlineData("POST", "approve", PhaseStatus.AwaitingApproval, CommandKind.Approve)]
    [InlineData("POST", "deny", PhaseStatus.AwaitingApproval, CommandKind.Deny)]
    [InlineData("DELETE", "", PhaseStatus.Queued, CommandKind.CancelPhase)]
    public async Task PhaseCommand_WhenTheStateAllowsIt_AnswersWithItsRow(string method, string route, PhaseStatus status, CommandKind kind)
    {
        int id = await host.FeatureAsync(FeatureStatus.InProgress, State(1, status, attempt: 1), State(2));
        string path = $"/api/v1/queue/queue-{id}-1/{route}".TrimEnd('/');

        using HttpResponseMessage response = await host.SendAsync(new HttpMethod(method), path, """{ "reason": "so" }""");

        Assert.Equal($"queue-{id}-1", (await Answer.JsonOf(response, 202)).GetProperty("queue_id").GetString());
        FeatureCommand command = Assert.Single((await host.Store.LoadRunAsync(id, default))!.Inbox).Command!;
        Assert.Equal((kind, 1, "so"), (command.Kind, command.Phase, command.Reason));
    }

    [Fact]
    public async Task Prioritize_WhenThePhaseIsYetToStart_AnswersWithItsRowAndStoresTheCommand()
    {
        int id = await host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Running, attempt: 1), State(2));

        using HttpResponseMessage response = await host.SendAsync(HttpMethod.Patch, $"/api/v1/queue/queue-{id}-2", """{ "priority": 10, "reason": "so" }""");

        JsonElement row = await Answer.JsonOf(response, 202);
        Assert.Equal(($"queue-{id}-2", 10), (row.GetProperty("queue_id").GetString(), row.GetProperty("priority").GetInt32()));
        FeatureCommand command = Assert.Single((await host.Store.LoadRunAsync(id, default))!.Inbox).Command!;
        Assert.Equal((CommandKind.Prioritize, 2, 10, "so"), (command.Kind, command.Phase, command.Priority, command.Reason));
    }

    [Theory]
    [InlineData("""{ "reason": "so" }""", "missing-field")]
    [InlineData("""{ "priority": "high" }""", "wrong-type")]
    [InlineData("""{ "priority": 0 }""", "invalid-priority")]
    [InlineData("""{ "priority": 100 }""", "invalid-priority")]
    public async Task Prioritize_WhenThePriorityIsNone_SaysWhereAndStoresNothing(string body, string code)
    {
        int id = await host.FeatureAsync(FeatureStatus.InProgress, State(1));

        using HttpResponseMessage response = await host.SendAsync(HttpMethod.Patch, $"/api/v1/queue/queue-{id}-1", body);

        JsonElement problem = await Answer.ProblemOf(response, 400, "invalid-body");
        JsonElement fault = Assert.Single(problem.GetProperty("errors").EnumerateArray());
        Assert.Equal((code, "/priority"), (fault.GetProperty("code").GetString(), fault.GetProperty("pointer").GetString()));
        Assert.Empty((await host.Store.LoadRunAsync(id, default))!.Inbox);
    }

    [Fact]
    public async Task Prioritize_WhenThePhaseHoldsItsSlot_IsRefused()
    {
        int id = await host.FeatureAsync(FeatureStatus.InProgress, State(1, PhaseStatus.Running, attempt: 1));

        using HttpResponseMessage response = await host.SendAsync(HttpMethod.Patch, $"/api/v1/queue/queue-{id}-1", """{ "priority": 10 }""");

        await Answer.ProblemOf(response, 409, "conflict");
    }

    [Theory]
    [InlineData("POST", "/retry")]
    [InlineData("POST", "/approve")]
    [InlineData("POST", "/deny")]
    [InlineData("DELETE", "")]
    public async Task PhaseCommand_WhenTheStateDoesNotAllowIt_IsRefused(string method, string route)
    {
        int id = await host.FeatureAsync(FeatureStatus.Completed, State(1, PhaseStatus.Completed, attempt: 1));

        using HttpResponseMessage response = await host.SendAsync(new HttpMethod(method), $"/api/v1/queue/queue-{id}-1{route}");

        await Answer.ProblemOf(response, 409, "conflict");
    }

    [Theory]
    [InlineData("GET", "/api/v1/planned-features/999999")]
    [InlineData("GET", "/api/v1/planned-features/abc")]
    [InlineData("GET", "/api/v1/planned-features/0")]
    [InlineData("GET", "/api/v1/planned-features/007")]
    [InlineData("GET", "/api/v1/planned-features/99999999999999999999")]
    [InlineData("POST", "/api/v1/planned-features/999999/execute")]
    [InlineData("POST", "/api/v1/planned-features/-1/cancel")]
    [InlineData("POST", "/api/v1/planned-features/999999/generate-implementation")]
    [InlineData("GET", "/api/v1/queue/999999")]
    [InlineData("DELETE", "/api/v1/queue/queue-999999-1")]
    [InlineData("DELETE", "/api/v1/queue/nonsense")]
    [InlineData("POST", "/api/v1/queue/queue-1-0/retry")]
    [InlineData("GET", "/api/v1/queue/queue-999999-1/agent")]
    [InlineData("GET", "/api/v1/queue/queue-999999-1/output")]
    [InlineData("GET", "/api/v1/issues/999999")]
    [InlineData("GET", "/api/v1/issues/x")]
    [InlineData("GET", "/api/queue/999999")]
    [InlineData("GET", "/api/nothing/here")]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/assets/nothing.js")]
    public async Task Route_WhenItNamesNothing_AnswersNotFound(string method, string path)
    {
        using HttpResponseMessage response = await host.SendAsync(new HttpMethod(method), path);

        await Answer.ProblemOf(response, 404, "not-found");
    }

    [Theory]
    [InlineData("{ \"reason\": ", "malformed-body")]
    [InlineData("{ \"reason\": 5 }", "invalid-body")]
    [InlineData("{ \"attempts\": 5 }", "invalid-body")]
    [InlineData("5", "invalid-body")]
    public async Task Command_WhenItsBodyIsBroken_IsRefused(string json, string type)
    {
        int id = await host.FeatureAsync(FeatureStatus.Planned, State(1));

        using HttpResponseMessage response = await host.PostAsync($"/api/v1/planned-features/{id}/execute", json);

        await Answer.ProblemOf(response, 400, type);
    }

    [Fact]
    public async Task Route_WhenTheMethodIsAnother_NamesThoseThatAreAllowed()
    {
        using HttpResponseMessage response = await host.SendAsync(HttpMethod.Put, "/api/v1/planned-features");

        await Answer.ProblemOf(response, 405, "method-not-allowed");
        Assert.Equal(["GET", "HEAD", "POST"], response.Content.Headers.Allow.Order());
    }
}
