using System.Text.Json;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Webhooks;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Http;

public sealed class CompleteWorkflowTests(HttpTestHost host) : IClassFixture<HttpTestHost>
{
    private const string Path = "/workflow-complete";

    [Fact]
    public async Task Complete_WhenTheAgentReports_StoresThenRaises()
    {
        (int id, string queueId, string adwId) = await host.RunningAsync();
        string body = $$"""
            { "queue_id": "{{queueId}}", "feature_id": {{id}}, "phase_number": 1, "attempt": 1, "status": "failed", "adw_id": "{{adwId}}",
              "error_message": "no", "pr_number": 7, "summary": "tried", "usage": { "input_tokens": 1, "output_tokens": 2, "cost_usd": 0.5 }, "artifacts": ["a"] }
            """;

        using HttpResponseMessage response = await host.PostSignedAsync(Path, body, host.SecretOf(queueId, 1));

        Assert.Equal("accepted", await ResultOf(response));
        AgentReport expected = new(1, 1, 1, Completed: false) { Error = "no", PrNumber = 7, Summary = "tried", Usage = new AgentUsage(1, 2, 0.5m) };
        Assert.Equal(expected, Assert.Single((await host.Store.LoadRunAsync(id, default))!.Inbox).Report);
        Assert.Equal(expected, host.Raised.Single(r => r.InstanceId == $"feature-{id}").Payload);
    }

    [Fact]
    public async Task Complete_WhenTheAgentCompletesAndSaysThatSomethingWasWrong_KeepsItWithTheAttempt()
    {
        (int id, string queueId, string adwId) = await host.RunningAsync();
        string body = $$"""{ "queue_id": "{{queueId}}", "status": "completed", "adw_id": "{{adwId}}", "error_message": "report.json was left out" }""";

        using HttpResponseMessage response = await host.PostSignedAsync(Path, body, host.SecretOf(queueId, 1));

        Assert.Equal("accepted", await ResultOf(response));
        JsonElement attempt = (await host.GetAsync($"/api/v1/planned-features/{id}")).GetProperty("attempts")[0];
        Assert.Equal((true, "report.json was left out"), (attempt.GetProperty("completed").GetBoolean(), attempt.GetProperty("error_message").GetString()));
    }

    [Fact]
    public async Task Complete_WhenOnlyTheNeededIsSaid_FindsTheAttemptByItsAgent()
    {
        (int id, string queueId, string adwId) = await host.RunningAsync();

        using HttpResponseMessage response = await host.PostSignedAsync(Path, Body(queueId, adwId), host.SecretOf(queueId, 1));

        Assert.Equal("accepted", await ResultOf(response));
        Assert.Equal(1, Assert.Single((await host.Store.LoadRunAsync(id, default))!.Inbox).Report!.Attempt);
    }

    [Theory]
    [InlineData(1, 200)]
    [InlineData(2, 401)]
    public async Task Complete_WhenTheRowRunsAndTheLaunchIsStillUnderWay_IsHeardIfItIsSigned(int secretOf, int status)
    {
        int id = await host.FeatureAsync(FeatureStatus.InProgress, HttpTestHost.State(1, PhaseStatus.Running, attempt: 1) with { StartedAt = HttpTestHost.Now });
        string queueId = QueueId.Format(id, 1);
        using HttpResponseMessage agent = await host.SendAsync(HttpMethod.Get, $"/api/v1/queue/{queueId}/agent");
        string adwId = (await Answer.JsonOf(agent, 200)).GetProperty("PHASEFLOW_ADW_ID").GetString()!;

        using HttpResponseMessage response = await host.PostSignedAsync(Path, Body(queueId, adwId), host.SecretOf(queueId, secretOf));

        await Answer.JsonOf(response, status);
        AttemptRecord? attempt = await host.Store.GetAttemptAsync(queueId, 1, default);
        Assert.Equal(status == 200 ? AttemptStatus.Closed : AttemptStatus.Live, attempt?.Status);
        Assert.Equal(status == 200 ? 1 : 0, host.RaisedFor(id));
    }

