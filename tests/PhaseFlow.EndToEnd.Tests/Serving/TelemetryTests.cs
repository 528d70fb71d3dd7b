using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Serving;

/// <summary>What is not asked for costs no start: which assemblies a process that serves has mapped. The system shows that on Linux alone.</summary>
public sealed class TelemetryTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, false)]
    [InlineData("http://127.0.0.1:9", true)]
    public async Task Serve_WhenNoCollectorIsNamed_DoesNotLoadWhatSends(string? endpoint, bool isLoaded)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        Dictionary<string, string> settings = endpoint is null ? [] : new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint, ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "500" };
        await using PhaseFlowProcess serve = PhaseFlowProcess.Start(_folder, settings, "serve", "--port", "0");
        await serve.UrlAsync();

        string maps = await File.ReadAllTextAsync($"/proc/{serve.Id}/maps");
        Assert.Contains("PhaseFlow.Embedded.dll", maps, StringComparison.Ordinal);
        Assert.Equal(isLoaded, maps.Contains("/OpenTelemetry", StringComparison.Ordinal));
        Assert.DoesNotContain("Polly", maps, StringComparison.Ordinal);
    }
}
