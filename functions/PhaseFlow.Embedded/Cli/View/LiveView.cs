using System.Globalization;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PhaseFlow.Embedded.Cli.View;

/// <summary>A table on the terminal that is redrawn in place.</summary>
internal sealed class LiveView : IRunView
{
    private readonly Lock _gate = new();
    private readonly IAnsiConsole _console;
    private readonly string _url;
    private readonly LiveDisplay _display;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _drawing;
    private LiveDisplayContext? _context;
    private RunPicture? _picture;

    public LiveView(IAnsiConsole console, string url)
    {
        _console = console;
        _url = url;
        _display = console.Live(new Text("")).AutoClear(false);
        _drawing = _display.StartAsync(context =>
        {
            lock (_gate)
            {
                _context = context;
                Draw();
            }

            return _over.Task;
        });
    }

    public void Show(RunPicture picture)
    {
        lock (_gate)
        {
            _picture = picture;
            Draw();
        }
    }

    public void Dispose()
    {
        _over.TrySetResult();
        _drawing.GetAwaiter().GetResult();
    }

    /// <summary>The whole view of a picture.</summary>
    public static IRenderable Render(RunPicture picture, string url, bool unicode)
    {
        Table table = new Table().Border(unicode ? TableBorder.Rounded : TableBorder.Ascii);
        table.Title = new TableTitle(Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"feature {picture.FeatureId}: {picture.Title}")));
        foreach (string heading in (string[])["phase", "title", "status", "slot", "attempt", "elapsed", "issue", "reason"])
        {
            table.AddColumn(new TableColumn(heading));
        }

        foreach (PhaseRow row in picture.Rows)
        {
            table.AddRow(Cells(row, unicode));
        }

        return new Rows([table, .. Decisions(picture, url).Select(line => new Text(line)), new Text(Footer(picture, url))]);
    }

    /// <summary>How to approve and to answer what waits for it.</summary>
    public static IEnumerable<string> Decisions(RunPicture picture, string url) => picture.Rows
        .Where(row => row.Status is PhaseStatus.AwaitingApproval or PhaseStatus.AwaitingAnswer)
        .Select(row => (Row: row, Id: QueueId.Format(picture.FeatureId, row.Number)))
        .Select(waits => waits.Row.Status == PhaseStatus.AwaitingApproval
            ? $"{waits.Id} waits for approval: curl -X POST {url}/api/v1/queue/{waits.Id}/approve"
            : $"{waits.Id} {TerminalText.FirstLine(waits.Row.Note)}: {AnswerCommand(picture.FeatureId, waits.Row, url)}");

    /// <summary>How to answer what the agent of a phase asks.</summary>
    public static string AnswerCommand(int featureId, PhaseRow row, string url) => string.Create(
        CultureInfo.InvariantCulture, $$"""curl -X POST {{url}}/api/v1/queue/{{QueueId.Format(featureId, row.Number)}}/answer -d '{"question": {{row.Question}}, "answer": "…"}'""");

    /// <summary>Slots in use, time so far, and the panel's address.</summary>
    public static string Footer(RunPicture picture, string url)
    {
        string slots = picture.SlotsCapacity is { } capacity
            ? string.Create(CultureInfo.InvariantCulture, $"slots {picture.SlotsHeld} of {capacity}   ")
            : "";
        string suspended = picture.Status == FeatureStatus.Suspended ? "suspended   " : "";
        return $"{slots}{suspended}{TerminalText.Duration(picture.Elapsed)}   panel {url}/";
    }

    private static IRenderable[] Cells(PhaseRow row, bool unicode)
    {
        StatusWord status = StatusWord.Of(row.Status, row.RetryIn is not null);
        return
        [
            Cell(row.Number),
            new Text(row.Title),
            new Text($"{(unicode ? status.Icon : status.AsciiIcon)} {status.Word}", Style.Parse(status.Color)),
            Cell(row.Slot),
            Cell(row.Attempt == 0 ? null : row.Attempt),
            new Text(row.Elapsed is { } elapsed ? TerminalText.Duration(elapsed) : ""),
            new Text(row.Issue is { } issue ? string.Create(CultureInfo.InvariantCulture, $"#{issue}") : ""),
            new Text(TerminalText.FirstLine(row.Note)),
        ];
    }

    private static Text Cell(int? number) => new(number?.ToString(CultureInfo.InvariantCulture) ?? "");

    private void Draw()
    {
        if (_context is not null && _picture is not null)
        {
            _context.UpdateTarget(new Narrowed(Render(_picture, _url, _console.Profile.Capabilities.Unicode)));
        }
    }
}
