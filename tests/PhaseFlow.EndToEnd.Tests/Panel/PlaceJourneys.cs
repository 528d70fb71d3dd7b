using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PhaseFlow.EndToEnd.Tests.Panel;

public sealed class PlaceJourneys(PanelBrowser browser) : IClassFixture<PanelBrowser>
{
    [Journey]
    public async Task DeepLink_WhenItIsOpened_ShowsThePhaseWithItsLogAsItWas()
    {
        await using PanelSession panel = await PanelSession.StartAsync();
        await panel.SubmitAsync(Features.Chain);
        await panel.Api.AgentAsync("queue-1-1");

        await panel.OpenAsync(browser, "#/features/1/phases/1?log=full");

        await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { Name = "Phase 1: First link" })).ToBeVisibleAsync();
        await Expect(panel.Node(1, "running")).ToHaveAttributeAsync("aria-current", "true");
        await Expect(panel.Button("Full")).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(panel.Page).ToHaveTitleAsync("Feature 1, phase 1 · PhaseFlow");
        await panel.Button("JSON").ClickAsync();
        Assert.EndsWith("#/features/1/phases/1?log=json", panel.Page.Url, StringComparison.Ordinal);
        await Expect(panel.Section("Events, the newest first")).ToContainTextAsync("\"queue_id\": \"queue-1-1\"");
        await panel.Node(2, "queued").ClickAsync();
        await panel.Page.GoBackAsync();
        await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { Name = "Phase 1: First link" })).ToBeVisibleAsync();
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Back_WhenADialogIsOpen_ClosesThatAlone()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Chain);
        await panel.Section("Features in progress").GetByRole(AriaRole.Link, new() { Name = "1 Chain" }).ClickAsync();
        await panel.Button("Cancel this feature").ClickAsync();
        await Expect(panel.Dialog).ToBeVisibleAsync();

        await panel.Page.EvaluateAsync("() => history.back()");
        await Expect(panel.Dialog).ToHaveCountAsync(0);
        await Expect(panel.Button("Cancel this feature")).ToBeFocusedAsync();
        await panel.PressAsync("?");
        await Expect(panel.Dialog).ToBeVisibleAsync();
        await panel.Page.EvaluateAsync("() => history.back()");
        await Expect(panel.Dialog).ToHaveCountAsync(0);
        Assert.EndsWith("#/features/1", panel.Page.Url, StringComparison.Ordinal);

        await panel.Page.GoBackAsync();
        await Expect(panel.Section("Slots1 of 3")).ToBeVisibleAsync();
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Planned_WhenNobodyHasExecutedIt_HasATabOfItsOwn()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Chain);
        await panel.SubmitAsync(Features.Gate, execute: false);

        await Expect(panel.Section("Features in progress").GetByRole(AriaRole.Listitem)).ToContainTextAsync(["1 Chain"]);
        ILocator tabs = panel.Page.GetByRole(AriaRole.Navigation, new() { Name = "Which features" }).GetByRole(AriaRole.Link);
        await Expect(tabs).ToHaveTextAsync(["In progress 1", "Planned 1", "Finished 0"]);
        await tabs.Nth(1).ClickAsync();
        await Expect(panel.Section("Planned features").GetByRole(AriaRole.Listitem)).ToContainTextAsync(["2 Release"]);
        Assert.EndsWith("#/?show=planned", panel.Page.Url, StringComparison.Ordinal);
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Path_WhenItIsUnknown_IsThePanelAllTheSame()
    {
        await using PanelSession panel = await PanelSession.StartAsync();

        await panel.OpenAsync(browser, "some/old/path?x=1#/");

        await Expect(panel.Section("Needs you")).ToContainTextAsync("Nobody waits for you.");
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Filters_WhenTheyAreSet_StandInTheAddressAndHoldAfterAReload()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Chain);
        await panel.SubmitAsync(Features.Gate);
        ILocator list = panel.Section("Features in progress").GetByRole(AriaRole.Listitem);
        await Expect(list).ToHaveCountAsync(2);

        await panel.Page.GetByLabel("Repository").SelectOptionAsync("acme/ops");
        await Expect(list).ToHaveCountAsync(1);
        await panel.Page.ReloadAsync();
        await Expect(list).ToHaveCountAsync(1);
        await Expect(list).ToContainTextAsync("Release");
        await panel.Page.GetByLabel("Repository").SelectOptionAsync("");
        await panel.Page.GetByLabel("Search features and phases").FillAsync("chain");
        await Expect(list).ToHaveCountAsync(1);
        await Expect(list).ToContainTextAsync("Chain");
        Assert.Contains("q=chain", panel.Page.Url, StringComparison.Ordinal);
        await panel.Page.GetByLabel("Status").SelectOptionAsync("suspended");
        await Expect(panel.Page.GetByText("No feature matches the filters.")).ToBeVisibleAsync();
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Titles_WhenTheyHoldMarkup_StayText()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Hostile);

        await Expect(panel.Section("Broken1")).ToContainTextAsync("<svg onload=");
        await Expect(panel.Section("Broken1").GetByRole(AriaRole.Link).First).ToContainTextAsync("[U+202E]exe.gnp");
        await panel.OpenAsync(browser, "#/features/1/phases/1?log=full");
        await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("<img src=x onerror=");
        await Expect(panel.Section("Output of attempt 1")).ToContainTextAsync("<img src=x onerror=alert(1)>");
        await Expect(panel.Page.GetByRole(AriaRole.Link, new() { Name = "https://example.org/a" })).ToBeVisibleAsync();
        await Expect(panel.Page.Locator("a[href^=javascript]")).ToHaveCountAsync(0);
        await Expect(panel.Page.Locator("img, [onload], [onerror]")).ToHaveCountAsync(0);
        await Expect(panel.Page).Not.ToHaveTitleAsync("taken over");
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Key_WhenTheHostAsksForOne_IsAskedForOnceAndKeptInTheTab()
    {
        await using PanelSession panel = await PanelSession.StartAsync(new Dictionary<string, string> { ["PhaseFlow__Key"] = "sesame" });
        await panel.OpenAsync(browser);

        await panel.Dialog.GetByLabel("Key").FillAsync("wrong");
        await panel.Button("Open the panel").ClickAsync();
        await Expect(panel.Dialog).ToContainTextAsync("The key that was given is not the right one.");
        await Expect(panel.Dialog.GetByLabel("Key")).ToHaveValueAsync("");
        await panel.Dialog.GetByLabel("Key").FillAsync("sesame");
        await panel.Button("Open the panel").ClickAsync();

        await Expect(panel.Section("Needs you")).ToContainTextAsync("Nobody waits for you.");
        await Expect(panel.Page.Locator("[data-live=live]")).ToBeVisibleAsync();
        await panel.Page.ReloadAsync();
        await Expect(panel.Section("Needs you")).ToContainTextAsync("Nobody waits for you.");
        await Expect(panel.Dialog).ToHaveCountAsync(0);
    }

    [Journey]
    public async Task Queue_WhenItsHeadIsAsked_SaysByWhichRuleItWaitsAndForWhom()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Wide("Work", 5));
        await panel.Button("Why? What the first in line waits for").ClickAsync();

        ILocator why = panel.Section("Why the first in line waits");
        await Expect(why).ToContainTextAsync("1.4 Work 4 is next");
        await Expect(why).ToContainTextAsync("All 3 slots are taken, the most that may work at a time.");
        await Expect(why.GetByRole(AriaRole.Link)).ToHaveTextAsync(["1.1 Work 1", "1.2 Work 2", "1.3 Work 3"]);
        await Expect(why).ToContainTextAsync("It comes before 1.5 Work 5 of the same feature because it was ready first.");

        // It goes on to say what is true while others come to the head.
        await panel.ReportAsync("queue-1-2", "completed");
        await Expect(why).ToContainTextAsync("1.5 Work 5 is next");
        await Expect(why.GetByRole(AriaRole.Link)).ToHaveTextAsync(["1.1 Work 1", "1.4 Work 4", "1.3 Work 3"]);
        await panel.PressAsync("Escape");
        await Expect(why).ToBeHiddenAsync();
        Assert.Empty(panel.Faults);
    }
}
