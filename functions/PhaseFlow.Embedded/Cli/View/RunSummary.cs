using System.Globalization;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Embedded.Cli.View;

/// <summary>How a run ended.</summary>
internal static class RunSummary
{
    /// <summary>Where the output of what failed is, and as the last line the outcome with its totals.</summary>
    public static IEnumerable<string> Lines(RunPicture picture, string dataFolder)
    {
        foreach (PhaseRow row in picture.Rows.Where(r => r is { Status: PhaseStatus.Failed, AdwId: not null }))
        {
            string output = Path.Combine(dataFolder, "agents", row.AdwId!, "output.log");
            if (File.Exists(output))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"output of phase {row.Number}: {output}");
            }
        }

        yield return Outcome(picture);
    }

    /// <summary>What goes on when nobody watches any more: agents here, and work that somebody outside reports.</summary>
    public static string WhatGoesOn(RunPicture? picture)
    {
        PhaseRow[] live = picture?.Rows.Where(r => r.Status.HoldsSlot()).ToArray() ?? [];
        int outside = live.Count(r => r.WaitsForOutside);
        int agents = live.Length - outside;
        string[] parts =
        [
            .. agents == 0 ? Array.Empty<string>() : [$"{Count(agents, "agent")} {(agents == 1 ? "goes" : "go")} on working"],
            .. outside == 0 ? Array.Empty<string>() : [$"{Count(outside, "phase")} {(outside == 1 ? "waits" : "wait")} for a report from outside"],
        ];
        return $"{(parts.Length == 0 ? "stopped watching" : string.Join(", ", parts))}; run the same command again to pick the run up";
    }

    /// <summary>One line.</summary>
    public static string Outcome(RunPicture picture)
    {
        int completed = picture.Rows.Count(r => r.Status == PhaseStatus.Completed);
        int attempts = picture.Rows.Sum(r => r.Attempt);
        string totals = string.Create(
            CultureInfo.InvariantCulture,
            $"{completed} of {Count(picture.Rows.Length, "phase")} in {TerminalText.Duration(picture.Elapsed)}, {Count(attempts, "attempt")}");
        return picture.Status switch
        {
            FeatureStatus.Completed => $"completed: {totals}",
            FeatureStatus.Failed => $"failed: {string.Join("; ", Reasons(picture))} ({totals})",
            _ => $"{picture.Status.ToString().ToLowerInvariant()}: {totals}",
        };
    }

    private static IEnumerable<string> Reasons(RunPicture picture)
    {
        foreach (PhaseRow row in picture.Rows.Where(r => r.Status == PhaseStatus.Failed))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"phase {row.Number} \"{row.Title}\": {TerminalText.FirstLine(row.Note)}");
        }

        foreach (PhaseStatus status in new[] { PhaseStatus.Blocked, PhaseStatus.Cancelled })
        {
            int[] numbers = [.. picture.Rows.Where(r => r.Status == status).Select(r => r.Number)];
            if (numbers.Length > 0)
            {
                yield return $"{StatusWord.Of(status, retries: false).Word}: {string.Join(", ", numbers)}";
            }
        }
    }

    internal static string Count(int number, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");
}
