using System.Net.Http.Headers;
using System.Text.Json;

namespace PhaseFlow.Functions.Tests.Http;

/// <summary>Reads answers, and expects of each what the contract promises of all.</summary>
internal static class Answer
{
    /// <summary>The body of an answer that must have a status.</summary>
    public static async Task<JsonElement> JsonOf(HttpResponseMessage response, int status)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"Expected {status}, got {(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The problem of an answer, in the shape of RFC 9457.</summary>
    public static async Task<JsonElement> ProblemOf(HttpResponseMessage response, int status, string type)
    {
        JsonElement problem = await JsonOf(response, status);
        Assert.Equal(new MediaTypeHeaderValue("application/problem+json"), response.Content.Headers.ContentType);
        Assert.Equal($"urn:phaseflow:problem:{type}", problem.GetProperty("type").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEqual("", problem.GetProperty("title").GetString());
        Assert.NotEqual("", problem.GetProperty("detail").GetString());
        Assert.Equal(response.RequestMessage!.RequestUri!.AbsolutePath, problem.GetProperty("instance").GetString());
        return problem;
    }

    /// <summary>The codes of a problem's errors with their places.</summary>
    public static string[] ErrorsOf(JsonElement problem) =>
        [.. problem.GetProperty("errors").EnumerateArray().Select(e => $"{e.GetProperty("code").GetString()} {PlaceOf(e)}".TrimEnd())];

    private static string PlaceOf(JsonElement error) =>
        error.TryGetProperty("pointer", out JsonElement pointer) ? pointer.GetString()!
        : error.TryGetProperty("line", out JsonElement line) ? $"{line.GetInt32()}:{error.GetProperty("column").GetInt32()}"
        : error.TryGetProperty("parameter", out JsonElement parameter) ? parameter.GetString()! : "";
}
