using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PhaseFlow.Embedded.Cli.Runs;

/// <summary>What the API answered: a feature, or why not.</summary>
internal sealed record ApiAnswer(HttpStatusCode Status, int? FeatureId, ApiProblem? Problem);

/// <summary>The part of a problem that is shown.</summary>
internal sealed record ApiProblem(string? Title, string? Detail, IReadOnlyList<ApiFault>? Errors)
{
    /// <summary>One line per fault; those of a markdown file name the place as compilers do.</summary>
    public IEnumerable<string> Lines(string path) => Errors is { Count: > 0 }
        ? Errors.Select(e => e.Line is null ? $"{path}: {e.Message}" : string.Create(CultureInfo.InvariantCulture, $"{path}:{e.Line}:{e.Column ?? 1}: {e.Message}"))
        : [$"{path}: {Detail ?? Title ?? "refused"}"];
}

/// <summary>One fault of a submitted plan.</summary>
internal sealed record ApiFault(string Message, int? Line, int? Column);

/// <summary>Talks to the API of the host in this process, as any other client would: what holds there holds here.</summary>
internal sealed class OwnApi : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly HttpClient _http;

    /// <summary>Where the host listens, without a slash at the end.</summary>
    public string Url => _http.BaseAddress!.GetLeftPart(UriPartial.Authority);

    /// <param name="url">Where the host listens.</param>
    /// <param name="key">The operator key, where one is set.</param>
    public OwnApi(string url, string? key)
    {
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(url) };
        if (!string.IsNullOrEmpty(key))
        {
            _http.DefaultRequestHeaders.Add("x-functions-key", key);
        }
    }

    /// <summary>Stores and starts a feature; the same text under the same key finds the one that was stored.</summary>
    public async Task<ApiAnswer> SubmitAsync(string markdown, string idempotencyKey, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/planned-features?execute=true&default_workflow=shell")
        {
            Content = new StringContent(markdown, Encoding.UTF8, "text/markdown"),
        };
        request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await SendAsync(request, cancellation);
    }

    /// <summary>Sends a command (<c>execute</c>, <c>retry</c>) to a feature.</summary>
    public async Task<ApiAnswer> CommandAsync(int featureId, string command, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"/api/v1/planned-features/{featureId}/{command}"));
        return await SendAsync(request, cancellation);
    }

    public void Dispose() => _http.Dispose();

    private async Task<ApiAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await _http.SendAsync(request, cancellation);
        if (response.IsSuccessStatusCode)
        {
            StoredId? stored = await response.Content.ReadFromJsonAsync<StoredId>(Json, cancellation);
            return new ApiAnswer(response.StatusCode, stored?.Id, Problem: null);
        }

        bool isProblem = response.Content.Headers.ContentType?.MediaType == "application/problem+json";
        return new ApiAnswer(
            response.StatusCode,
            FeatureId: null,
            isProblem ? await response.Content.ReadFromJsonAsync<ApiProblem>(Json, cancellation) : new ApiProblem(response.ReasonPhrase, Detail: null, Errors: null));
    }

    private sealed record StoredId([property: JsonRequired] int Id);
}
