using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Cli.View;

/// <summary>One phase as a person sees it.</summary>
internal sealed record PhaseRow
{
    public required int Number { get; init; }

    public required string Title { get; init; }

    public required PhaseStatus Status { get; init; }

    /// <summary>The attempt that waits, runs or ended last; 0 before the first.</summary>
    public required int Attempt { get; init; }

    /// <summary>The wait before the next attempt where the last one failed and another follows.</summary>
    public TimeSpan? RetryIn { get; init; }

    public int? Slot { get; init; }

    /// <summary>How long the last attempt has run, or ran.</summary>
    public TimeSpan? Elapsed { get; init; }

    public int? Issue { get; init; }

    /// <summary>Why it waits or failed, all lines; empty where there is nothing to say.</summary>
    public required string Note { get; init; }

    /// <summary>The number of the question that its agent waits with.</summary>
    public int? Question { get; init; }

    public string? AdwId { get; init; }

    /// <summary>Whether it is at work, and nothing on this machine does that work: its attempt waits for a report from outside.</summary>
    public bool WaitsForOutside { get; init; }
}

/// <summary>A feature at a moment: all that the views show, and nothing else.</summary>
/// <param name="FeatureId">The feature.</param>
/// <param name="Title">Its title, fit for a terminal.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Elapsed">From its beginning (or its retry) to its end, or until now.</param>
/// <param name="SlotsHeld">Over all features.</param>
/// <param name="SlotsCapacity">Null before the first slot was asked for.</param>
/// <param name="Rows">Its phases by number.</param>
internal sealed record RunPicture(
    int FeatureId,
    string Title,
    FeatureStatus Status,
    TimeSpan Elapsed,
    int SlotsHeld,
    int? SlotsCapacity,
    ImmutableArray<PhaseRow> Rows)
{
    /// <summary>The picture of what is stored.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="ledger">Who holds and who waits for a slot, where known.</param>
    /// <param name="now">The moment (UTC).</param>
    /// <param name="since">When what is watched began; null for when the feature was stored.</param>
    public static RunPicture Of(StoredFeature feature, SlotLedger? ledger, DateTimeOffset now, DateTimeOffset? since)
    {
        FeatureRun run = feature.Run;
        Dictionary<int, string> titles = feature.Plan.Phases.ToDictionary(p => p.Number, p => p.Title);
        Dictionary<string, int> line = (ledger?.DispatchOrder() ?? []).Select((w, i) => (w.QueueId, Place: i + 1)).ToDictionary(w => w.QueueId, w => w.Place);
        DateTimeOffset end = run.Status.IsFinished() ? run.Phases.Values.Max(p => p.FinishedAt) ?? feature.UpdatedAt : now;
        return new RunPicture(
            run.FeatureId,
            TerminalText.Clean(feature.Plan.Title),
            run.Status,
            NotNegative(end - (since ?? feature.CreatedAt)),
            ledger?.Held.Length ?? 0,
            ledger?.Capacity,
            [.. run.Phases.Values.Select(p => Row(run, p, titles.GetValueOrDefault(p.Number, ""), line, now))]);
    }

    private static PhaseRow Row(FeatureRun run, PhaseState phase, string title, Dictionary<string, int> line, DateTimeOffset now)
    {
        int? place = line.TryGetValue(QueueId.Format(run.FeatureId, phase.Number), out int found) ? found : null;
        bool isOutside = phase.Status == PhaseStatus.Running && phase.Rule.WorkflowType == WorkflowTypes.External;
        bool retries = phase is { Status: PhaseStatus.Queued, NotBefore: not null, Error: not null };
        return new PhaseRow
        {
            Number = phase.Number,
            Title = TerminalText.Clean(title),
            Status = phase.Status,
            Attempt = phase.Attempt,
            RetryIn = retries ? NotNegative(phase.NotBefore!.Value - now) : null,
            Slot = phase.Slot,
            Elapsed = phase.StartedAt is { } started ? NotNegative((phase.Status.HoldsSlot() ? now : phase.FinishedAt ?? now) - started) : null,
            Issue = phase.IssueNumber,
            Note = TerminalText.CleanLines(
                WaitReason.For(run, phase, place, now)
                ?? (isOutside ? "waits for a report from outside (pf_report, README)"
                : phase.Status == PhaseStatus.Completed ? ""
                : phase.Error ?? "")),
            Question = phase.Question?.Number,
            WaitsForOutside = isOutside,
            AdwId = phase.Attempt > 0 && phase.StartedAt is not null ? AdwId.Of(run.FeatureId, phase.Number, phase.Attempt) : null,
        };
    }

    private static TimeSpan NotNegative(TimeSpan span) => span < TimeSpan.Zero ? TimeSpan.Zero : span;
}
