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
        Assert.Equal("waits for an answer: Which port? …", (string?)asks["wait_reason"]);
        Assert.NotNull((string?)asks["timeout_at"]);
        Assert.True(await HoldsSlotAsync(feature));
        Assert.Equal(("waiting", 1, null), await AskAsync(agent, "Which port?\nThe old one is taken."));

        JsonNode row = (await AnswerAsync(feature, """{"answer": "8080", "question": 1}""")).Expect(HttpStatusCode.Accepted).Json;

        Assert.Equal(("running", "8080"), ((string?)row["status"], (string?)row["question"]!["answer"]));
        Assert.Equal(("answered", 1, "8080"), await AskAsync(agent, "Which port?\nThe old one is taken."));
        Assert.Equal("conflict", (await AnswerAsync(feature, """{"answer": "8081", "question": 1}""")).Problem);
        Assert.Equal("accepted", await Api.ReportAsync(agent, "completed"));
        Assert.Equal("8080", (string?)Phase(await UntilAsync(feature, "completed"), 1)["question"]!["answer"]);
    }

    [Fact]
    public async Task Question_WhenAnotherIsOpen_IsRefusedAndAnAnswerNamesWhatItAnswers()
    {
        int feature = await StartAsync("two questions", new ContractPhase(1));
        JsonNode agent = await AgentAsync(feature, 1);
        await AskAsync(agent, "First?");
        Assert.Equal("question-open", (await Api.SendAsync(SignedReport.QuestionOf(agent, "Second?").ToRequest())).Problem);
        SignedReport underTheSameId = SignedReport.QuestionOf(agent, "Second?") with { Id = SignedReport.QuestionOf(agent, "First?").Id };
        Assert.Equal("conflict", (await Api.SendAsync(underTheSameId.ToRequest())).Problem);
        (await AnswerAsync(feature, """{"answer": "yes", "question": 1}""")).Expect(HttpStatusCode.Accepted);

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
        Assert.Equal(("waiting", 2, null), await AskAsync(agent, "Which port?"));
        Assert.Equal("conflict", (await AnswerAsync(feature, """{"answer": "8080", "question": 1}""")).Problem);
    }

    [Fact]
    public async Task Question_WhenItIsAskedAgainAfterItsAnswer_IsAnotherUnlessItIsTheSameDelivery()
    {
        int feature = await StartAsync("the same words", new ContractPhase(1));
        JsonNode agent = await AgentAsync(feature, 1);
        await AskAsync(agent, "Go on?");
        (await AnswerAsync(feature, """{"answer": "yes", "question": 1}""")).Expect(HttpStatusCode.Accepted);
        Assert.Equal(("answered", 1, "yes"), await AskAsync(agent, "Go on?"));

        ApiAnswer again = await Api.SendAsync((SignedReport.QuestionOf(agent, "Go on?") with { Id = "another" }).ToRequest());

        Assert.Equal(("waiting", 2), ((string?)again.Expect(HttpStatusCode.OK).Json["status"], (int)again.Json["number"]!));
    }

    [Fact]
    public async Task Answer_WhenTwoComeAtOnce_OneIsAcceptedAndHeard()
    {
        int feature = await StartAsync("two answers", new ContractPhase(1));
        JsonNode agent = await AgentAsync(feature, 1);
        for (int question = 1; question <= 5; question++)
        {
            string text = $"Question {question}?";
            Assert.Equal(("waiting", question, null), await AskAsync(agent, text));

            ApiAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => AnswerAsync(feature, $$"""{"answer": "{{i}}", "question": {{question}}}""")));

            int accepted = Assert.Single(Enumerable.Range(0, 6), i => answers[i].Status == HttpStatusCode.Accepted);
            Assert.All(answers.Where((_, i) => i != accepted), a => Assert.Equal("conflict", a.Problem));
            Assert.Equal(("answered", question, $"{accepted}"), await AskAsync(agent, text));
        }
    }

    [Fact]
    public async Task Question_WhenAnotherWasAskedSince_StillHasItsAnswer()
    {
        int feature = await StartAsync("question of before", new ContractPhase(1));
        JsonNode agent = await AgentAsync(feature, 1);
        await AskAsync(agent, "First?");
        (await AnswerAsync(feature, """{"answer": "one", "question": 1}""")).Expect(HttpStatusCode.Accepted);
        await AskAsync(agent, "Second?");

        Assert.Equal(("answered", 1, "one"), await AskAsync(agent, "First?"));
        (await AnswerAsync(feature, """{"answer": "two", "question": 2}""")).Expect(HttpStatusCode.Accepted);
        Assert.Equal(("answered", 1, "one"), await AskAsync(agent, "First?"));
        Assert.Equal(("answered", 2, "two"), await AskAsync(agent, "Second?"));
        Assert.Equal("running", StatusOf(await UntilAsync(feature, f => StatusOf(f, 1) == "running"), 1));
    }

    [Fact]
    public async Task Question_WhenSeveralAreAskedAtOnce_OneIsTaken()
    {
        int feature = await StartAsync("questions at once", new ContractPhase(1));
        JsonNode agent = await AgentAsync(feature, 1);
        await UntilAsync(feature, f => StatusOf(f, 1) == "running");

        ApiAnswer[] asked = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Api.SendAsync(SignedReport.QuestionOf(agent, $"Question {i}?").ToRequest())));

        ApiAnswer taken = Assert.Single(asked, a => a.Status == HttpStatusCode.OK);
        Assert.All(asked.Where(a => a != taken), a => Assert.Equal("question-open", a.Problem));
    }

    [Theory]
    [InlineData("{}", HttpStatusCode.BadRequest)]
    [InlineData("""{"question": 1, "answer": " \u200b"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"question": 1, "answer": 8080}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"question": 1, "anwser": "8080"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"answer": "8080"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"question": 1, "answer": "8080"}""", HttpStatusCode.Conflict)]
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
