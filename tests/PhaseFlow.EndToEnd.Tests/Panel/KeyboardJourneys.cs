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

        await panel.PressAsync("Tab");
        await Expect(panel.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to the content" })).ToBeFocusedAsync();
        await panel.PressAsync("Enter");
        await Expect(panel.Page.GetByRole(AriaRole.Main)).ToBeFocusedAsync();
        await panel.PressAsync("?");
        await Expect(panel.Dialog).ToContainTextAsync("Keyboard shortcuts");
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
    public async Task Announcer_WhenCountsChange_TellsThem()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await Expect(panel.Page.Locator("#announcer")).ToHaveTextAsync("0 need you, 0 running, 0 waiting, 0 failed.");

        await panel.SubmitAsync(Features.Gate);

        await Expect(panel.Page.Locator("#announcer")).ToHaveTextAsync("1 needs you, 0 running, 1 waiting, 0 failed.");
    }
}
