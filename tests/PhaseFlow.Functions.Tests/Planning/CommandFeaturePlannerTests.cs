using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Functions.Tests.Planning;

public sealed class CommandFeaturePlannerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Generate_WhenACommandPlans_TakesItsPhases()
    {
        string read = Path.Combine(_folder.Path, "read.md");
        (HttpStatusCode status, JsonElement answer) = await GenerateAsync(
            $"cat > '{read}'; printf '## Phase 1: A\\n\\nDo A.\\n\\n## Phase 2: B\\n\\nDo B.\\n'; env > '{read}.env'");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(["A", "B"], answer.GetProperty("phases").EnumerateArray().Select(p => p.GetProperty("title").GetString()));
        Assert.Equal([1], answer.GetProperty("phases")[1].GetProperty("depends_on").EnumerateArray().Select(d => d.GetInt32()));
        Assert.Equal("# Search\n\nFind everything.\n", File.ReadAllText(read));
        Assert.DoesNotContain("PhaseFlow__", File.ReadAllText($"{read}.env"), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("echo 'no ideas' >&2; exit 3", "exit code 3: no ideas")]
    [InlineData("echo 'Some prose.'", "cannot be read")]
    public async Task Generate_WhenTheCommandMakesNoPhases_SaysWhyAndChangesNothing(string command, string reason)
    {
        (HttpStatusCode status, JsonElement answer) = await GenerateAsync(command);

        Assert.Equal(HttpStatusCode.BadGateway, status);
        Assert.Equal("urn:phaseflow:problem:planner-failed", answer.GetProperty("type").GetString());
        Assert.Contains(reason, answer.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, JsonElement Answer)> GenerateAsync(string command)
    {
        await using EmbeddedHost host = await EmbeddedHost.StartAsync(
            new HostSettings
            {
                DataFolder = Path.Combine(_folder.Path, "data"),
                Port = 0,
                Overrides = new Dictionary<string, string?> { ["PhaseFlow:Planner:Command"] = command },
            },
            CancellationToken.None);
        using var http = new HttpClient { BaseAddress = new Uri(host.Url) };
        using HttpResponseMessage created = await http.PostAsJsonAsync(
            "/api/v1/planned-features", new { title = "Search", description = "Find everything." });
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using HttpResponseMessage generated = await http.PostAsync(new Uri("/api/v1/planned-features/1/generate-implementation", UriKind.Relative), null);
        return (generated.StatusCode, await generated.Content.ReadFromJsonAsync<JsonElement>());
    }
}
