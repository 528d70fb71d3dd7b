using System.Text.Json;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PhaseFlow.EndToEnd.Tests.Panel;

public sealed class LookJourneys(PanelBrowser browser) : IClassFixture<PanelBrowser>
{
    private const string BadDraft = "{ \"title\": \"Bad\", \"phases\": [] }";

    [AxeJourneys]
    [InlineData(320)]
    [InlineData(1280)]
    public async Task Axe_WhenItLooksAtEveryPlaceInBothSchemes_FindsNothing(int width)
    {
        await using PanelSession panel = await PanelSession.StartAsync();
        await FillAsync(panel);
        await panel.OpenAsync(browser, "#/", width, 900);
        await panel.Page.EvaluateAsync(AxeJourneysAttribute.Source);

        await Expect(panel.Section("Broken1")).ToBeVisibleAsync();
        await NothingAsync(panel, "home");
        await panel.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Why") }).ClickAsync();
        await NothingAsync(panel, "the popover of the queue");
        await panel.PressAsync("Escape");
        await panel.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Approve phase 1") }).ClickAsync();
        await NothingAsync(panel, "a dialog");
        await panel.PressAsync("Escape");
        await panel.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Answer phase 3") }).ClickAsync();
        await NothingAsync(panel, "a question");
        await panel.PressAsync("Escape", "Control+k");
        await NothingAsync(panel, "the palette");
        await panel.PressAsync("Escape", "?");
        await NothingAsync(panel, "the help");
        await panel.PressAsync("Escape");
        await panel.Page.GotoAsync($"{panel.Url}/#/features/2/phases/1?find=line&log=full");
        await Expect(panel.Page.Locator("mark").First).ToBeVisibleAsync();
        await NothingAsync(panel, "a feature");
        await panel.Page.GotoAsync($"{panel.Url}/#/features/3/phases/3");
        await Expect(panel.Page.GetByText("Nobody has answered yet.")).ToBeVisibleAsync();
        await NothingAsync(panel, "a phase that asks");
        await panel.Page.GotoAsync($"{panel.Url}/#/submit");
        await panel.Page.GetByLabel("Feature, as markdown or JSON").FillAsync(BadDraft);
        await Expect(panel.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await NothingAsync(panel, "a draft with faults");
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Pages_WhateverTheirWidth_ScrollInOneDirection()
    {
        await using PanelSession panel = await PanelSession.StartAsync();
        await FillAsync(panel);
        await panel.OpenAsync(browser);
        foreach (string place in new[] { "#/", "#/features/2/phases/1", "#/features/3/phases/3", "#/submit" })
        {
            await panel.Page.GotoAsync($"{panel.Url}/{place}");
            await Expect(panel.Page.Locator(".panel").First).ToBeVisibleAsync();
            foreach (int width in new[] { 320, 480, 768, 1024, 1280, 1920, 2560 })
            {
                await panel.Page.SetViewportSizeAsync(width, 900);
                int over = await panel.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth");
                Assert.True(over <= 0, $"{place} at {width} px is {over} px too wide");
            }
        }
    }

    [Journey]
    public async Task Graph_WhateverTheWidth_KeepsItsWordsInItsNodes()
    {
        await using PanelSession panel = await PanelSession.StartAsync();
        await panel.SubmitAsync(Features.Wordy);
        await panel.OpenAsync(browser, "#/features/1");
        foreach (int width in new[] { 320, 480, 768, 1280, 2560 })
        {
            await panel.Page.SetViewportSizeAsync(width, 900);
            await Expect(panel.Node(4, "queued")).ToBeVisibleAsync();
            string[] over = await panel.Page.EvaluateAsync<string[]>(
                """
                () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done([...document.querySelectorAll('.graph .node')].flatMap(node => {
                  const box = node.querySelector('rect').getBoundingClientRect();
                  return [...node.querySelectorAll('text')].filter(t => t.getBoundingClientRect().right > box.right).map(t => t.textContent);
                })))))
                """);
            Assert.True(over.Length == 0, $"at {width} px: {string.Join(", ", over)}");
        }

        await panel.Page.SetViewportSizeAsync(320, 900);
        await Expect(panel.Page.Locator(".graph .title").First).ToBeVisibleAsync();
    }

    [Journey]
    public async Task Graph_WhenItIsTooLargeForWords_NeedsNoRoomForThem()
    {
        await using PanelSession panel = await PanelSession.StartAsync();
        await panel.SubmitAsync(Features.Long(20));
        await panel.OpenAsync(browser, "#/features/1");

        await Expect(panel.Node(20, "queued")).ToBeVisibleAsync();
        ILocator box = panel.Page.Locator(".graph .node rect").First;
        Assert.InRange((await box.BoundingBoxAsync())!.Height, 10, 20);
        await panel.Button("Larger").ClickAsync();
        await Expect(panel.Page.Locator(".graph .title").First).ToBeVisibleAsync();
        await panel.Button("Fit").ClickAsync();
        await Expect(panel.Page.Locator(".graph .title").First).ToBeHiddenAsync();
    }

    [Journey]
    public async Task Phase_WhenItIsChosenInANarrowWindow_IsSeenAtOnce()
    {
        await using PanelSession panel = await PanelSession.StartAsync();
        await panel.SubmitAsync(Features.Wordy);
        await panel.OpenAsync(browser, "#/features/1", 320, 640);

        await panel.Node(2, "running").ClickAsync();
        await Expect(panel.Button("Cancel phase 2")).ToBeInViewportAsync(new() { Ratio = 1 });
    }

    [Journey]
    public async Task Home_WhenMuchGoesOn_IsSeenAtAGlance()
    {
        await using PanelSession panel = await PanelSession.StartAsync();
        await FillAsync(panel);
        await panel.SubmitAsync(Features.Wide("Many", 60));
        await panel.OpenAsync(browser);

        await Expect(panel.Section("Slots3 of 3")).ToBeVisibleAsync();
        foreach (string name in new[] { "Needs you", "Slots", "Queue", "Broken", "Features" })
        {
            await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { NameRegex = new($"^{name}") })).ToBeInViewportAsync(new() { Ratio = 1 });
        }

        await Expect(panel.Page.Locator("[data-live]")).ToBeInViewportAsync();
        Assert.Equal(0, await panel.Page.EvaluateAsync<int>("() => document.documentElement.scrollHeight - innerHeight"));
    }

