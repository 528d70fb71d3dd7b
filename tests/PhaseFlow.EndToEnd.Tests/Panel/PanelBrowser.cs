using Microsoft.Playwright;
using Xunit;

namespace PhaseFlow.EndToEnd.Tests.Panel;

/// <summary>The browser of the journeys of one class; each has a profile of its own in it.</summary>
public sealed class PanelBrowser : IAsyncLifetime
{
    // The last ones keep it from calling anybody: it talks to this machine alone.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (Chromium.Path is { } path)
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = path, Headless = true, Args = Arguments });
        }
    }

    /// <summary>A profile with nothing in it.</summary>
    public Task<IBrowserContext> ContextAsync(int width = 1280, int height = 720, ColorScheme scheme = ColorScheme.Light) =>
        _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
        });

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
