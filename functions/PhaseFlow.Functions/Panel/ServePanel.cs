using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Panel;

/// <summary>The web panel, which is built into the app. It holds no data: what it shows it asks of the API.</summary>
public static class ServePanel
{
    private const string Prefix = "Panel/";

    // The root of the site: a route that must match nothing, because an empty one would take the function's name.
    [Function("ServePanel")]
    public static IResult Index([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "{nothing:maxlength(0)?}")] HttpRequest request) => Asset("index.html");

    [Function("ServePanelAsset")]
    public static IResult Asset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "assets/{name}")] HttpRequest request, string name) => Asset(name);

    private static IResult Asset(string name) => (IResult?)EmbeddedAsset.Find(Prefix + name) ?? Problems.NotFound("There is no such file.");
}
