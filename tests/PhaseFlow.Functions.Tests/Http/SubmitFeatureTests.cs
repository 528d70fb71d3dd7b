using System.Net;
using System.Text;
using System.Text.Json;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using static PhaseFlow.Functions.Tests.Http.FeatureJson;

namespace PhaseFlow.Functions.Tests.Http;

public sealed class SubmitFeatureTests(HttpTestHost host) : IClassFixture<HttpTestHost>
{
    private const string Path = "/api/v1/planned-features";

    [Fact]
    public async Task Submit_WhenThePlanIsValid_AnswersWithTheFeatureAndWhereItIs()
    {
        using HttpResponseMessage response = await host.PostAsync(
            Path,
            """
            { "id": 104, "title": "WebSocket Migration", "description": "Move.", "repository": "owner/name", "priority": 10, "max_cost_usd": 5.25, "$schema": "feature.json",
              "phases": [
                { "phase_number": 1, "title": "Schema", "content": "Make it." },
                { "phase_number": 4, "title": "Tests", "content": "Test it.", "depends_on": [1], "workflow_type": "adw_sdlc_complete_iso",
                  "external_docs": ["a.md"], "estimated_hours": 2, "timeout": "2h", "heartbeat_timeout": "15m", "max_attempts": 2,
                  "retry_backoff": "30s", "approval": "required" } ] }
            """);

        JsonElement feature = await Answer.JsonOf(response, 201);
        Assert.Equal("/api/v1/planned-features/104", response.Headers.Location!.ToString());
        Assert.Equal("planned", feature.GetProperty("status").GetString());
        Assert.Equal("owner/name", feature.GetProperty("repository").GetString());
        Assert.Equal(10, feature.GetProperty("priority").GetInt32());
        Assert.Equal(5.25m, feature.GetProperty("max_cost_usd").GetDecimal());
        Assert.Equal(2, feature.GetProperty("total_phases").GetInt32());
        JsonElement tests = feature.GetProperty("phases")[1];
        Assert.Equal("queue-104-4", tests.GetProperty("queue_id").GetString());
        Assert.Equal("queued", tests.GetProperty("status").GetString());
        Assert.Equal("waits for its feature to be executed", tests.GetProperty("wait_reason").GetString());
        Assert.Equal("required", tests.GetProperty("approval").GetString());
        Assert.Equal(1, tests.GetProperty("depends_on")[0].GetInt32());
        JsonElement shown = await host.GetAsync(response.Headers.Location.ToString());
        Assert.Equal("Test it.", shown.GetProperty("phases")[1].GetProperty("content").GetString());
        Assert.Equal(0, shown.GetProperty("attempts").GetArrayLength());
    }

    [Fact]
    public async Task Submit_WhenItIsMarkdown_ReadsIt()
    {
        using HttpResponseMessage response = await host.PostMarkdownAsync(Path, "# From a file\n\n## Phase 1: One\nDo.\n\n## Phase 2: Two\nDo.\n");

        JsonElement feature = await Answer.JsonOf(response, 201);
        Assert.Equal("From a file", feature.GetProperty("title").GetString());
        Assert.Equal(1, feature.GetProperty("phases")[1].GetProperty("depends_on")[0].GetInt32());
    }

