using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Telemetry;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Telemetry;

/// <summary>The spans of what is over with a publication: feature, phases under it, attempts under those.</summary>
/// <remarks>What was retried after it had ended has a further span, under the first one: a span cannot end twice.</remarks>
internal sealed class RunTrace(TraceIds ids, RunChanges changes, ImmutableArray<AttemptRecord> attempts)
{
    private readonly int _feature = changes.Publication.FeatureId;
    private readonly string _trace = ids.Trace(changes.Publication.FeatureId);

    public IEnumerable<EndedSpan> Spans() =>
        [.. changes.Ends.Select(Attempt), .. changes.Settled.Select(Phase).OfType<EndedSpan>(), .. changes.IsFinished ? [Feature()] : Array.Empty<EndedSpan>()];

    private EndedSpan Attempt(AttemptEnd end) => new(
        "attempt", _trace, ids.Span(_feature, end.Phase, end.Attempt), ids.Span(_feature, end.Phase), end.StartedAt, end.EndedAt)
    {
        Succeeded = end.Outcome switch { "completed" => true, "failed" => false, _ => null },
        Error = end.Error,
        Tags =
        [
            new(TelemetryNames.FeatureId, _feature),
            new(TelemetryNames.PhaseNumber, end.Phase),
            new(TelemetryNames.QueueId, QueueId.Format(_feature, end.Phase)),
            new(TelemetryNames.Attempt, end.Attempt),
            new(TelemetryNames.AdwId, AdwId.Of(_feature, end.Phase, end.Attempt)),
            new(TelemetryNames.WorkflowType, end.WorkflowType),
            new(TelemetryNames.Slot, end.Slot),
            new(TelemetryNames.Outcome, end.Outcome),
        ],
    };

    /// <summary>The span of a phase; null where none of its attempts has begun.</summary>
    private EndedSpan? Phase(PhaseState phase)
    {
        AttemptRecord[] begun = BegunOf(phase);
        AttemptRecord[] round = begun[BeforeRetry(phase, begun.Length)..];
        if (round.Length == 0)
        {
            return null;
        }

        bool isAgain = round.Length < begun.Length;
        return new EndedSpan(
            "phase",
            _trace,
            isAgain ? ids.SpanAgain(_feature, phase.Number, phase.Attempt) : ids.Span(_feature, phase.Number),
            isAgain ? ids.Span(_feature, phase.Number) : ids.Span(_feature),
            StartOf(phase, round),
            phase.FinishedAt ?? changes.Now)
        {
            Succeeded = phase.Status switch { PhaseStatus.Completed => true, PhaseStatus.Failed => false, _ => null },
            Error = phase.Error,
            Tags =
            [
                new(TelemetryNames.FeatureId, _feature),
                new(TelemetryNames.PhaseNumber, phase.Number),
                new(TelemetryNames.QueueId, QueueId.Format(_feature, phase.Number)),
                new(TelemetryNames.WorkflowType, phase.Rule.WorkflowType),
                new(TelemetryNames.Outcome, ApiJson.Word(phase.Status)),
            ],
        };
    }

    private EndedSpan Feature()
    {
        PhaseState[] phases = [.. changes.Phases()];
        PhaseState[] retried = [.. phases.Where(p => BeforeRetry(p, BegunOf(p).Length) > 0)];
        IEnumerable<DateTimeOffset> starts = (retried.Length > 0 ? retried : phases)
            .Select(p => (Phase: p, Begun: BegunOf(p)))
            .Select(p => (p.Phase, Round: p.Begun[BeforeRetry(p.Phase, p.Begun.Length)..]))
            .Where(p => p.Round.Length > 0)
            .Select(p => StartOf(p.Phase, p.Round));
        return new EndedSpan(
            "feature",
            _trace,
            retried.Length > 0 ? ids.SpanAgain(_feature, changes.Publication.Version) : ids.Span(_feature),
            retried.Length > 0 ? ids.Span(_feature) : null,
            starts.DefaultIfEmpty(changes.Now).Min(),
            changes.Now)
        {
            Succeeded = changes.Publication.Status switch { FeatureStatus.Completed => true, FeatureStatus.Failed => false, _ => null },
            Tags = [new(TelemetryNames.FeatureId, _feature), new(TelemetryNames.Outcome, ApiJson.Word(changes.Publication.Status))],
        };
    }

    private AttemptRecord[] BegunOf(PhaseState phase) => [.. attempts.Where(a => a.PhaseNumber == phase.Number && a.Attempt <= phase.Attempt).OrderBy(a => a.Attempt)];

    /// <summary>
    /// How many attempts had begun when the phase was last retried after its end. A retry sets the budget to the attempts so far and as many more as the plan allows;
    /// an attempt that left the line without a slot has no record, and one more is allowed for it.
    /// </summary>
    private static int BeforeRetry(PhaseState phase, int begun) =>
        Math.Clamp(phase.AttemptBudget - phase.Rule.MaxAttempts - (phase.Attempt - begun), 0, begun);

    // The first of several attempts has left the row: its record, made a moment after it got its slot, is what remains of its beginning.
    // An only attempt still stands there, and its wait with it.
    private static DateTimeOffset StartOf(PhaseState phase, AttemptRecord[] round) =>
        round.Length == 1 && phase.ReadyAt is { } ready && round[0].Attempt == phase.Attempt && ready < round[0].LaunchedAt ? ready : round[0].LaunchedAt;
}
