using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Panel;

/// <summary>The real program with its panel open in a real browser.</summary>
internal sealed class PanelSession : IAsyncDisposable
{
    // Evidence that something hangs, not a measure of speed.
    private const float Patience = 60_000;

    private readonly DataFolder _folder;
    private readonly Dictionary<string, string> _settings;
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private IBrowserContext? _context;

    private PanelSession(DataFolder folder, Dictionary<string, string> settings, PhaseFlowProcess host, string url)
    {
        _folder = folder;
        _settings = settings;
        Host = host;
        Url = url;
        Api = new ApiClient(url);
    }

    public PhaseFlowProcess Host { get; private set; }

    public string Url { get; }

    public ApiClient Api { get; }

    public IPage Page { get; private set; } = null!;

    /// <summary>What the page complained of: a script that failed, or something that its headers forbid.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    public static async Task<PanelSession> StartAsync(Dictionary<string, string>? settings = null)
    {
        var folder = new DataFolder();
        settings ??= [];
        PhaseFlowProcess host = PhaseFlowProcess.Start(folder, settings, "serve", "--port", "0", "--allow-shell");
        return new PanelSession(folder, settings, host, await host.UrlAsync());
    }

    /// <summary>Starts the program, and opens a place of the panel.</summary>
    public static async Task<PanelSession> StartAsync(PanelBrowser browser, string place = "#/")
    {
        PanelSession session = await StartAsync();
        await session.OpenAsync(browser, place);
        return session;
    }

    /// <summary>Opens a place of the panel in a new profile of the browser.</summary>
    public async Task OpenAsync(PanelBrowser browser, string place = "#/", int width = 1280, int height = 720, ColorScheme scheme = ColorScheme.Light)
    {
        if (_context is not null)
        {
            await _context.DisposeAsync();
        }

        _context = await browser.ContextAsync(width, height, scheme);
        _context.SetDefaultTimeout(Patience);
        Assertions.SetDefaultExpectTimeout(Patience);
        Page = await _context.NewPageAsync();
        Page.PageError += (_, fault) => _faults.Enqueue(fault);
        Page.Console += (_, message) =>
        {
            // A connection that is refused is told here as well; the journeys that cut it expect that.
            if (message.Type == "error" && !message.Text.Contains("Failed to load resource", StringComparison.Ordinal)
                && !message.Text.Contains("ERR_", StringComparison.Ordinal))
            {
                _faults.Enqueue(message.Text);
            }
        };
        await Page.GotoAsync($"{Url}/{place}");
    }

    /// <summary>Ends the program as <c>kill -9</c> does, or starts it again where it listened before.</summary>
    public Task KillAsync() => Host.KillAsync();

    public async Task RestartAsync()
    {
        await Host.DisposeAsync();
        Host = PhaseFlowProcess.Start(_folder, _settings, "serve", "--port", $"{new Uri(Url).Port}", "--allow-shell");
        await Host.UrlAsync();
    }

    /// <summary>Submits a feature as JSON; it is executed, or only stored.</summary>
    public async Task SubmitAsync(string json, bool execute = true)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _http.PostAsync($"{Url}/api/v1/planned-features?execute={execute}", body);
        Assert.True(response.StatusCode == (execute ? HttpStatusCode.Accepted : HttpStatusCode.Created), await response.Content.ReadAsStringAsync());
    }

    /// <summary>Reports the outcome of a phase's live attempt, and perhaps what it has cost.</summary>
    public async Task ReportAsync(string queueId, string status, decimal? costUsd = null) =>
        Assert.Equal("accepted", await Api.ReportAsync(await Api.AgentAsync(queueId), status, costUsd));

    /// <summary>Asks a person as the agent of an attempt does.</summary>
    /// <returns>What the agent is told: to wait, or the answer.</returns>
    public async Task<JsonNode> AskAsync(JsonNode agent, string question)
    {
        using HttpRequestMessage request = SignedReport.QuestionOf(agent, question).ToRequest();
        return (await Api.SendAsync(request)).Expect(HttpStatusCode.OK).Json;
    }

    /// <summary>Presses keys, one after the other.</summary>
    public async Task PressAsync(params string[] keys)
    {
        foreach (string key in keys)
        {
            await Page.Keyboard.PressAsync(key);
        }
    }

    public ILocator Section(string name) => Page.GetByRole(AriaRole.Region, new() { Name = name, Exact = true });

    public ILocator Dialog => Page.GetByRole(AriaRole.Dialog);

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>A node of a feature's graph, by the beginning of its name and its status.</summary>
    public ILocator Node(int phase, string status) =>
        Page.GetByRole(AriaRole.Link, new() { NameRegex = new System.Text.RegularExpressions.Regex($"^Phase {phase}, .*: {status}$") });

    public async ValueTask DisposeAsync()
    {
        if (_context is not null)
        {
            await _context.DisposeAsync();
        }

        _http.Dispose();
        Api.Dispose();
        await Host.DisposeAsync();
        _folder.Dispose();
    }
}
