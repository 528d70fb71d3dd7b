using System.Text.Json;
using System.Text.RegularExpressions;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Tests.Http;

/// <summary>The written contract and the functions must say the same.</summary>
public sealed partial class ContractTests
{
    private static readonly JsonElement Document = JsonDocument.Parse(EmbeddedAsset.Find(OpenApiDocument.Resource)!.Content).RootElement;

    private static FunctionCatalog Catalog { get; } = FunctionCatalog.From(typeof(HttpHost).Assembly);

    [Fact]
    public void Document_WhenComparedWithTheFunctions_HasTheSameOperations()
    {
        IEnumerable<string> written = Document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject(), (path, operation) => $"{operation.Name} {path.Name} {operation.Value.GetProperty("operationId").GetString()}");

        IEnumerable<string> built = Catalog.Http.SelectMany(f => f.Methods.Where(m => m != "head"), (f, method) => $"{method} /{CatchAll().Replace(Optional().Replace(f.Route, ""), "{$1}")} {f.Name}");

        Assert.Equal(built.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    /// <summary>As HTTP asks for it; the document does not repeat it for each.</summary>
    [Fact]
    public void Functions_WhenTheyTakeGet_TakeHeadAsWell() =>
        Assert.All(Catalog.Http, f => Assert.Equal(f.Methods.Contains("get"), f.Methods.Contains("head")));

    [Fact]
    public void Document_WhenAnOperationNeedsNoKey_SaysSo()
    {
        IEnumerable<string> open = Document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject())
            .Where(o => o.Value.GetProperty("security").GetArrayLength() == 0)
            .Select(o => o.Value.GetProperty("operationId").GetString()!);

        IEnumerable<string> anonymous = Catalog.Http.Where(f => f.AuthLevel == Microsoft.Azure.Functions.Worker.AuthorizationLevel.Anonymous).Select(f => f.Name);

        Assert.Equal(anonymous.Order(StringComparer.Ordinal), open.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Document_WhenItRefers_RefersToWhatIsThere()
    {
        foreach (Match reference in Reference().Matches(Document.GetRawText()))
        {
            JsonElement at = Document;
            foreach (string step in reference.Groups[1].Value.Split('/'))
            {
                Assert.True(at.TryGetProperty(step, out at), reference.Value);
            }
        }
    }

    [Theory]
    [InlineData(typeof(Functions.Queue.QueueRow), "QueueRow")]
    [InlineData(typeof(Functions.Features.FeatureResponse), "Feature")]
    [InlineData(typeof(Functions.Features.AttemptResponse), "Attempt")]
    [InlineData(typeof(Functions.Queue.OutputResponse), "Output")]
    [InlineData(typeof(Functions.Features.PlanResponse), "Plan")]
    [InlineData(typeof(Functions.Features.PlannedPhase), "PlannedPhase")]
    [InlineData(typeof(Functions.Slots.SlotsResponse), "Slots")]
    [InlineData(typeof(Functions.Feed.EventsResponse), "Events")]
    public void Document_WhenItDescribesAnAnswer_HasItsMembers(Type type, string schema)
    {
        IEnumerable<string> written = Document.GetProperty("components").GetProperty("schemas").GetProperty(schema).GetProperty("properties")
            .EnumerateObject().Select(p => p.Name);

        IEnumerable<string> built = type.GetProperties().Where(p => p.GetMethod!.IsStatic == false).Select(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name));

        Assert.Equal(built.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    // "{nothing:maxlength(0)?}" is nothing.
    [GeneratedRegex(@"\{[^}]*\?\}")]
    private static partial Regex Optional();

    // "{*path:regex(…)}" is any path but some.
    [GeneratedRegex(@"\{\*(\w+):.*\}$")]
    private static partial Regex CatchAll();

    [GeneratedRegex("\"\\$ref\": *\"#/([^\"]+)\"")]
    private static partial Regex Reference();
}
