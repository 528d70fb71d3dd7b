using System.Globalization;

namespace PhaseFlow.Core.Runs;

/// <summary>Why a phase is not running, as one sentence for a person.</summary>
public static class WaitReason
{
    /// <summary>UTF-16 characters of the first line of a question that a reason shows.</summary>
    private const int MaxQuestionLength = 160;

    /// <summary>The reason, or null where the phase waits for nothing (its agent works, or it is over).</summary>
    /// <param name="run">The run that the phase belongs to.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="position">Its place in the line for a slot over all features, from 1, where known.</param>
    /// <param name="now">The moment (UTC) at which it is asked.</param>
    public static string? For(FeatureRun run, PhaseState phase, int? position, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(phase);
        return phase.Status switch
        {
            _ when phase is { Clearing: { } attempt, CannotBeStopped: true } =>
                FormattableString.Invariant($"the agent of attempt {attempt} cannot be stopped")
                + $"{(phase.Status.IsOver() ? " (cancel the phase once more to give its slot on all the same)" : "")}: {phase.DelayedBy}",
            _ when phase.Clearing is { } attempt => FormattableString.Invariant($"the agent of attempt {attempt} is being stopped"),
            PhaseStatus.Queued => Queued(run, phase, now),
            PhaseStatus.Ready when position is { } place => $"waits for a slot, {Ordinal(place)} in line",
            PhaseStatus.Ready => "waits for a slot",
            PhaseStatus.Blocked => Blocked(run, phase),
            PhaseStatus.AwaitingApproval when run.MaxCostUsd is { } cap && Spending.IsSpent(cap, run.Phases.Values) =>
                string.Create(
                    CultureInfo.InvariantCulture, $"waits for approval: the feature has spent {Spending.Of(run.Phases.Values):0.00##} of its {cap:0.00##} USD"),
            PhaseStatus.AwaitingApproval => "waits for approval",
            PhaseStatus.Running or PhaseStatus.AwaitingAnswer when phase.CannotBeStopped =>
                $"its agent cannot be stopped{(phase.Stopping == StopReason.Cancelled ? " (cancel the phase once more to give its slot on all the same)" : "")}: {phase.DelayedBy}",
            PhaseStatus.Running or PhaseStatus.AwaitingAnswer when phase.Stopping != StopReason.None => $"its agent is being stopped: {phase.Error}",
            PhaseStatus.Running when phase.NotBefore is { } then && phase.DelayedBy is { } what => $"waits {Wait(then - now)} to be launched: {what}",
            PhaseStatus.AwaitingAnswer => $"waits for an answer: {FirstLine(phase.Question?.Text ?? "")}",
            _ => null,
        };
    }

    /// <summary><c>1st</c>, <c>2nd</c>, <c>3rd</c>, <c>4th</c>, <c>11th</c>, <c>21st</c> …</summary>
    public static string Ordinal(int number)
    {
        string suffix = (number % 100) is 11 or 12 or 13 ? "th" : (number % 10) switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" };
        return number.ToString(CultureInfo.InvariantCulture) + suffix;
    }

    private static string FirstLine(string text)
    {
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        int end = trimmed.IndexOfAny("\r\n\u0085\u2028\u2029");
        string line = end < 0 ? trimmed.ToString() : $"{trimmed[..end].TrimEnd()} …";
        return line.Length <= MaxQuestionLength ? line : $"{line.AsSpan(0, char.IsHighSurrogate(line[MaxQuestionLength - 1]) ? MaxQuestionLength - 1 : MaxQuestionLength)}…";
    }

    private static string Queued(FeatureRun run, PhaseState phase, DateTimeOffset now)
    {
        int[] open = [.. phase.Rule.DependsOn.Where(d => !run.Phases.TryGetValue(d, out PhaseState? p) || p.Status != PhaseStatus.Completed).Order()];
        return run.Status switch
        {
            FeatureStatus.Planned => "waits for its feature to be executed",
            _ when open.Length > 0 => $"waits for {Phases(open)}",
            FeatureStatus.Suspended => "waits for its feature to be resumed",
            _ when phase.NotBefore is { } then => $"waits {Wait(then - now)} before {Next(phase.AttemptBudget - phase.Attempt)}: {phase.Error}",
            _ => "waits to be dispatched",
        };
    }

    // What is left, and not the number of the attempt: one that left the line for a slot has a number, and nobody has seen it.
    private static string Next(int left) => left <= 1 ? "its last attempt" : $"another attempt, {left} are left";

    /// <summary>In at most two units: <c>45s</c>, <c>59m 47s</c>, <c>2h 5m</c>.</summary>
    private static string Wait(TimeSpan left)
    {
        var seconds = (long)Math.Max(1, Math.Ceiling(left.TotalSeconds));
        (long big, long small, string bigUnit, string smallUnit) = seconds switch
        {
            < 60 => (0, seconds, "", "s"),
            < 3600 => (seconds / 60, seconds % 60, "m", "s"),
            _ => (seconds / 3600, seconds % 3600 / 60, "h", "m"),
        };
        string rest = small == 0 ? "" : FormattableString.Invariant($"{small}{smallUnit}");
        return big == 0 ? rest : FormattableString.Invariant($"{big}{bigUnit} {rest}").TrimEnd();
    }

    private static string Blocked(FeatureRun run, PhaseState phase)
    {
        var failed = new SortedSet<int>();
        var cancelled = new SortedSet<int>();
        var seen = new HashSet<int>();
        var open = new Stack<int>(phase.Rule.DependsOn);
        while (open.TryPop(out int number))
        {
            if (!seen.Add(number) || !run.Phases.TryGetValue(number, out PhaseState? dependency))
            {
                continue;
            }

            if (dependency.Status == PhaseStatus.Failed)
            {
                failed.Add(number);
            }
            else if (dependency.Status == PhaseStatus.Cancelled)
            {
                cancelled.Add(number);
            }
            else if (dependency.Status != PhaseStatus.Completed)
            {
                foreach (int further in dependency.Rule.DependsOn)
                {
                    open.Push(further);
                }
            }
        }

        var reasons = new List<string>(2);
        if (failed.Count > 0)
        {
            reasons.Add($"{Phases([.. failed])} failed");
        }

        if (cancelled.Count > 0)
        {
            reasons.Add($"{Phases([.. cancelled])} {(cancelled.Count == 1 ? "was" : "were")} cancelled");
        }

        return reasons.Count == 0 ? "blocked" : $"blocked: {string.Join(", ", reasons)}";
    }

    private static string Phases(int[] numbers) => numbers.Length switch
    {
        1 => $"phase {numbers[0]}",
        _ => $"phases {string.Join(", ", numbers[..^1])} and {numbers[^1]}",
    };
}
