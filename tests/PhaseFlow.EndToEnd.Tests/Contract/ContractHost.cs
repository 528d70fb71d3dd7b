using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Contract;

/// <summary>
/// The host that the suite drives over HTTP alone: the one that <c>PHASEFLOW_URL</c> names, with the key in <c>PHASEFLOW_KEY</c>;
/// without it an embedded one, started for the suite. The given host must be free for it: what runs there under the suite's titles is cancelled first.
/// </summary>
public sealed class ContractHost : IAsyncLifetime
{
    /// <summary>Begins the title of every feature of the suite.</summary>
    public const string Title = "Contract suite";

    private const string EmbeddedKey = "contract-suite";
    private static readonly string? GivenUrl = Read("PHASEFLOW_URL");
    private static readonly string? GivenKey = Read("PHASEFLOW_KEY");
    private static readonly string? RestartCommand = Read("PHASEFLOW_RESTART");

    // Work that was in flight when a Functions host was killed waits five minutes there.
    private static readonly TimeSpan GivenPatience = TimeSpan.FromMinutes(10);

    private readonly DataFolder _folder = new();
    private PhaseFlowProcess? _embedded;
    private ApiClient? _api;

    /// <summary>Why the host cannot be killed and started again; null where it can.</summary>
    public static string? CannotRestart =>
        GivenUrl is not null && RestartCommand is null ? "PHASEFLOW_RESTART names no command that kills the given host and starts it again." : null;

    /// <summary>What the host asks of operators; null where it asks for nothing.</summary>
    internal static string? Key => GivenUrl is null ? EmbeddedKey : GivenKey;

    /// <summary>An operator of the host.</summary>
    internal ApiClient Api => _api ?? throw new InvalidOperationException("The host is not up.");

    /// <summary>Somebody without a key.</summary>
    internal ApiClient Stranger { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await StartAsync();
        JsonNode list = await Api.GetAsync($"/api/v1/planned-features?q={Uri.EscapeDataString(Title)}&limit=200");
        foreach (JsonNode? feature in list["features"]!.AsArray().Where(f => (string?)f!["status"] is "in_progress" or "suspended"))
        {
            await EndAsync((int)feature!["id"]!);
        }

        JsonNode slots = await Api.GetAsync("/api/v1/slots");
        Assert.True(slots["held"]!.AsArray().Count == 0, $"Agents work on the given host that are not the suite's: {slots.ToJsonString()}");
    }

    public async Task DisposeAsync()
    {
        Close();
        if (_embedded is not null)
        {
            await _embedded.DisposeAsync();
        }

        _folder.Dispose();
    }

    /// <summary>Kills the host as a power cut would, and starts it again.</summary>
    internal async Task RestartAsync()
    {
        Close();
        if (_embedded is not null)
        {
            await _embedded.KillAsync();
            await _embedded.DisposeAsync();
        }
        else
        {
            using Process command = Process.Start("/bin/sh", ["-c", RestartCommand!]);
            await command.WaitForExitAsync();
            Assert.Equal(0, command.ExitCode);
        }

        await StartAsync();
    }

    /// <summary>Cancels a feature that is still open, so that its slots are free for the next test.</summary>
    internal async Task EndAsync(int feature)
    {
        ApiAnswer answer = await Api.SendAsync(HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"/api/v1/planned-features/{feature}/cancel"));
        if (answer.Status != HttpStatusCode.Conflict)
        {
            answer.Expect(HttpStatusCode.Accepted);
            await Api.UntilAsync(a => a.FeatureAsync(feature), f => (string?)f["status"] is "cancelled" or "completed" or "failed");
        }
    }

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    private async Task StartAsync()
    {
        string url;
        if (GivenUrl is null)
        {
            _embedded = PhaseFlowProcess.Start(_folder, new Dictionary<string, string> { ["PhaseFlow__Key"] = EmbeddedKey }, "serve", "--port", "0");
            url = await _embedded.UrlAsync();
            _api = new ApiClient(url, Key);
        }
        else
        {
            url = GivenUrl;
            _api = new ApiClient(url, Key, GivenPatience);
        }

        Stranger = new ApiClient(url);
        await _api.ReadyAsync();
    }

    private void Close()
    {
        _api?.Dispose();
        _api = null;
        Stranger?.Dispose();
    }
}

/// <summary>The tests of the suite run one after the other: they share the slots of one host.</summary>
[CollectionDefinition(Name)]
public sealed class ContractSuite : ICollectionFixture<ContractHost>
{
    public const string Name = "Contract";
}

/// <summary>A test that kills the host and starts it again; skipped where that cannot be done.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RestartFactAttribute : FactAttribute
{
    public RestartFactAttribute() => Skip = ContractHost.CannotRestart!;
}
