using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Serving;

/// <summary>Persons who decide at the same moment: one of them is told that it counts, and it does.</summary>
public sealed class RaceTests : IDisposable
{
    private const int Phases = 40;

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Decide_WhenOneApprovesAndAnotherDenies_TheOneThatIsAcceptedCounts()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        var plan = new JsonObject
        {
            ["title"] = "Decide",
            ["phases"] = new JsonArray([.. Enumerable.Range(1, Phases).Select(n => new JsonObject { ["phase_number"] = n, ["title"] = "One", ["approval"] = "required" })]),
        };
        (await api.SendAsync(HttpMethod.Post, "/api/v1/planned-features?execute=true", plan.ToJsonString())).Expect(HttpStatusCode.Accepted);
        await api.UntilAsync(a => a.FeatureAsync(1), f => f["phases"]!.AsArray().All(p => (string)p!["status"]! == "awaiting_approval"));

        var approved = new List<bool>();
        for (int phase = 1; phase <= Phases; phase++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"/api/v1/queue/queue-1-{phase}");
            bool[] accepted = await Task.WhenAll(Accepts(api, $"{id}/approve", "{}"), Accepts(api, $"{id}/deny", "{}"));
            Assert.Single(accepted, true);
            approved.Add(accepted[0]);
        }

        JsonNode decided = await api.UntilAsync(a => a.FeatureAsync(1), f => f["phases"]!.AsArray().All(p => (string)p!["status"]! != "awaiting_approval"));
        Assert.Equal(approved, decided["phases"]!.AsArray().Select(p => (string)p!["status"]! != "failed"));
    }

    [Fact]
    public async Task Answer_WhenSeveralAnswerAtOnce_TheAgentHearsTheOneThatIsAccepted()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        await api.SubmitExternalAsync("Asks", phases: 1);
        JsonNode agent = await api.AgentAsync("queue-1-1");

        for (int number = 1; number <= Phases; number++)
        {
            SignedReport question = SignedReport.QuestionOf(agent, $"Question {number}?");
            await AskAsync(api, question);
            bool[] accepted = await Task.WhenAll(
                Enumerable.Range(0, 3).Select(n => Accepts(api, "/api/v1/queue/queue-1-1/answer", $$"""{ "question": {{number}}, "answer": "Answer {{n}}." }""")));

            Assert.Single(accepted, true);
            Assert.Equal($"Answer {Array.IndexOf(accepted, true)}.", (string?)(await AskAsync(api, question))["answer"]);
        }
    }

    [Fact]
    public async Task Enqueue_WhenTheFeatureIsCancelledAtTheSameMoment_AddsThePhaseOrSaysThatItDoesNot()
    {
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, "serve", "--port", "0");
        using var api = new ApiClient(await serve.UrlAsync());
        for (int feature = 1; feature <= Phases; feature++)
        {
            await api.SubmitExternalAsync("Grows", phases: 1);
            string cancel = string.Create(CultureInfo.InvariantCulture, $"/api/v1/planned-features/{feature}/cancel");
            bool[] accepted = await Task.WhenAll(
                Accepts(api, cancel, "{}"),
                Accepts(api, "/api/v1/queue/enqueue", $$"""{ "feature_id": {{feature}}, "phase_number": 2, "title": "Two", "workflow_type": "external" }"""));

            Assert.True(accepted[0]);
            int number = feature;
            JsonNode settled = await api.UntilAsync(a => a.FeatureAsync(number), f => (string)f["status"]! == "cancelled");
            Assert.Equal(accepted[1] ? [1, 2] : [1], settled["phases"]!.AsArray().Select(p => (int)p!["phase_number"]!));
        }
    }

    private static async Task<JsonNode> AskAsync(ApiClient api, SignedReport question)
    {
        using HttpRequestMessage request = question.ToRequest();
        return (await api.SendAsync(request)).Expect(HttpStatusCode.OK).Json;
    }

    private static async Task<bool> Accepts(ApiClient api, string path, string body)
    {
        HttpStatusCode status = (await api.SendAsync(HttpMethod.Post, path, body)).Status;
        Assert.True(status is HttpStatusCode.Accepted or HttpStatusCode.Conflict, $"{path}: {status}");
        return status == HttpStatusCode.Accepted;
    }
}
