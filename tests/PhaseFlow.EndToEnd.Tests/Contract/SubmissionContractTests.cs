using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Contract;

/// <summary>Features as they are given to any host.</summary>
public sealed class SubmissionContractTests(ContractHost host) : ContractTests(host)
{
    [Fact]
    public async Task Submit_WhenTheGraphIsWrong_NamesEveryFault()
    {
        JsonObject plan = Plan("faults", new(1, 2), new(2, 1), new(3, 9), new(4, 4), new(4));

        ApiAnswer answer = await Api.SendAsync(HttpMethod.Post, "/api/v1/planned-features", plan.ToJsonString());

        JsonArray errors = answer.Expect(HttpStatusCode.UnprocessableEntity).Json["errors"]!.AsArray();
        Assert.True(answer.IsProblem);
        Assert.Equal(
            ["cycle", "duplicate-number", "missing-dependency", "self-dependency"],
            errors.Select(e => (string)e!["code"]!).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Submit_WhenItIsNoJson_SaysWhere()
    {
        ApiAnswer answer = await Api.SendAsync(HttpMethod.Post, "/api/v1/planned-features", """{"title": oops}""");

        Assert.True(answer.Expect(HttpStatusCode.BadRequest).IsProblem);
    }

    [Fact]
    public async Task Submit_WhenItIsTooLarge_IsRefused()
    {
        JsonObject plan = Plan("too large", new ContractPhase(1));
        plan["description"] = new string('x', 1 << 20);

        ApiAnswer answer = await Api.SendAsync(HttpMethod.Post, "/api/v1/planned-features", plan.ToJsonString());

        Assert.True(answer.Expect(HttpStatusCode.RequestEntityTooLarge).IsProblem);
    }

    [Fact]
    public async Task Submit_WhenItsKeyIsRepeated_MakesOneFeature()
    {
        JsonObject plan = Plan("repeated submission", new ContractPhase(1));
        string key = $"contract-{Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8))}";

        int first = Keep((await SubmitAsync(plan, key)).Expect(HttpStatusCode.Created));
        JsonNode again = (await SubmitAsync(plan, key)).Json;
        plan["title"] = $"{ContractHost.Title}: another";
        ApiAnswer other = await SubmitAsync(plan, key);

        Assert.Equal(first, (int)again["id"]!);
        other.Expect(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Submit_WhenItIsMarkdown_IsReadAlike()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/planned-features")
        {
            Content = new StringContent($"# {ContractHost.Title}: markdown\n\n## Phase 1: First\n\nDo it.\n\n## Phase 2: Second\n\nDo more.\n", Encoding.UTF8, "text/markdown"),
        };

        ApiAnswer answer = await Api.SendAsync(request);
        JsonNode feature = await Api.FeatureAsync(Keep(answer.Expect(HttpStatusCode.Created)));

        Assert.Equal(("planned", 2), ((string)feature["status"]!, (int)feature["total_phases"]!));
        Assert.Equal([1], Phase(feature, 2)["depends_on"]!.AsArray().Select(n => (int)n!));
    }

    private Task<ApiAnswer> SubmitAsync(JsonObject plan, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/planned-features") { Content = new StringContent(plan.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", key);
        return Api.SendAsync(request);
    }
}
