using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Hosting;

/// <summary>An answer of the HTTP contract, whatever its status.</summary>
internal sealed record ApiAnswer(HttpStatusCode Status, string? MediaType, string Text)
{
    public int Code => (int)Status;

    public bool IsProblem => MediaType == "application/problem+json";

    /// <summary>The word at the end of a problem's type.</summary>
    public string? Problem => IsProblem ? ((string?)Json["type"])?.Split(':')[^1] : null;

    public JsonNode Json => JsonNode.Parse(Text)!;

    public static async Task<ApiAnswer> OfAsync(HttpResponseMessage response) =>
        new(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());

    /// <summary>This answer, where it has the expected status; otherwise the test ends with what was said.</summary>
    public ApiAnswer Expect(HttpStatusCode expected)
    {
        Assert.True(Status == expected, $"{(int)expected} was expected, {Code} came: {Text}");
        return this;
    }

    public override string ToString() => $"{Code} {MediaType} {Text}";
}
