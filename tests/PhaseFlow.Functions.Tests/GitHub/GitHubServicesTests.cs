using PhaseFlow.Embedded.Hosting;

namespace PhaseFlow.Functions.Tests.GitHub;

public sealed class GitHubServicesTests
{
    [Fact]
    public async Task Start_WhenTheProviderIsUnknown_SaysItInOneLine() => Assert.Equal(
        "A setting cannot be used: PhaseFlow__Issues__Provider is neither store nor github.", await RefusalAsync(("Issues:Provider", "jira")));

    [Theory]
    [InlineData("store")]
    [InlineData("")]
    public async Task Start_WhenTheProviderIsTheStore_Starts(string provider)
    {
        using var folder = new TempFolder();

        await using EmbeddedHost host = await StartAsync(folder, ("Issues:Provider", provider));

        Assert.StartsWith("http://127.0.0.1:", host.Url, StringComparison.Ordinal);
    }

    internal static async Task<string> RefusalAsync(params (string Key, string? Value)[] settings)
    {
        using var folder = new TempFolder();
        return (await Assert.ThrowsAsync<HostStartException>(() => StartAsync(folder, settings))).Message;
    }

    internal static Task<EmbeddedHost> StartAsync(TempFolder folder, params (string Key, string? Value)[] settings) => EmbeddedHost.StartAsync(
        new HostSettings { DataFolder = folder.Path, Port = 0, Overrides = settings.ToDictionary(s => $"PhaseFlow:{s.Key}", s => s.Value) }, CancellationToken.None);
}
