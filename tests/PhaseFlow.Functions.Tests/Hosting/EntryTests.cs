using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using PhaseFlow.Embedded.Engine.Catalog;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Tests.Http;

namespace PhaseFlow.Functions.Tests.Hosting;

/// <summary>Who may call what: written in the attributes for Azure, and kept by the embedded host.</summary>
public sealed partial class EntryTests
{
    private static FunctionCatalog Catalog { get; } = FunctionCatalog.From(typeof(HttpHost).Assembly);

    [Fact]
    public void Functions_WhenTheyNeedNoKey_AreSignedOrTellNothing()
    {
        Assert.Equal(
            [
                "AskQuestion", "CompleteWorkflow", "Heartbeat", // signed by the agent
                "GetLive", "GetOpenApi", "GetOpenApiUnderApi", "GetReady",
                "ServePanel", "ServePanelAsset", "ServePanelPage", // the panel asks for the key itself
            ],
            Catalog.Http.Where(f => f.AuthLevel == AuthorizationLevel.Anonymous).Select(f => f.Name).Order(StringComparer.Ordinal).OrderBy(Group));
        Assert.All(Catalog.Http.Where(f => f.AuthLevel != AuthorizationLevel.Anonymous), f => Assert.Equal(AuthorizationLevel.Function, f.AuthLevel));
        Assert.All(Catalog.Http.Where(f => f.AuthLevel == AuthorizationLevel.Anonymous && Group(f.Name) != 0), f => Assert.Equal(["get", "head"], f.Methods));
    }

    [Fact]
    public async Task Routes_WhenNoKeyIsGiven_AnswerOperatorsNothing()
    {
        var locked = new HttpTestHost { Options = new HttpHostOptions { Port = 0, Key = "s3cret" } };
        await locked.InitializeAsync();
        try
        {
            foreach (HttpFunction function in Catalog.Http)
            {
                string path = "/" + Parameter().Replace(function.Route, "1");
                foreach (string method in function.Methods)
                {
                    using HttpResponseMessage response = await locked.SendAsync(new HttpMethod(method), path);
                    string body = await response.Content.ReadAsStringAsync();
                    bool isClosed = response.StatusCode == HttpStatusCode.Unauthorized
                        && (method == "head" || body.Contains("urn:phaseflow:problem:key-required", StringComparison.Ordinal));
                    Assert.True(isClosed == (function.AuthLevel == AuthorizationLevel.Function), $"{method} {path}: {response.StatusCode}");
                }
            }

            foreach (string signed in (string[])["/workflow-complete", "/api/v1/queue/queue-1-1/heartbeat"])
            {
                using HttpResponseMessage unsigned = await locked.PostAsync(signed, "{}");
                await Answer.ProblemOf(unsigned, 401, "invalid-signature");
            }
        }
        finally
        {
            await locked.DisposeAsync();
        }
    }

    private static int Group(string name) => name is "AskQuestion" or "CompleteWorkflow" or "Heartbeat" ? 0 : name.StartsWith("Get", StringComparison.Ordinal) ? 1 : 2;

    [GeneratedRegex(@"\{[^}]*\}+")]
    private static partial Regex Parameter();
}
