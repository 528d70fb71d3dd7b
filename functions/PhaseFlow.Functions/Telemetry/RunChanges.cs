using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Telemetry;

/// <summary>An attempt got its slot after a wait.</summary>
internal sealed record AttemptWait(TimeSpan Duration, string WorkflowType);

/// <summary>An attempt gave its slot back.</summary>
internal sealed record AttemptEnd(int Phase, int Attempt, int? Slot, string WorkflowType, DateTimeOffset StartedAt, DateTimeOffset EndedAt, string Outcome, string? Error);

/// <summary>What a publication changes in a run, as telemetry tells it. A value: it looks at both and at nothing else.</summary>
internal sealed class RunChanges
{
    public RunChanges(FeatureRun before, RunPublication publication, DateTimeOffset now)
    {
        Publication = publication;
        Before = before;
        Now = now;
        foreach (PhaseState phase in publication.Phases)
        {
            PhaseState? was = before.Phases.GetValueOrDefault(phase.Number);
            AddWait(was, phase);
            AddEnd(was, phase);
            AddUsage(was, phase);
            if (IsAtItsEnd(phase.Status) && was is not null && !IsAtItsEnd(was.Status))
            {
                Settled.Add(phase);
            }
        }

        IsFinished = publication.Status.IsFinished() && !before.Status.IsFinished();
    }

    public RunPublication Publication { get; }

    public FeatureRun Before { get; }

    public DateTimeOffset Now { get; }

    public List<AttemptWait> Waits { get; } = [];

    public List<AttemptEnd> Ends { get; } = [];

    public List<(AgentUsage Usage, string WorkflowType)> Usages { get; } = [];

    /// <summary>The phases that are over with it.</summary>
    public List<PhaseState> Settled { get; } = [];

    /// <summary>Whether the feature is over with it.</summary>
    public bool IsFinished { get; }

    public bool NeedsAttempts => Settled.Count > 0 || IsFinished;

    public bool HasSpans => Ends.Count > 0 || NeedsAttempts;

    /// <summary>Every phase as it stands after the publication.</summary>
    public IEnumerable<PhaseState> Phases()
    {
        foreach (PhaseState before in Before.Phases.Values)
        {
            yield return Publication.Phases.FirstOrDefault(p => p.Number == before.Number) ?? before;
        }
    }

    // A blocked phase is not over: it waits for another to be retried.
    private static bool IsAtItsEnd(PhaseStatus status) => status is PhaseStatus.Completed or PhaseStatus.Failed or PhaseStatus.Cancelled;

    private void AddWait(PhaseState? was, PhaseState phase)
    {
        if (phase is { StartedAt: { } started, ReadyAt: { } ready } && (was?.StartedAt != started || was.Attempt != phase.Attempt))
        {
            Waits.Add(new AttemptWait(started - ready, phase.Rule.WorkflowType));
        }
    }

    private void AddEnd(PhaseState? was, PhaseState phase)
    {
        if (was is not null && was.Status.HoldsSlot() && was.StartedAt is { } started && (was.Attempt != phase.Attempt || !phase.Status.HoldsSlot()))
        {
            // Where the next attempt waits already, its own times stand in the row: the last one ended when it became ready.
            DateTimeOffset ended = (was.Attempt == phase.Attempt ? phase.FinishedAt : phase.ReadyAt) ?? Now;
            Ends.Add(End(phase, was.Attempt, was.Slot, started, ended));
        }
        else if ((was is null || was.Attempt != phase.Attempt || was.StartedAt is null) && phase is { StartedAt: { } began, FinishedAt: { } finished } && !phase.Status.HoldsSlot())
        {
            // It got its slot and gave it back with one publication.
            Ends.Add(End(phase, phase.Attempt, null, began, finished));
        }
    }

    private static AttemptEnd End(PhaseState phase, int attempt, int? slot, DateTimeOffset started, DateTimeOffset ended)
    {
        string outcome = phase.Attempt != attempt ? "failed" : phase.Status switch
        {
            PhaseStatus.Completed => "completed",
            PhaseStatus.Cancelled => "cancelled",
            _ => "failed",
        };
        return new AttemptEnd(phase.Number, attempt, slot, phase.Rule.WorkflowType, started, ended, outcome, outcome == "completed" ? null : phase.Error);
    }

    private void AddUsage(PhaseState? was, PhaseState phase)
    {
        if (phase.Usage is { } usage && usage != was?.Usage)
        {
            AgentUsage before = was?.Usage ?? new AgentUsage(0, 0, 0);
            Usages.Add((
                new AgentUsage(usage.InputTokens - before.InputTokens, usage.OutputTokens - before.OutputTokens, usage.CostUsd - before.CostUsd), phase.Rule.WorkflowType));
        }
    }
}