    [Fact]
    public async Task Complete_WhenSixtyFourRepeatsComeAtOnce_AcceptsOne()
    {
        (int id, string queueId, string adwId) = await host.RunningAsync();

        string?[] results = await Task.WhenAll(Enumerable.Range(0, 64).Select(async i =>
        {
            // Half of them are the same delivery, the others say the same anew.
            using HttpResponseMessage response = await host.PostSignedAsync(
                Path, Body(queueId, adwId), host.SecretOf(queueId, 1), i % 2 == 0 ? "same" : null);
            return await ResultOf(response);
        }));

        Assert.Equal(1, results.Count(r => r == "accepted"));
        Assert.Equal(63, results.Count(r => r == "duplicate"));
        Assert.Single((await host.Store.LoadRunAsync(id, default))!.Inbox);
    }

    [Fact]
    public async Task Complete_WhenTheAttemptIsPast_AnswersStaleAndRaisesNothing()
    {
        (int id, string queueId, string adwId) = await host.RunningAsync();
        await host.BeginAsync(id, 1, 2);

        using HttpResponseMessage response = await host.PostSignedAsync(Path, Body(queueId, adwId), host.SecretOf(queueId, 1));

        Assert.Equal("stale", await ResultOf(response));
        Assert.Equal(0, host.RaisedFor(id));
    }

    [Fact]
    public async Task Complete_WhenAnotherAgentSpeaksForTheAttempt_AnswersStaleAndStillHearsTheRightOne()
    {
        (_, string queueId, string adwId) = await host.RunningAsync();
        byte[] secret = host.SecretOf(queueId, 1);

        using HttpResponseMessage other = await host.PostSignedAsync(Path, Body(queueId, "adw-00000000", attempt: 1), secret);
        using HttpResponseMessage own = await host.PostSignedAsync(Path, Body(queueId, adwId, attempt: 1), secret);

        Assert.Equal("stale", await ResultOf(other));
        Assert.Equal("accepted", await ResultOf(own));
    }

    [Fact]
    public async Task Complete_WhenTheEngineCannotBeReached_HasStoredTheReportAndSaysSo()
    {
        (int id, string queueId, string adwId) = await host.RunningAsync();
        host.Unreachable[$"feature-{id}"] = true;

        using HttpResponseMessage response = await host.PostSignedAsync(Path, Body(queueId, adwId), host.SecretOf(queueId, 1));

        Assert.Equal("accepted", await ResultOf(response));
        Assert.Single((await host.Store.LoadRunAsync(id, default))!.Inbox);
    }

    [Fact]
    public async Task Complete_WhenARepeatFindsItsReportNotYetApplied_RaisesItAgain()
    {
        (int id, string queueId, string adwId) = await host.RunningAsync();
        host.Unreachable[$"feature-{id}"] = true;
        using HttpResponseMessage first = await host.PostSignedAsync(Path, Body(queueId, adwId), host.SecretOf(queueId, 1), "d");
        host.Unreachable.Clear();

        using HttpResponseMessage second = await host.PostSignedAsync(Path, Body(queueId, adwId), host.SecretOf(queueId, 1), "d");

        Assert.Equal("duplicate", await ResultOf(second));
        Assert.Equal(1, host.RaisedFor(id));
    }

