using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PhaseFlow.EndToEnd.Tests.Panel;

public sealed class ActionJourneys(PanelBrowser browser) : IClassFixture<PanelBrowser>
{
    [Journey]
    public async Task Retry_WhenAPhaseFailed_SaysWhatRunsAgainAndRunsIt()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Chain);
        await panel.ReportAsync("queue-1-1", "failed", costUsd: 0.5m);

        ILocator broken = panel.Section("Broken1");
        await Expect(broken).ToContainTextAsync("1.1 First link");
        await Expect(broken.GetByRole(AriaRole.Link, new() { Name = "Chain" })).ToHaveAttributeAsync("href", "#/features/1");
        await broken.GetByRole(AriaRole.Button, new() { NameRegex = new("^Retry") }).ClickAsync();
        await Expect(panel.Dialog).ToContainTextAsync("Runs phase 1 of feature 1 again, then what it blocked: phase 2. What is completed stays.");
        await panel.Dialog.GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();

        await Expect(panel.Section("Broken")).ToContainTextAsync("Nothing is broken.");
        await Expect(panel.Section("Slots1 of 3")).ToContainTextAsync("1.1 First link");
        await panel.OpenAsync(browser, "#/features/1/phases/1");
        await Expect(panel.Section("Phase 1: First link")).ToContainTextAsync("2 of 2, launched");
        await panel.Page.GetByRole(AriaRole.Link, new() { Name = "Attempt 1 failed" }).ClickAsync();
        await Expect(panel.Section("Phase 1: First link")).ToContainTextAsync(new Regex(@"1 of 2, launched [^$]*, [^$]*\$0\.50Agent"));
        await panel.OpenAsync(browser);
        await panel.ReportAsync("queue-1-1", "completed");
        await panel.ReportAsync("queue-1-2", "completed");
        await panel.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("^Finished") }).ClickAsync();
        await Expect(panel.Section("Finished features")).ToContainTextAsync("2/2");
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Approve_WhenAPhaseWaitsForIt_TakesAReasonAndStartsThePhase()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Gate);

        await Expect(panel.Page).ToHaveTitleAsync("(1) PhaseFlow");
        Assert.EndsWith("/icon-1.svg", await panel.Page.EvaluateAsync<string>("() => document.querySelector('link[rel=icon]').href"), StringComparison.Ordinal);
        await panel.Section("Needs you1").GetByRole(AriaRole.Button, new() { Name = "Approve phase 1, Deploy" }).ClickAsync();
        await Expect(panel.Dialog).ToContainTextAsync("its agent starts as soon as there is a slot for it");
        await panel.Dialog.GetByLabel("Reason (optional)").FillAsync("The change window is open.");
        await panel.Dialog.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();

        await Expect(panel.Section("Slots1 of 3")).ToContainTextAsync("1.1 Deploy");
        await Expect(panel.Section("Needs you")).ToContainTextAsync("Nobody waits for you.");
        await Expect(panel.Page).ToHaveTitleAsync("PhaseFlow");
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Deny_WhenAPhaseWaitsForApproval_SaysWhatIsBlockedAndFailsIt()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Gate);

        await panel.Section("Needs you1").GetByRole(AriaRole.Button, new() { Name = "Deny phase 1, Deploy" }).ClickAsync();
        await Expect(panel.Dialog).ToContainTextAsync("it fails without having started; phase 2, which depends on it, is blocked.");
        await panel.Dialog.GetByLabel("Reason (optional)").FillAsync("Not on a Friday.");
        await panel.Dialog.GetByRole(AriaRole.Button, new() { Name = "Deny" }).ClickAsync();

        await Expect(panel.Section("Broken1")).ToContainTextAsync("Not on a Friday.");
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Approve_WhenTheCapIsSpent_SaysWhatWasSpentOfWhat()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Capped);
        ILocator row = panel.Section("Features in progress").GetByRole(AriaRole.Listitem);
        await Expect(row).ToContainTextAsync("spent $0.00 of $2.00");
        await panel.ReportAsync("queue-1-1", "completed", costUsd: 2.25m);

        await Expect(panel.Section("Needs you1")).ToContainTextAsync("the feature has spent 2.25 of its 2.00 USD");
        await Expect(row).ToContainTextAsync("spent $2.25 of $2.00");
        await panel.OpenAsync(browser, "#/features/1/phases/2");
        await Expect(panel.Page.GetByText("spent $2.25 of $2.00: what follows asks for approval")).ToBeVisibleAsync();
        await panel.Button("Approve phase 2").ClickAsync();
        await Expect(panel.Dialog).ToContainTextAsync("The feature has spent $2.25 of $2.00; what this phase costs comes on top.");
        await panel.Dialog.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(panel.Node(2, "running")).ToBeVisibleAsync();
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Cancel_WhenAnAgentIsAtWork_SaysWhatItStopsAndStopsIt()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser, "#/features/1");
        await panel.SubmitAsync(Features.Chain);
        await panel.Api.AgentAsync("queue-1-1");
        await panel.Page.ReloadAsync();

        await Expect(panel.Node(1, "running")).ToBeVisibleAsync();
        await panel.Button("Cancel this feature").ClickAsync();
        await Expect(panel.Dialog).ToContainTextAsync("Cancel feature 1: stops 1 agent, 1 phase never starts; issues stay open.");
        await panel.Dialog.GetByLabel("Reason (optional)").FillAsync("Superseded.");
        await panel.Button("Cancel the feature").ClickAsync();

        await Expect(panel.Node(1, "cancelled")).ToBeVisibleAsync();
        await Expect(panel.Node(2, "cancelled")).ToBeVisibleAsync();
        ILocator again = panel.Button("Cancel this feature");
        await Expect(again).ToHaveAttributeAsync("aria-disabled", "true");
        await again.FocusAsync();
        await Expect(panel.Page.GetByText("This feature is cancelled: there is nothing to cancel.")).ToBeVisibleAsync();
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Suspend_WhenAFeatureIsInProgress_HoldsWhatWaitsUntilItIsResumed()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Wide("Work", 4));
        await panel.OpenAsync(browser, "#/features/1/phases/4");
        await Expect(panel.Node(4, "ready")).ToBeVisibleAsync();

        await panel.Button("Suspend this feature").ClickAsync();
        await Expect(panel.Dialog).ToContainTextAsync(
            "3 agents at work go on to their end, 1 phase waits until it is resumed. Phase 4 loses its place in the line for a slot.");
        await panel.Dialog.GetByRole(AriaRole.Button, new() { Name = "Suspend" }).ClickAsync();
        await Expect(panel.Page.GetByText("suspended", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(panel.Section("Phase 4: Work 4")).ToContainTextAsync("queued · waits for its feature to be resumed");
        await panel.Node(1, "running").ClickAsync();
        await Expect(panel.Section("Phase 1: Work 1")).ToContainTextAsync("waits for a report from outside, its feature is suspended");
        await panel.Node(4, "queued").ClickAsync();
        await panel.ReportAsync("queue-1-1", "completed");
        await Expect(panel.Node(1, "completed")).ToBeVisibleAsync();
        await Expect(panel.Node(4, "queued")).ToBeVisibleAsync();
        await panel.Button("Resume this feature").ClickAsync();
        await panel.Dialog.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();

        await Expect(panel.Node(4, "running")).ToBeVisibleAsync();
        // The attempt that left the line is none that anybody has seen.
        await Expect(panel.Section("Phase 4: Work 4")).ToContainTextAsync("1 of 1, launched");
        await Expect(panel.Section("Events, the newest first")).ToContainTextAsync("Phase 4 running (attempt 1, slot 1");
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task CancelPhase_WhenItIsQueued_TakesItOutOfTheQueue()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Chain);
        await panel.OpenAsync(browser, "#/features/1/phases/2");

        await panel.Button("Approve phase 2").FocusAsync();
        await panel.PressAsync("Enter");
        await Expect(panel.Page.Locator(".notice")).ToContainTextAsync("This phase is queued: it waits for no approval.");
        await panel.Button("Cancel phase 2").ClickAsync();
        await Expect(panel.Dialog).ToContainTextAsync("Cancels phase 2 of feature 1: it never starts; nothing depends on it.");
        await panel.Button("Cancel the phase").ClickAsync();

        await Expect(panel.Node(2, "cancelled")).ToBeVisibleAsync();
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Prioritize_WhenAPhaseWaitsInTheLine_MovesItAheadForGood()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Wide("Work", 7));
        await Expect(Line(panel).First).ToContainTextAsync("1.4 Work 4");
        await panel.OpenAsync(browser, "#/features/1/phases/7");

        await panel.Button("Priority phase 7").ClickAsync();
        await Expect(panel.Dialog).ToContainTextAsync("Phase 7 of feature 1 gets priority 10 in place of 50: it goes ahead of 3 phases in the line.");
        await panel.Dialog.GetByLabel("Priority").SelectOptionAsync("30");
        await Expect(panel.Dialog).ToContainTextAsync("gets priority 30 in place of 50");
        await panel.Button("Set the priority").ClickAsync();
        await Expect(panel.Node(7, "ready")).ToContainTextAsync("1st in line");

        await panel.KillAsync();
        await panel.RestartAsync();
        await panel.OpenAsync(browser);
        await Expect(Line(panel)).ToContainTextAsync(["1.7 Work 7", "1.4 Work 4", "1.5 Work 5", "1.6 Work 6"]);
        await panel.ReportAsync("queue-1-1", "completed");
        await Expect(panel.Section("Slots3 of 3")).ToContainTextAsync("1.7 Work 7");

        static ILocator Line(PanelSession panel) => panel.Section("Waiting phases, in the order in which they start").GetByRole(AriaRole.Listitem);
    }
}
