using System.Net;
using System.Text.Json.Nodes;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Contract;

/// <summary>An agent asks a person, on any host.</summary>
public sealed class QuestionContractTests(ContractHost host) : ContractTests(host)
{
    [Fact]
    public async Task Question_WhenItIsAnswered_LetsTheAgentGoOn()
    {
        int feature = await StartAsync("question", new ContractPhase(1));
        JsonNode agent = await AgentAsync(feature, 1);

        Assert.Equal(("waiting", 1, null), await AskAsync(agent, "Which port?\nThe old one is taken."));

        JsonNode asks = Phase(await UntilAsync(feature, f => StatusOf(f, 1) == "awaiting_answer"), 1);
        Assert.Equal("Which port?\nThe old one is taken.", (string?)asks["question"]!["text"]);
        Assert.Equal("waits for an answer: Which port?", (string?)asks["wait_reason"]);
        Assert.NotNull((string?)asks["timeout_at"]);
        Assert.True(await HoldsSlotAsync(feature));
        Assert.Equal(("waiting", 1, null), await AskAsync(agent, "Which port?\nThe old one is taken."));

        JsonNode row = (await AnswerAsync(feature, """{"answer": "8080", "question": 1}""")).Expect(HttpStatusCode.Accepted).Json;

        Assert.Equal(("running", "8080"), ((string?)row["status"], (string?)row["question"]!["answer"]));
        Assert.Equal(("answered", 1, "8080"), await AskAsync(agent, "Which port?\nThe old one is taken."));
        Assert.Equal("conflict", (await AnswerAsync(feature, """{"answer": "8081"}""")).Problem);
        Assert.Equal("accepted", await Api.ReportAsync(agent, "completed"));
        Assert.Equal("8080", (string?)Phase(await UntilAsync(feature, "completed"), 1)["question"]!["answer"]);
    }

    [Fact]
    public async Task Question_WhenAnotherIsOpen_IsRefusedAndAnAnswerNamesWhatItAnswers()
    {
        int feature = await StartAsync("two questions", new ContractPhase(1));
        JsonNode agent = await AgentAsync(feature, 1);
        await AskAsync(agent, "First?");
        Assert.Equal("conflict", (await Api.SendAsync(SignedReport.QuestionOf(agent, "Second?").ToRequest())).Problem);
        (await AnswerAsync(feature, """{"answer": "yes"}""")).Expect(HttpStatusCode.Accepted);

        Assert.Equal(("waiting", 2, null), await AskAsync(agent, "Second?"));

        Assert.Equal("conflict", (await AnswerAsync(feature, """{"answer": "yes", "question": 1}""")).Problem);
        (await AnswerAsync(feature, """{"answer": "no", "question": 2}""")).Expect(HttpStatusCode.Accepted);
        Assert.Equal(("answered", 2, "no"), await AskAsync(agent, "Second?"));
    }

    [Fact]
    public async Task Question_WhenTheNextAttemptIsMade_IsGoneWithItsOwn()
    {
        int feature = await StartAsync("question of a past attempt", new ContractPhase(1) { MaxAttempts = 2 });
        JsonNode late = await AgentAsync(feature, 1);
        await AskAsync(late, "Which port?");
        Assert.Equal("accepted", await Api.ReportAsync(late, "failed"));
        JsonNode agent = await AgentAsync(feature, 1);

        Assert.Equal("conflict", (await Api.SendAsync(SignedReport.QuestionOf(late, "Which port?").ToRequest())).Problem);

        Assert.Null(Phase(await Api.FeatureAsync(feature), 1)["question"]);
        Assert.Equal(("waiting", 1, null), await AskAsync(agent, "Which port?"));
    }

    [Theory]
    [InlineData("{}", HttpStatusCode.BadRequest)]
    [InlineData("""{"answer": " "}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"answer": 8080}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"anwser": "8080"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"answer": "8080"}""", HttpStatusCode.Conflict)]
    public async Task Answer_WhenItIsNoneOrNothingIsAsked_IsRefused(string body, HttpStatusCode status)
    {
        int feature = await StartAsync("bad answer", new ContractPhase(1));
        await AgentAsync(feature, 1);

        (await AnswerAsync(feature, body)).Expect(status);
    }

    [Fact]
    public async Task Question_WhenItIsNoneOrNotSigned_IsRefusedAndChangesNothing()
    {
        int feature = await StartAsync("bad question", new ContractPhase(1));
        JsonNode agent = await AgentAsync(feature, 1);
        using HttpRequestMessage unsigned = new(HttpMethod.Post, $"/api/v1/queue/{QueueId(feature, 1)}/ask") { Content = new StringContent("""{"adw_id": "x", "question": "?"}""") };
        SignedReport forged = SignedReport.QuestionOf(agent, "Which port?") with { Secret = new byte[32] };

        (await Api.SendAsync(unsigned)).Expect(HttpStatusCode.Unauthorized);
        (await Api.SendAsync(forged.ToRequest())).Expect(HttpStatusCode.Unauthorized);
        (await Api.SendAsync(SignedReport.QuestionOf(agent, "\n").ToRequest())).Expect(HttpStatusCode.BadRequest);
        (await Api.SendAsync(SignedReport.QuestionOf(agent, new string('?', 4001)).ToRequest())).Expect(HttpStatusCode.BadRequest);

        Assert.Equal("running", StatusOf(await Api.FeatureAsync(feature), 1));
    }

    private async Task<(string?, int, string?)> AskAsync(JsonNode agent, string question)
    {
        JsonNode answer = (await Api.SendAsync(SignedReport.QuestionOf(agent, question).ToRequest())).Expect(HttpStatusCode.OK).Json;
        return ((string?)answer["status"], (int)answer["number"]!, (string?)answer["answer"]);
    }

    private Task<ApiAnswer> AnswerAsync(int feature, string body) => Api.SendAsync(HttpMethod.Post, $"/api/v1/queue/{QueueId(feature, 1)}/answer", body);
}
