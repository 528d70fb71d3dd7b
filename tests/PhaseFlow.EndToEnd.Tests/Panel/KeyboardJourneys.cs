using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PhaseFlow.EndToEnd.Tests.Panel;

public sealed class KeyboardJourneys(PanelBrowser browser) : IClassFixture<PanelBrowser>
{
    [Journey]
    public async Task Keyboard_WhenThereIsNothingElse_IsEnoughToFindAndCancelAFeature()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Chain);
        await panel.SubmitAsync(Features.Gate);
        await Expect(panel.Section("Needs you1")).ToBeVisibleAsync();
        await Expect(panel.Section("Slots1 of 3")).ToBeVisibleAsync();
        await Expect(panel.Section("Queue2")).ToBeVisibleAsync();

        await panel.PressAsync("Tab");
        await Expect(panel.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to the content" })).ToBeFocusedAsync();
        await panel.PressAsync("Enter");
        await Expect(panel.Page.GetByRole(AriaRole.Main)).ToBeFocusedAsync();
        await panel.PressAsync("?");
        await Expect(panel.Dialog).ToContainTextAsync("Keyboard shortcuts");
        await Expect(panel.Dialog.Locator("kbd").Filter(new() { HasText = "," })).ToHaveCountAsync(0);
        await panel.PressAsync("Escape");
        await Expect(panel.Dialog).ToHaveCountAsync(0);
        await panel.PressAsync("/");
        await Expect(panel.Page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
        await panel.PressAsync("Escape", "g", "q");
        await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { Name = "Queue" })).ToBeFocusedAsync();
        await panel.PressAsync("j");
        await Expect(panel.Section("Queue2").GetByRole(AriaRole.Link).First).ToBeFocusedAsync();
        await panel.PressAsync("k", "k");
        await Expect(panel.Page.GetByRole(AriaRole.Link, new() { Name = "Approve phase 1: Deploy" })).ToBeFocusedAsync();
        await panel.PressAsync("j", "Enter");
        await panel.Page.WaitForURLAsync("**/#/features/1/phases/2");

        await panel.PressAsync("Control+k");
        await panel.Page.Keyboard.TypeAsync("cancel chain");
        await Expect(panel.Page.GetByRole(AriaRole.Option)).ToHaveTextAsync(["Cancel 1 Chain feature"]);
        await panel.PressAsync("Enter");
        await Expect(panel.Dialog).ToContainTextAsync("stops 1 agent");
        await panel.Page.Keyboard.TypeAsync("Not needed.");
        await panel.PressAsync("Tab", "Enter");
        await Expect(panel.Dialog).ToHaveCountAsync(0);
        await Expect(panel.Node(2, "cancelled")).ToBeVisibleAsync();
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Palette_WhenItsKeyComesBeforeTheBrowserTellsOfTheNewPlace_StaysOpen()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await Expect(panel.Section("Slots0 of 3")).ToBeVisibleAsync();

        await panel.Page.EvaluateAsync("""
            () => new Promise((told) => {
                addEventListener("hashchange", () => setTimeout(told), { once: true });
                location.hash = "#/submit";
                document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true, cancelable: true }));
            })
            """);

        await Expect(panel.Dialog).ToContainTextAsync("Commands", new() { Timeout = 10_000 });
    }

    [Journey]
    public async Task Space_WhenARowHasTheFocus_OpensItAndIsItselfElsewhere()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Chain);
        await Expect(panel.Section("Queue1")).ToBeVisibleAsync();

        await panel.PressAsync("g", "q", "j", "Space");
        await panel.Page.WaitForURLAsync("**/#/features/1/phases/2");
        await panel.Node(1, "running").FocusAsync();
        await panel.PressAsync("Space");
        await panel.Page.WaitForURLAsync("**/#/features/1/phases/1");
        await panel.Page.Locator(".lane .name").Last.FocusAsync();
        await panel.PressAsync("Space");
        await panel.Page.WaitForURLAsync("**/#/features/1/phases/2");
        await panel.Button("Cancel phase 2").FocusAsync();
        await panel.PressAsync("Space");
        await Expect(panel.Dialog).ToContainTextAsync("Cancels phase 2 of feature 1");
        await panel.PressAsync("Escape", "/");
        await panel.Page.Keyboard.TypeAsync("first link");
        await Expect(panel.Page.GetByRole(AriaRole.Searchbox)).ToHaveValueAsync("first link");

        await panel.Page.SetViewportSizeAsync(1280, 320);
        await panel.Page.GetByRole(AriaRole.Heading, new() { Level = 1 }).FocusAsync();
        await panel.PressAsync("Space");
        await panel.Page.WaitForFunctionAsync("() => scrollY > 0");
        Assert.EndsWith("#/features/1/phases/2", panel.Page.Url, StringComparison.Ordinal);
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Focus_WhenItsRowLeaves_GoesToTheOneThatTakesItsPlace()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Wide("Work", 6));
        await Expect(panel.Section("Queue3").GetByRole(AriaRole.Listitem).First).ToContainTextAsync("1st in line");
        await panel.PressAsync("g", "q", "j");
        await Expect(Link(panel, "1.4 Work 4")).ToBeFocusedAsync();

        await panel.ReportAsync("queue-1-1", "completed");
        await Expect(Link(panel, "1.5 Work 5")).ToBeFocusedAsync();
        await panel.PressAsync("j");
        await Expect(Link(panel, "1.6 Work 6")).ToBeFocusedAsync();
        await panel.ReportAsync("queue-1-2", "completed");
        await Expect(panel.Section("Queue1")).ToBeVisibleAsync();
        await Expect(Link(panel, "1.6 Work 6")).ToBeFocusedAsync();
        await panel.ReportAsync("queue-1-3", "completed");
        await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { Name = "Queue" })).ToBeFocusedAsync();
        Assert.Empty(panel.Faults);

        static ILocator Link(PanelSession panel, string name) => panel.Section("Waiting phases, in the order in which they start").GetByRole(AriaRole.Link, new() { Name = name });
    }

    [Journey]
    public async Task Keys_WhenTheyFollowAtOnce_GoWhereTheOnesBeforeThemLead()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser, "#/submit");
        await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { Name = "Submit a feature" })).ToBeVisibleAsync();

        // The keys of a pair come before anything could be drawn; the letters after Ctrl K come as the next thing that happens at all.
        string focused = await panel.Page.EvaluateAsync<string>(
            """
            async () => {
              const press = (key, more) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }));
              press('k', { ctrlKey: true });
              await new Promise(done => setTimeout(done));
              return document.activeElement.ariaLabel;
            }
            """);
        Assert.Equal("Command", focused);
        await panel.PressAsync("Escape");
        await Expect(panel.Dialog).ToHaveCountAsync(0);
        await panel.Page.EvaluateAsync("() => { for (const key of ['g', 'q']) { document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })); } }");
        await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { Name = "Queue" })).ToBeFocusedAsync();
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Announcer_WhenCountsChange_TellsThem()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await Expect(panel.Page.Locator("#announcer")).ToHaveTextAsync("0 need you, 0 running, 0 waiting, 0 failed.");

        await panel.SubmitAsync(Features.Gate);

        await Expect(panel.Page.Locator("#announcer")).ToHaveTextAsync("1 needs you, 0 running, 1 waiting, 0 failed.");
    }
}