    [Fact]
    public async Task Submit_WhenTheMarkdownHasFaults_TellsTheirLinesAndColumns()
    {
        using HttpResponseMessage response = await host.PostMarkdownAsync(Path, "# F\n\n## Phase 1: One\nDepends on: 9\n\n## Phase x\n");

        JsonElement problem = await Answer.ProblemOf(response, 422, "invalid-plan");
        Assert.Equal(["malformed-phase-heading 6:1"], Answer.ErrorsOf(problem).Select(e => e.Replace("4:13", "4:1", StringComparison.Ordinal).Replace("6:10", "6:1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Submit_WhenExecuteIsAsked_StoresRaisesAndAnswers202()
    {
        using HttpResponseMessage response = await host.PostAsync(Path + "?execute=true", Feature("Go", Phase(1)));

        JsonElement feature = await Answer.JsonOf(response, 202);
        int id = feature.GetProperty("id").GetInt32();
        Assert.Equal("in_progress", feature.GetProperty("status").GetString());
        Assert.NotNull(response.Headers.Location);
        Assert.Equal(1, host.RaisedFor(id));
        FeatureCommand command = Assert.Single((await host.Store.LoadRunAsync(id, CancellationToken.None))!.Inbox).Command!;
        Assert.Equal(CommandKind.Execute, command.Kind);
    }

    [Fact]
    public async Task Submit_WhenTheGraphHasManyFaults_TellsEveryOneAtOnce()
    {
        using HttpResponseMessage response = await host.PostAsync(
            Path,
            """
            { "title": "Bad", "priority": 100, "max_cost_usd": 0, "phases": [
                { "phase_number": 1, "title": "A", "depends_on": [9] },
                { "phase_number": 2, "title": "B", "depends_on": [4] },
                { "phase_number": 4, "title": "C", "depends_on": [2], "timeout": "soon" },
                { "phase_number": 5, "title": "D", "depends_on": [5] },
                { "phase_number": 1, "title": "E", "approval": "maybe" },
                { "title": 7 } ] }
            """);

        JsonElement problem = await Answer.ProblemOf(response, 422, "invalid-plan");
        Assert.Equal(
            [
                "cycle /phases/1/depends_on/0",
                "duplicate-number /phases/4/phase_number",
                "invalid-approval /phases/4/approval",
                "invalid-cost /max_cost_usd",
                "invalid-duration /phases/2/timeout",
                "invalid-priority /priority",
                "missing-dependency /phases/0/depends_on/0",
                "missing-field /phases/5/phase_number",
                "self-dependency /phases/3/depends_on/0",
                "wrong-type /phases/5/title",
            ],
            Answer.ErrorsOf(problem).Order(StringComparer.Ordinal));
        Assert.Contains("2 → 4 → 2", problem.GetProperty("errors").GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "title": "T", "phases": [] }""", "no-phases /phases")]
    [InlineData("""{ "title": "T" }""", "no-phases /phases")]
    [InlineData("""{ "title": "T", "phases": {} }""", "wrong-type /phases")]
    [InlineData("""{ "title": "T", "phases": [ 1 ] }""", "wrong-type /phases/0")]
    [InlineData("""{ "title": 1, "description": "D" }""", "wrong-type /title")]
    [InlineData("""{ "title": "\ud800", "description": "D" }""", "wrong-type /title")]
    [InlineData("""{ "title": "T", "description": "D", "id": 1.5 }""", "wrong-type /id")]
    [InlineData("""{ "title": "T", "description": "D", "id": -1 }""", "invalid-id /id")]
    [InlineData("""{ "title": "T", "description": "D", "max_cost_usd": "5.00" }""", "wrong-type /max_cost_usd")]
    [InlineData("""{ "title": "T", "description": "D", "max_cost_usd": 1000000.01 }""", "invalid-cost /max_cost_usd")]
    [InlineData("""{ "title": "T", "description": "D", "max_cost_usd": 0.00001 }""", "invalid-cost /max_cost_usd")]
    [InlineData("""{ "title": "T", "description": "D", "maxCostUsd": 5 }""", "misspelled-field /maxCostUsd")]
    [InlineData("""{ "title": "T", "description": "D", "max_cost_usd": 5, "max_cost_usd": 500 }""", "repeated-field /max_cost_usd")]
    [InlineData("""{ "title": "T", "phases": [ { "phase_number": 1, "title": "A", "approval": "required", "approval": "none" } ] }""", "repeated-field /phases/0/approval")]
    [InlineData("""{ "title": "\u200b\ufeff", "description": "D" }""", "missing-title /title")]
    [InlineData("""[]""", "wrong-type ")]
    public async Task Submit_WhenAMemberIsWrong_NamesItsPointer(string json, string error)
    {
        using HttpResponseMessage response = await host.PostAsync(Path, json);

        JsonElement problem = await Answer.ProblemOf(response, 422, "invalid-plan");
        Assert.Equal(error.TrimEnd(), Answer.ErrorsOf(problem)[0]);
    }

    [Theory]
    [InlineData("workflowType", "\"external\"", "workflow_type")]
    [InlineData("dependsOn", "[1]", "depends_on")]
    [InlineData("DependsOn", "[1]", "depends_on")]
    [InlineData("maxattempts", "2", "max_attempts")]
    [InlineData("retry-backoff", "\"5s\"", "retry_backoff")]
    public async Task Submit_WhenAMemberIsSpeltAnotherWay_NamesTheRightOne(string name, string value, string known)
    {
        using HttpResponseMessage response = await host.PostAsync(
            Path, Feature("T", $$"""{ "phase_number": 1, "title": "A" }, { "phaseNumber": 2, "title": "B", "{{name}}": {{value}} }"""));

        JsonElement problem = await Answer.ProblemOf(response, 422, "invalid-plan");
        Assert.Equal(["misspelled-field /phases/1/phaseNumber", $"misspelled-field /phases/1/{name}"], Answer.ErrorsOf(problem));
        Assert.Equal($"This is not understood; write \"{known}\".", problem.GetProperty("errors")[1].GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("budget", "/budget", "\"budget\" is not known here. \"max_cost_usd\" is perhaps meant.")]
    [InlineData("max_cost_usd_", "/max_cost_usd_", "Write \"max_cost_usd\"")]
    [InlineData("repositry", "/repositry", "\"repository\" is perhaps meant.")]
    [InlineData("a/b", "/a~1b", "Known are: id, title, description, repository, priority, max_cost_usd, phases.")]
    public async Task Submit_WhenAMemberOfTheFeatureIsUnknown_NamesTheNearestOne(string name, string pointer, string advice)
    {
        using HttpResponseMessage response = await host.PostAsync(Path, Feature("T", """{ "phase_number": 1, "title": "A" }""", $"\"{name}\": 5,"));

        JsonElement error = (await Answer.ProblemOf(response, 422, "invalid-plan")).GetProperty("errors")[0];
        Assert.Equal(pointer, error.GetProperty("pointer").GetString());
        Assert.Contains(advice, error.GetProperty("message").GetString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("attempts", "max_attempts")]
    [InlineData("requires_approval", "approval")]
    [InlineData("workflow", "workflow_type")]
    [InlineData("time_out_", "timeout")]
    [InlineData("estimated_hour", "estimated_hours")]
    public async Task Submit_WhenAMemberOfAPhaseIsUnknown_NamesTheNearestOne(string name, string known)
    {
        using HttpResponseMessage response = await host.PostAsync(
            Path, Feature("T", $$"""{ "phase_number": 1, "title": "A" }, { "phase_number": 2, "title": "B", "{{name}}": 5 }"""));

        JsonElement error = (await Answer.ProblemOf(response, 422, "invalid-plan")).GetProperty("errors")[0];
        Assert.Equal($"/phases/1/{name}", error.GetProperty("pointer").GetString());
        Assert.Contains($"\"{known}\"", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_WhenThereIsNoEndOfUnknownMembers_CutsTheListShort()
    {
        string members = string.Concat(Enumerable.Range(0, 50_000).Select(n => FormattableString.Invariant($"\"x{n}\": 1,")));
        using HttpResponseMessage response = await host.PostAsync(Path, Feature("T", """{ "phase_number": 1, "title": "A" }""", members));

        Assert.Equal(PlanValidator.MaxFaults, (await Answer.ProblemOf(response, 422, "invalid-plan")).GetProperty("errors").GetArrayLength());
    }

    [Fact]
    public async Task Submit_WhenTheBodyIsEmpty_SaysSo()
    {
        using HttpResponseMessage json = await host.PostAsync(Path, "");
        using HttpResponseMessage markdown = await host.PostMarkdownAsync(Path, "");

        Assert.Equal("The body is empty.", (await Answer.ProblemOf(json, 400, "malformed-body")).GetProperty("detail").GetString());
        Assert.Equal("The body is empty.", (await Answer.ProblemOf(markdown, 400, "malformed-body")).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Submit_WhenItIsAnswered_EndsTheLine()
    {
        using HttpResponseMessage done = await host.PostAsync(Path, Feature("Line", Phase(1)));
        using HttpResponseMessage refused = await host.PostAsync(Path, "{");

        Assert.EndsWith("}\n", await done.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.EndsWith("}\n", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("{", 1, 2)]
    [InlineData("{ \"title\":\n  oops }", 2, 3)]
    [InlineData("{} {}", 1, 4)]
    public async Task Submit_WhenTheJsonIsMalformed_TellsThePosition(string json, int line, int column)
    {
        using HttpResponseMessage response = await host.PostAsync(Path, json);

        JsonElement problem = await Answer.ProblemOf(response, 400, "malformed-body");
        Assert.Equal([$"malformed-json {line}:{column}"], Answer.ErrorsOf(problem));
    }

    [Fact]
    public async Task Submit_WhenTheBodyIsNotUtf8_IsRefused()
    {
        using var content = new ByteArrayContent([0x22, 0xff, 0x22]);
        content.Headers.ContentType = new("application/json");

        using HttpResponseMessage response = await host.Client.PostAsync(new Uri(Path, UriKind.Relative), content);

        await Answer.ProblemOf(response, 400, "malformed-body");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=latin1")]
    [InlineData(null)]
    public async Task Submit_WhenTheMediaTypeIsAnother_IsRefused(string? type)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Feature("T", Phase(1))));
        content.Headers.ContentType = type is null ? null : System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type);

        using HttpResponseMessage response = await host.Client.PostAsync(new Uri(Path, UriKind.Relative), content);

        JsonElement problem = await Answer.ProblemOf(response, 415, "unsupported-media-type");
        Assert.Contains("send Content-Type: application/json or Content-Type: text/markdown", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Submit_WhenTheBodyIsTooLarge_IsRefused(bool tellsItsLength)
    {
        string json = Feature(new string('x', 1024 * 1024), Phase(1));

        using HttpResponseMessage response = await host.SendAsync(HttpMethod.Post, Path, json, r => r.Headers.TransferEncodingChunked = !tellsItsLength);

        await Answer.ProblemOf(response, 413, "body-too-large");
    }

    [Fact]
    public async Task Submit_WhenTheIdIsTaken_IsRefused()
    {
        using HttpResponseMessage first = await host.PostAsync(Path, Feature("First", Phase(1), "\"id\": 900,"));
        using HttpResponseMessage second = await host.PostAsync(Path, Feature("Second", Phase(1), "\"id\": 900,"));

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        await Answer.ProblemOf(second, 409, "id-taken");
    }

    [Theory]
    [InlineData("", 201)]
    [InlineData("?execute=true", 202)]
    public async Task Submit_WhenTheIdempotencyKeyRepeats_AnswersAsTheFirstTime(string query, int status)
    {
        string json = Feature("Once", Phase(1));
        string key = "once" + query;

        using HttpResponseMessage first = await host.PostAsync(Path + query, json, key);
        using HttpResponseMessage second = await host.PostAsync(Path + query, json, key);

        int id = (await Answer.JsonOf(first, status)).GetProperty("id").GetInt32();
        Assert.Equal(id, (await Answer.JsonOf(second, status)).GetProperty("id").GetInt32());
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(status == 202 ? 1 : 0, host.RaisedFor(id));
    }

    [Fact]
    public async Task Submit_WhenTheIdempotencyKeyComesWithAnotherBody_IsRefused()
    {
        using HttpResponseMessage first = await host.PostAsync(Path, Feature("One", Phase(1)), "reused");
        using HttpResponseMessage second = await host.PostAsync(Path, Feature("Two", Phase(1)), "reused");

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        await Answer.ProblemOf(second, 409, "idempotency-key-reused");
    }

    [Fact]
    public async Task Submit_WhenTheIdempotencyKeyComesToExecuteWhatWasOnlyStored_IsRefused()
    {
        using HttpResponseMessage first = await host.PostAsync(Path, Feature("One", Phase(1)), "stored");
        using HttpResponseMessage second = await host.PostAsync(Path + "?execute=true", Feature("One", Phase(1)), "stored");

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        await Answer.ProblemOf(second, 409, "idempotency-key-reused");
    }

    [Fact]
    public async Task Submit_WhenTheIdempotencyKeyIsTooLong_IsRefused()
    {
        using HttpResponseMessage response = await host.PostAsync(Path, Feature("One", Phase(1)), new string('k', 256));

        await Answer.ProblemOf(response, 400, "invalid-body");
    }

    [Fact]
    public async Task Submit_WhenNothingLaunchesItsAgentsAndItIsToBeExecuted_StoresNothingAndNamesTheSetting()
    {
        using HttpResponseMessage response = await host.PostAsync(
            Path + "?execute=true", Feature("No agent", """{ "phase_number": 1, "title": "A", "workflow_type": "adw_x" }""", "\"id\": 901,"));

        JsonElement problem = await Answer.ProblemOf(response, 409, "agent-not-configured");
        Assert.Contains("adw_x of phase 1: set PhaseFlow__Agents__adw_x__Command or __Url, or name it in phaseflow.json. Set up are: external.", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Null(await host.Store.GetFeatureAsync(901, CancellationToken.None));
    }

    [Fact]
    public async Task Submit_WhenAParameterIsMisspelled_SaysWhichIsMeantAndStoresNothing()
    {
        using HttpResponseMessage response = await host.PostAsync(Path + "?exectue=true", Feature("Misspelled", Phase(1)));

        JsonElement problem = await Answer.ProblemOf(response, 400, "invalid-query");
        Assert.Equal("The parameter exectue is not known here. execute is perhaps meant.", problem.GetProperty("detail").GetString());
        JsonElement found = await host.GetAsync(Path + "?q=Misspelled");
        Assert.Equal(0, found.GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Submit_WhenThereAreNoPhasesToExecute_IsRefused()
    {
        using HttpResponseMessage response = await host.PostAsync(Path + "?execute=true", """{ "title": "T", "description": "D" }""");

        JsonElement problem = await Answer.ProblemOf(response, 422, "invalid-plan");
        Assert.Equal(["no-phases /phases"], Answer.ErrorsOf(problem));
    }

    [Fact]
    public async Task GenerateImplementation_WhenThereAreNoPhases_MakesThemOnce()
    {
        using HttpResponseMessage created = await host.PostAsync(Path, """{ "title": "Chat", "description": "Let people talk." }""");
        int id = (await Answer.JsonOf(created, 201)).GetProperty("id").GetInt32();

        using HttpResponseMessage first = await host.PostAsync($"{Path}/{id}/generate-implementation");
        using HttpResponseMessage second = await host.PostAsync($"{Path}/{id}/generate-implementation");

        Assert.Equal(5, (await Answer.JsonOf(first, 200)).GetProperty("total_phases").GetInt32());
        await Answer.ProblemOf(second, 409, "conflict");
        JsonElement shown = await host.GetAsync($"{Path}/{id}");
        Assert.Contains("> Let people talk.", shown.GetProperty("phases")[4].GetProperty("content").GetString(), StringComparison.Ordinal);
    }
}
