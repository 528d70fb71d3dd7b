using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Embedded.Cli.View;
using Spectre.Console;

namespace PhaseFlow.Functions.Tests.Cli;

public sealed class LiveViewTests
{
    [Fact]
    public void Render_WhenPhasesAreInAllStates_ShowsARowForEach()
    {
        RunPicture picture = Pictures.Of(Pictures.Feature((1, Pictures.Completed), (2, Pictures.Retrying), (3, Pictures.Running)));

        string[] lines = Draw(picture, unicode: false);

        Assert.Contains(lines, l => Words(l, "1", "Schema", "+ completed", "1", "2.5 s"));
        Assert.Contains(lines, l => Words(l, "2", "Backend API", "~ retrying", "1", "2.0 s", "waits 3s before its last attempt: exit code 1"));
        Assert.Contains(lines, l => Words(l, "3", "Frontend UI", "> running", "2", "1", "6.0 s", "#12"));
        Assert.Contains(lines, l => Words(l, "4", "Tests", ". queued", "waits for phases 2 and 3"));
    }

    [Fact]
    public void Render_WhenATitleLooksLikeMarkup_ShowsItAsItIs()
    {
        RunPicture picture = Pictures.Of(Pictures.Feature()) with { Title = "[red]not a colour[/] [" };

        Assert.Contains(Draw(picture, unicode: true), l => l.Contains("feature 7: [red]not a colour[/] [", StringComparison.Ordinal));
    }

    [Fact]
    public void Render_WhenAPersonMustApprove_SaysHowUnderTheTable()
    {
        RunPicture picture = Pictures.Of(Pictures.Feature((1, p => p with { Status = PhaseStatus.AwaitingApproval })));

        Assert.Contains(
            "queue-7-1 waits for approval: curl -X POST http://127.0.0.1:7071/api/v1/queue/queue-7-1/approve",
            Draw(picture, unicode: true).Select(l => l.TrimEnd()));
    }

    [Fact]
    public void Render_WhenAnAgentAsks_SaysHowToAnswerUnderTheTable()
    {
        RunPicture picture = Pictures.Of(Pictures.Feature((1, Pictures.Asking)));

        Assert.Contains(
            "queue-7-1 waits for an answer: Which port? …: curl -X POST http://127.0.0.1:7071/api/v1/queue/queue-7-1/answer -d '{\"question\": 1, \"answer\": \"…\"}'",
            Draw(picture, unicode: true).Select(l => l.TrimEnd()));
    }

    [Fact]
    public void Narrowed_WhenTheTableIsWide_LeavesRoomForWhatTheTerminalEchoes()
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 80;
        RunPicture picture = Pictures.Of(Pictures.Feature((1, Pictures.Failed))) with { Title = new string('x', 100) };

        console.Write(new Narrowed(LiveView.Render(picture, Pictures.Url, unicode: false)));

        Assert.All(output.ToString().Split('\n'), line => Assert.InRange(line.TrimEnd('\r').Length, 0, 76));
    }

    [Fact]
    public void Footer_WhenTheLedgerIsKnown_CountsSlotsOverAllFeatures()
    {
        (SlotLedger ledger, _) = SlotLedger.Empty(capacity: 3).Exchange(
            new SlotExchange([], [new SlotRequest("queue-3-1", 1, 3, 50, Pictures.Start), new SlotRequest("queue-7-1", 1, 7, 50, Pictures.Start)]),
            Pictures.Start);

        string footer = LiveView.Footer(Pictures.Of(Pictures.Feature(), ledger: ledger), Pictures.Url);

        Assert.Equal("slots 2 of 3   10.0 s   panel http://127.0.0.1:7071/", footer);
    }

    private static string[] Draw(RunPicture picture, bool unicode)
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 160;
        console.Write(LiveView.Render(picture, Pictures.Url, unicode));
        return output.ToString().Split('\n');
    }

    private static bool Words(string line, params string[] cells) =>
        line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).SequenceEqual(cells);
}
