using System.Globalization;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Embedded.Cli.View;

/// <summary>One line per change, with the time since the feature (or its retry) began before it: the time that the summary counts.</summary>
/// <param name="output">Takes the lines.</param>
/// <param name="url">Where the host listens.</param>
/// <param name="retried">How the feature stood when it was retried, where it was: what has changed since is told, however little of it was watched.</param>
internal sealed class PlainView(TextWriter output, string url, RunPicture? retried = null) : IRunView
{
    private RunPicture? _before;

    public void Show(RunPicture picture)
    {
        foreach (string line in Changes(_before, picture, url, retried))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{picture.Elapsed.TotalSeconds,6:0.0}s  {line}"));
        }

        _before = picture;
    }

    public void Dispose()
    {
    }

    /// <summary>What is new in a picture, compared with the one before; from none, everything that has begun, or has since the retry.</summary>
    public static IEnumerable<string> Changes(RunPicture? before, RunPicture after, string url, RunPicture? retried = null)
    {
        if (before is null)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"feature {after.FeatureId} {after.Title}: {Phases(after.Rows.Length)}, panel {url}/");
            if (retried is not null)
            {
                int kept = retried.Rows.Count(r => r.Status == PhaseStatus.Completed);
                yield return string.Create(CultureInfo.InvariantCulture, $"{kept} of {Phases(after.Rows.Length)} completed before and kept");
            }
        }

        if (after.Status == FeatureStatus.Suspended && before?.Status != FeatureStatus.Suspended)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"feature {after.FeatureId} suspended");
        }

        foreach (PhaseRow row in after.Rows)
        {
            PhaseRow? old = (before ?? retried)?.Rows.FirstOrDefault(r => r.Number == row.Number);
            if (!IsNew(old, row) || (before is null && !IsNew(null, row)))
            {
                continue;
            }

            string[] lines = Line(row, after.FeatureId, url).Split('\n');
            yield return string.Create(CultureInfo.InvariantCulture, $"phase {row.Number} {row.Title}  {lines[0]}");
            foreach (string further in lines.Skip(1))
            {
                yield return "    " + further;
            }
        }
    }

    private static bool IsNew(PhaseRow? old, PhaseRow row) => old is null
        ? row.Status != PhaseStatus.Queued || row.RetryIn is not null
        : (old.Status, old.Attempt, old.RetryIn is null) != (row.Status, row.Attempt, row.RetryIn is null)
            && (row.Status != PhaseStatus.Queued || row.RetryIn is not null || old.Status != PhaseStatus.Queued);

    private static string Line(PhaseRow row, int featureId, string url) => row.Status switch
    {
        PhaseStatus.Queued when row.RetryIn is { } delay => $"attempt {row.Attempt} failed, {row.Note.Replace("waits ", "retries in ", StringComparison.Ordinal)}",
        PhaseStatus.Running when row.WaitsForOutside => string.Create(CultureInfo.InvariantCulture, $"running (attempt {row.Attempt}, slot {row.Slot}): {row.Note}"),
        PhaseStatus.Running => string.Create(CultureInfo.InvariantCulture, $"running (attempt {row.Attempt}, slot {row.Slot})"),
        PhaseStatus.Completed => row.Elapsed is { } elapsed ? $"completed in {TerminalText.Duration(elapsed)}" : "completed",
        PhaseStatus.Blocked => row.Note,
        PhaseStatus.AwaitingApproval => $"{row.Note.Replace("waits for", "awaiting", StringComparison.Ordinal)}: curl -X POST {url}/api/v1/queue/{QueueId.Format(featureId, row.Number)}/approve",
        PhaseStatus.AwaitingAnswer => $"{row.Note.Replace("waits for an answer", "asks", StringComparison.Ordinal)}: {LiveView.AnswerCommand(featureId, row, url)}",
        _ => row.Note.Length == 0 ? StatusWord.Of(row.Status, retries: false).Word : $"{StatusWord.Of(row.Status, retries: false).Word}: {row.Note}",
    };

    private static string Phases(int count) => count == 1 ? "1 phase" : string.Create(CultureInfo.InvariantCulture, $"{count} phases");
}
