using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Panel;

/// <summary>The web panel, which is built into the app. It holds no data: what it shows it asks of the API.</summary>
public static class ServePanel
{
    // The root of the site: a route that must match nothing, because an empty one would take the function's name.
    [Function("ServePanel")]
    public static IResult Index([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "{nothing:maxlength(0)?}")] HttpRequest request) =>
        new PanelAnswer(PanelFiles.Index, 0);

    [Function("ServePanelAsset")]
    public static IResult Asset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "assets/{name}")] HttpRequest request, string name) =>
        PanelFiles.Find($"assets/{name}") is { } file ? new PanelAnswer(file, 0) : Problems.NotFound("There is no such file.");

    /// <summary>
    /// Every other path that is none of the API: the page, so that an address that was mistyped or outlived its page leads somewhere. What is asked for as a
    /// file is that file or none.
    /// </summary>
    [Function("ServePanelPage")]
    public static IResult AnyPath(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = @"{*path:regex(^(?!(api|assets|workflow-complete|openapi\.json)(/|$)))}")] HttpRequest request,
        string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return PanelFiles.Find(path) is { } file ? new PanelAnswer(file, 0)
            : Path.HasExtension(path) ? Problems.NotFound("There is no such file.")
            : new PanelAnswer(PanelFiles.Index, path.Count(c => c == '/'));
    }

    private sealed class PanelAnswer(PanelFile file, int depth) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => depth == 0 ? file.WriteAsync(httpContext) : file.WriteAsync(httpContext, depth);
    }
}
