using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace PhaseFlow.Functions.Http;

/// <summary>The contract of this API, as it stands in <c>docs/openapi.json</c>.</summary>
public static class OpenApiDocument
{
    public const string Resource = "openapi.json";

    private static EmbeddedAsset Document => EmbeddedAsset.Find(Resource)
        ?? throw new InvalidOperationException($"{Resource} is not built into the app.");

    [Function("GetOpenApi")]
    public static IResult Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "openapi.json")] HttpRequest request) => Document;

    [Function("GetOpenApiUnderApi")]
    public static IResult GetUnderApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/openapi.json")] HttpRequest request) => Document;
}