    public static TheoryData<string, string, int, string> Refusals { get; } = new()
    {
        { "no id", "", 401, "invalid-signature" },
        { "no timestamp", "", 401, "invalid-signature" },
        { "no signature", "", 401, "invalid-signature" },
        { "two ids", "", 401, "invalid-signature" },
        { "a timestamp in words", "", 401, "invalid-signature" },
        { "a signature of another version", "", 401, "invalid-signature" },
        { "six minutes old", "", 401, "invalid-signature" },
        { "six minutes early", "", 401, "invalid-signature" },
        { "another attempt's secret", "", 401, "invalid-signature" },
        { "another phase's secret", "", 401, "invalid-signature" },
        { "a changed body", "", 401, "invalid-signature" },
        { "the body", "{ \"queue_id\": ", 400, "malformed-body" },
        { "the body", "[]", 400, "invalid-body" },
        { "the body", "{}", 400, "invalid-body" },
        { "the body", """{ "queue_id": "QUEUE", "status": "done", "adw_id": "ADW" }""", 400, "invalid-body" },
        { "the body", """{ "queue_id": "QUEUE", "status": "completed", "adw_id": 5 }""", 400, "invalid-body" },
        { "the body", """{ "queue_id": "QUEUE", "status": "completed", "adw_id": "ADW", "attempt": 0 }""", 400, "invalid-body" },
        { "the body", """{ "queue_id": "QUEUE", "status": "completed", "adw_id": "ADW", "feature_id": 999999 }""", 400, "invalid-body" },
        { "the body", """{ "queue_id": "QUEUE", "status": "completed", "adw_id": "ADW", "phase_number": 2 }""", 400, "invalid-body" },
        { "the body", """{ "queue_id": "QUEUE", "status": "completed", "adw_id": "ADW", "usage": { "input_tokens": -1 } }""", 400, "invalid-body" },
        { "the body", """{ "queue_id": "QUEUE", "status": "completed", "adw_id": "ADW", "usage": { "cost_usd": 1e28 } }""", 400, "invalid-body" },
        { "the body", """{ "queue_id": "QUEUE", "status": "completed", "adw_id": "ADW", "attempt": 2 }""", 404, "not-found" },
        { "the body", """{ "queue_id": "queue-999999-1", "status": "completed", "adw_id": "ADW" }""", 404, "not-found" },
        { "the body", """{ "queue_id": "queue-01-1", "status": "completed", "adw_id": "ADW" }""", 404, "not-found" },
        { "the body", """{ "queue_id": "1", "status": "completed", "adw_id": "ADW" }""", 404, "not-found" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Complete_WhenItIsRefused_SaysWhyAndChangesNothing(string fault, string body, int status, string type)
    {
        (int id, string queueId, string adwId) = await host.RunningAsync();
        AttemptRecord before = (await host.Store.GetAttemptAsync(queueId, 1, default))!;
        string json = body.Length == 0
            ? Body(queueId, adwId)
            : body.Replace("QUEUE", queueId, StringComparison.Ordinal).Replace("ADW", adwId, StringComparison.Ordinal);
        byte[] secret = fault switch
        {
            "another attempt's secret" => host.SecretOf(queueId, 2),
            "another phase's secret" => host.SecretOf(QueueId.Format(id, 2), 1),
            _ => host.SecretOf(queueId, 1),
        };
        TimeSpan late = TimeSpan.FromMinutes(fault == "six minutes old" ? -6 : fault == "six minutes early" ? 6 : 0);

        using HttpResponseMessage response = await host.PostSignedAsync(Path, json, secret, at: HttpTestHost.Now + late, change: headers =>
        {
            switch (fault)
            {
                case "no id":
                    headers.Remove(WebhookSignature.IdHeader);
                    break;
                case "no timestamp":
                    headers.Remove(WebhookSignature.TimestampHeader);
                    break;
                case "no signature":
                    headers.Remove(WebhookSignature.SignatureHeader);
                    break;
                case "two ids":
                    headers.Add(WebhookSignature.IdHeader, "another");
                    break;
                case "a timestamp in words":
                    headers.Remove(WebhookSignature.TimestampHeader);
                    headers.Add(WebhookSignature.TimestampHeader, "now");
                    break;
                case "a signature of another version":
                    headers.Remove(WebhookSignature.SignatureHeader);
                    headers.Add(WebhookSignature.SignatureHeader, "v2,AAAA");
                    break;
                case "a changed body":
                    headers.Remove(WebhookSignature.SignatureHeader);
                    headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Sign("x", HttpTestHost.Now, "other"u8, secret));
                    break;
                default:
                    break;
            }
        });

        await Answer.ProblemOf(response, status, type);
        Assert.Empty((await host.Store.LoadRunAsync(id, default))!.Inbox);
        Assert.Equal(before, await host.Store.GetAttemptAsync(queueId, 1, default));
        Assert.Equal(0, host.RaisedFor(id));
    }

    [Fact]
    public async Task Complete_WhenTheBodyHasManyFaults_TellsEveryOne()
    {
        using HttpResponseMessage response = await host.PostSignedAsync(Path, """{ "status": "done", "pr_number": "7", "usage": 3 }""", host.SecretOf("queue-1-1", 1));

        JsonElement problem = await Answer.ProblemOf(response, 400, "invalid-body");
        Assert.Equal(
            ["invalid-value /status", "missing-field /adw_id", "missing-field /queue_id", "wrong-type /pr_number", "wrong-type /usage"],
            Answer.ErrorsOf(problem).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(256 * 1024 + 1, true)]
    [InlineData(256 * 1024 + 1, false)]
    [InlineData(10 * 1024 * 1024, true)]
    [InlineData(10 * 1024 * 1024, false)]
    public async Task Complete_WhenTheBodyIsTooLarge_IsRefused(int length, bool tellsItsLength)
    {
        using HttpResponseMessage response = await host.SendAsync(
            HttpMethod.Post, Path, new string(' ', length), r => r.Headers.TransferEncodingChunked = !tellsItsLength);

        await Answer.ProblemOf(response, 413, "body-too-large");
    }

    [Fact]
    public async Task Complete_WhenAKeyWasRotated_TakesOneOfTwoSignatures()
    {
        (_, string queueId, string adwId) = await host.RunningAsync();
        string body = Body(queueId, adwId);

        using HttpResponseMessage response = await host.PostSignedAsync(Path, body, host.SecretOf(queueId, 1), change: headers =>
        {
            string own = headers.GetValues(WebhookSignature.SignatureHeader).Single();
            headers.Remove(WebhookSignature.SignatureHeader);
            headers.Add(WebhookSignature.SignatureHeader, $"v1,{Convert.ToBase64String(new byte[32])} {own}");
        });

        Assert.Equal("accepted", await ResultOf(response));
    }

    [Theory]
    [InlineData(1, "", 200)]
    [InlineData(1, "closed", 409)]
    [InlineData(1, "another agent", 409)]
    [InlineData(2, "", 401)]
    [InlineData(1, "no agent", 400)]
    [InlineData(1, "another phase", 404)]
    public async Task Heartbeat_WhenItIsSigned_ExtendsTheDeadlineOfALiveAttemptOnly(int secretOf, string what, int status)
    {
        (int id, string queueId, string adwId) = await host.RunningAsync();
        if (what == "closed")
        {
            await host.Store.CloseAttemptAsync(new AttemptStart(id, 1, 1, adwId, WorkflowTypes.External), HttpTestHost.Now, default);
        }

        string body = what == "no agent" ? "{}" : $$"""{ "adw_id": "{{(what == "another agent" ? "adw-00000000" : adwId)}}" }""";
        string path = what == "another phase" ? QueueId.Format(id, 9) : queueId;

        using HttpResponseMessage response = await host.PostSignedAsync($"/api/v1/queue/{path}/heartbeat", body, host.SecretOf(queueId, secretOf));

        JsonElement answer = await Answer.JsonOf(response, status);
        Assert.Equal(status == 200, answer.TryGetProperty("deadline_extended", out JsonElement extended) && extended.GetBoolean());
        Assert.Equal(status == 200 ? HttpTestHost.Now : null, (await host.Store.GetAttemptAsync(queueId, 1, default))!.HeartbeatAt);
    }

    private static string Body(string queueId, string adwId, int? attempt = null) =>
        $$"""{ "queue_id": "{{queueId}}", "status": "completed", "adw_id": "{{adwId}}"{{(attempt is null ? "" : $", \"attempt\": {attempt}")}} }""";

    private static async Task<string?> ResultOf(HttpResponseMessage response) => (await Answer.JsonOf(response, 200)).GetProperty("result").GetString();
}
