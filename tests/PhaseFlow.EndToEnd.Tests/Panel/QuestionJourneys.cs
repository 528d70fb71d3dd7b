using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PhaseFlow.EndToEnd.Tests.Panel;

public sealed class QuestionJourneys(PanelBrowser browser) : IClassFixture<PanelBrowser>
{
    private const string Question = "Which <img src=x onerror=\"document.title='taken over'\"> database?\n\n    a) SQLite\n    b) PostgreSQL";

    [Journey]
    public async Task Question_WhenAnAgentAsks_IsAnsweredByKeyboardAloneAndTheAgentGoesOn()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Chain);
        JsonNode agent = await panel.Api.AgentAsync("queue-1-1");
        await Expect(panel.Section("Slots1 of 3")).ToContainTextAsync("1.1 First link");

        Assert.Equal("waiting", (string)(await panel.AskAsync(agent, Question))["status"]!);
        ILocator row = panel.Section("Needs you1").GetByRole(AriaRole.Listitem);
        await Expect(row).ToContainTextAsync("Which <img src=x onerror=\"document.title='taken over'\"> database?");
        await Expect(row).ToContainTextAsync("external · 1 Chain · for ");
        await Expect(row).ToContainTextAsync("times out in");
        await Expect(row).Not.ToContainTextAsync("SQLite");
        await Expect(panel.Page).ToHaveTitleAsync("(1) PhaseFlow");
        await Expect(panel.Page.Locator("link[rel=icon]")).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("/icon-1.svg$"));
        await Expect(panel.Section("Slots1 of 3")).ToContainTextAsync("waits for an answer");
        await Expect(panel.Section("Slots1 of 3")).Not.ToContainTextAsync("database");
        await Expect(panel.Page.Locator("#announcer")).ToHaveTextAsync("1 needs you, 1 running, 1 waiting, 0 failed.");

        await panel.PressAsync("g", "n", "j", "Tab", "Enter");
        await Expect(panel.Dialog.Locator("pre")).ToHaveTextAsync(Question);
        await Expect(panel.Dialog).ToContainTextAsync("Answers question 1 of phase 1 of feature 1: its agent goes on.");
        await Expect(panel.Dialog.GetByLabel("Answer", new() { Exact = true })).ToBeFocusedAsync();
        await panel.Page.Keyboard.TypeAsync("b), because");
        await panel.PressAsync("Enter");
        await panel.Page.Keyboard.TypeAsync("it is there.");
        await panel.PressAsync("Control+Enter", "Control+Enter");
        await Expect(panel.Dialog).ToHaveCountAsync(0);
        await Expect(panel.Page.Locator(".notice")).ToContainTextAsync("Phase 1 of feature 1 has its answer.");
        await Expect(panel.Section("Needs you")).ToContainTextAsync("Nobody waits for you.");
        await Expect(panel.Page).ToHaveTitleAsync("PhaseFlow");

        JsonNode answer = await panel.AskAsync(agent, Question);
        Assert.Equal(("answered", "b), because\nit is there."), ((string)answer["status"]!, (string)answer["answer"]!));
        await panel.ReportAsync("queue-1-1", "completed");
        await Expect(panel.Section("Slots1 of 3")).ToContainTextAsync("1.2 Second link");
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Question_WhenItsPhaseIsLookedAt_StaysThereWithItsAnswer()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser, "#/features/1/phases/1");
        await panel.SubmitAsync(Features.Chain);
        JsonNode agent = await panel.Api.AgentAsync("queue-1-1");
        await panel.Page.ReloadAsync();
        ILocator details = panel.Section("Phase 1: First link");
        await panel.Button("Answer phase 1").FocusAsync();
        await panel.PressAsync("Enter");
        await Expect(panel.Page.Locator(".notice")).ToContainTextAsync("This phase is running: its agent waits for no answer.");

        await panel.AskAsync(agent, Question);
        await Expect(panel.Node(1, "awaiting an answer")).ToBeVisibleAsync();
        await Expect(details).ToContainTextAsync("Nobody has answered yet.");
        await Expect(details.GetByRole(AriaRole.Region, new() { Name = "Question 1", Exact = true }).Locator("pre")).ToHaveTextAsync(Question);
        await Expect(panel.Section("Events, the newest first")).ToContainTextAsync("Phase 1 asks (attempt 1, slot 1): Which <img");

        await panel.PressAsync("Control+k");
        await panel.Page.Keyboard.TypeAsync("answer");
        await Expect(panel.Page.GetByRole(AriaRole.Option).First).ToHaveTextAsync("Answer 1.1 First link phase");
        await panel.PressAsync("Enter");
        await panel.Dialog.GetByLabel("Answer", new() { Exact = true }).FillAsync("<b>a</b>");
        await panel.PressAsync("Escape");
        await Expect(panel.Dialog).ToHaveCountAsync(0);
        await panel.Button("Answer phase 1").ClickAsync();
        await Expect(panel.Dialog.GetByLabel("Answer", new() { Exact = true })).ToHaveValueAsync("<b>a</b>");
        await panel.Dialog.GetByRole(AriaRole.Button, new() { Name = "Answer" }).DblClickAsync();
        await Expect(panel.Dialog).ToHaveCountAsync(0);

        await Expect(details.GetByRole(AriaRole.Region, new() { Name = "Answer to question 1" }).Locator("pre")).ToHaveTextAsync("<b>a</b>");
        await Expect(panel.Node(1, "running")).ToBeVisibleAsync();
        await Expect(panel.Section("Events, the newest first")).ToContainTextAsync("question 1 answered)");
        ILocator waits = panel.Page.Locator(".track [title^='Attempt 1 waited for an answer']");
        await Expect(waits).ToHaveCountAsync(1);

        await panel.AskAsync(agent, "And which port?");
        await Expect(waits).ToHaveCountAsync(2);
        await Expect(details.GetByRole(AriaRole.Region, new() { Name = "Question 2", Exact = true }).Locator("pre")).ToHaveTextAsync("And which port?");
        await Expect(details.GetByRole(AriaRole.Region, new() { Name = "Question 1", Exact = true })).ToBeHiddenAsync();
        await details.GetByText("1 earlier question").ClickAsync();
        await Expect(details.GetByRole(AriaRole.Region, new() { Name = "Question 1", Exact = true }).Locator("pre")).ToHaveTextAsync(Question);
        await panel.ReportAsync("queue-1-1", "completed");
        await Expect(panel.Node(1, "completed")).ToBeVisibleAsync();
        await Expect(details).ToContainTextAsync("<b>a</b>");
        Assert.Empty(panel.Faults);
    }

    [Journey]
    public async Task Answer_WhenSomebodyElseWasFaster_IsRefusedAndStaysWritten()
    {
        await using PanelSession panel = await PanelSession.StartAsync(browser);
        await panel.SubmitAsync(Features.Chain);
        JsonNode agent = await panel.Api.AgentAsync("queue-1-1");
        await panel.AskAsync(agent, "Go on?");
        await panel.Button("Answer phase 1, First link").ClickAsync();
        await panel.Dialog.GetByLabel("Answer", new() { Exact = true }).FillAsync("No.");

        const string Other = """{ "answer": "Yes.", "question": 1 }""";
        (await panel.Api.SendAsync(HttpMethod.Post, "/api/v1/queue/queue-1-1/answer", Other)).Expect(HttpStatusCode.Accepted);
        await panel.AskAsync(agent, "And on?");
        await panel.Dialog.GetByRole(AriaRole.Button, new() { Name = "Answer" }).ClickAsync();

        await Expect(panel.Dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("Question 1 is not open");
        await Expect(panel.Dialog.GetByLabel("Answer", new() { Exact = true })).ToHaveValueAsync("No.");
        await panel.PressAsync("Escape");
        await Expect(panel.Section("Needs you1").GetByRole(AriaRole.Listitem)).ToContainTextAsync("And on?");
        Assert.Empty(panel.Faults);
    }
}
