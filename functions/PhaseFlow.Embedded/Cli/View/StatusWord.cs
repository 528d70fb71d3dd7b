using PhaseFlow.Core.Runs;

namespace PhaseFlow.Embedded.Cli.View;

/// <summary>A status as an icon, a colour of the terminal and a word: none of them alone.</summary>
internal readonly record struct StatusWord(string Icon, string AsciiIcon, string Color, string Word)
{
    public static StatusWord Of(PhaseStatus status, bool retries) => status switch
    {
        PhaseStatus.Queued when retries => new("↻", "~", "yellow", "retrying"),
        PhaseStatus.Queued => new("○", ".", "grey", "queued"),
        PhaseStatus.Ready => new("◔", ":", "yellow", "ready"),
        PhaseStatus.Running => new("▶", ">", "blue", "running"),
        PhaseStatus.Completed => new("✔", "+", "green", "completed"),
        PhaseStatus.Failed => new("✖", "x", "red", "failed"),
        PhaseStatus.Blocked => new("■", "#", "maroon", "blocked"),
        PhaseStatus.Cancelled => new("–", "-", "grey", "cancelled"),
        PhaseStatus.AwaitingApproval => new("?", "?", "yellow", "awaiting approval"),
        _ => new("?", "?", "yellow", "awaiting answer"),
    };
}