    /// <summary>Makes the pictures of the README anew, of the running product: <c>PHASEFLOW_PICTURES</c> names their folder.</summary>
    [PictureJourney]
    public async Task Pictures_WhenTheyAreAskedFor_AreOfTheRunningProduct()
    {
        string folder = PictureJourneyAttribute.Folder!;
        await using PanelSession panel = await PanelSession.StartAsync();
        await Showcase.FillAsync(panel);
        foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            string suffix = scheme == ColorScheme.Dark ? "-dark" : "";
            await panel.OpenAsync(browser, "#/", 1280, 720, scheme);
            await Expect(panel.Section("Slots3 of 3")).ToBeVisibleAsync();
            await Expect(panel.Page.Locator("[data-live=live]")).ToBeVisibleAsync();
            await panel.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"panel-home{suffix}.png") });
            await panel.Page.GotoAsync($"{panel.Url}/#/features/{Showcase.Feature}/phases/2");
            await Expect(panel.Page.GetByText("worked").First).ToBeVisibleAsync();
            await panel.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"panel-feature{suffix}.png") });
        }
    }

    /// <summary>Something of every kind: an approval and a question, a failure with its output, agents at work, and a queue.</summary>
    private static async Task FillAsync(PanelSession panel)
    {
        await panel.SubmitAsync(Features.Gate);
        await panel.SubmitAsync(
            """
            { "title": "Broken build", "repository": "acme/shop", "phases": [
                { "phase_number": 1, "title": "Compile everything that there is, and then some more of it, to the very end", "content": "```sh\necho line one; echo line two; exit 1\n```", "workflow_type": "shell", "external_docs": ["https://example.org"] },
                { "phase_number": 2, "title": "Package", "content": "Do.", "depends_on": [1] } ] }
            """);
        await panel.Api.UntilAsync(api => api.FeatureAsync(2), feature => (string)feature["status"]! == "failed");
        await panel.SubmitAsync(Features.Wide("Shard", 5));
        await panel.AskAsync(await panel.Api.AgentAsync("queue-3-3"), string.Join('\n', Enumerable.Repeat(new string('w', 200), 15)));
    }

    private static async Task NothingAsync(PanelSession panel, string place)
    {
        foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await panel.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            JsonElement found = await panel.Page.EvaluateAsync<JsonElement>(
                "() => axe.run().then(r => r.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 200)} ${n.failureSummary}`)))");
            string[] violations = [.. found.EnumerateArray().Select(v => v.GetString()!)];
            Assert.True(violations.Length == 0, $"{place}, {scheme}:\n{string.Join("\n\n", violations)}");
        }
    }
}
