using Microsoft.Playwright;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PhaseFlow.EndToEnd.Tests.Panel;

public sealed class SubmitJourneys(PanelBrowser browser) : IClassFixture<PanelBrowser>
{
    [Journey]
    public async Task Submit_WhenTheSampleIsPasted_IsPreviewedAndWatchedToItsEnd()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser, "#/submit");

        await Draft(panel).FillAsync(await File.ReadAllTextAsync(DataFolder.Sample("websocket-migration.md")));
        await panel.Page.GetByLabel("Agent of phases that name none").SelectOptionAsync("shell");
        await Expect(panel.Page.GetByRole(AriaRole.Group, new() { Name = "Preview of 5 phases" })).ToBeVisibleAsync();
        Assert.Equal(0, (int)(await panel.Api.GetAsync("/api/v1/planned-features"))["total"]!);
        await Expect(panel.Page.GetByText("5 phases, 1 may start at once.")).ToBeVisibleAsync();

        // A double click sends once.
        await panel.Button("Submit and execute").DblClickAsync();

        await panel.Page.WaitForURLAsync("**/#/features/1");
        for (int phase = 1; phase <= 5; phase++)
        {
            await Expect(panel.Node(phase, "completed")).ToBeVisibleAsync();
        }

        await Expect(panel.Page.GetByText("5 of 5 phases completed")).ToBeVisibleAsync();
        Assert.Equal(1, (int)(await panel.Api.GetAsync("/api/v1/planned-features"))["total"]!);
        await panel.Node(4, "completed").ClickAsync();
        await Expect(panel.Page.GetByText("backend and frontend agree on 3 messages")).ToBeVisibleAsync();
        await panel.Page.GetByLabel("Find in output").FillAsync("AGREE");
        await Expect(panel.Page.Locator("mark")).ToHaveTextAsync("agree");
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Submit_WhenTheDraftHasFaults_TellsEachAtItsLineAndStoresNothing()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser, "#/submit");

        await Draft(panel).FillAsync("{\n  \"title\": \"Bad\",\n  \"phases\": [\n    { \"phase_number\": 1, \"title\": \"A\", \"depends_on\": [9] },\n    { \"phase_number\": 1, \"title\": \"B\" }\n  ]\n}");

        await Expect(panel.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("2 faults");
        await Expect(panel.Button("Line 4")).ToBeVisibleAsync();
        await panel.Button("Line 5").ClickAsync();
        Assert.StartsWith("1, \"title\": \"B\"", await panel.Page.EvaluateAsync<string>("() => getSelection().toString()"), StringComparison.Ordinal);
        await panel.Button("Submit and execute").ClickAsync(new() { Force = true });
        await Expect(panel.Page.Locator(".notice")).ToContainTextAsync("Mend the faults first.");

        await Draft(panel).FillAsync("# F\n\n## Phase 1: One\nDepends on: 9\n\nDo.\n");
        await Expect(panel.Button("Line 4")).ToBeVisibleAsync();
        Assert.Equal(0, (int)(await panel.Api.GetAsync("/api/v1/planned-features"))["total"]!);
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Submit_WhenNothingLaunchesAnAgent_SaysWhereAndStillStoresIt()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser, "#/submit");

        await Draft(panel).FillAsync("# F\n\n## Phase 1: One\nWorkflow: adw_plan\n\nDo.\n");
        await Expect(panel.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nothing is set up to launch the workflow type adw_plan of phase 1");
        await Expect(panel.Button("Line 4")).ToBeVisibleAsync();
        await Expect(panel.Page.GetByRole(AriaRole.Group, new() { Name = "Preview of 1 phase" })).ToBeVisibleAsync();
        await panel.Button("Submit and execute").ClickAsync(new() { Force = true });
        await Expect(panel.Page.Locator(".notice")).ToContainTextAsync("It can be stored, but not executed here as it is.");

        await panel.Button("Submit without executing").ClickAsync();
        await panel.Page.WaitForURLAsync("**/#/features/1");
        await Expect(panel.Node(1, "queued")).ToBeVisibleAsync();
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Submit_WhenAFileIsDropped_ReadsIt()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser, "#/submit");
        IJSHandle data = await panel.Page.EvaluateHandleAsync(
            "text => { const data = new DataTransfer(); data.items.add(new File([text], 'feature.json')); return data; }", Features.Chain);

        await Draft(panel).DispatchEventAsync("drop", new { dataTransfer = data });

        await Expect(panel.Page.GetByRole(AriaRole.Group, new() { Name = "Preview of 2 phases" })).ToBeVisibleAsync();
        await panel.Button("Submit without executing").ClickAsync();
        await panel.Page.WaitForURLAsync("**/#/features/1");
        await Expect(panel.Node(1, "queued")).ToBeVisibleAsync();
        await panel.Button("Execute this feature").ClickAsync();
        await Expect(panel.Dialog).ToContainTextAsync("phase 1 may start at once, 2 phases in all");
        await panel.Dialog.GetByRole(AriaRole.Button, new() { Name = "Execute" }).ClickAsync();
        await Expect(panel.Node(1, "running")).ToBeVisibleAsync();
        Assert.Empty(panel.Faults);
    }

    private static ILocator Draft(PanelSession panel) => panel.Page.GetByLabel("Feature, as markdown or JSON");
}
