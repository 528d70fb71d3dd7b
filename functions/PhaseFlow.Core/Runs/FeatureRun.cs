using PhaseFlow.Core.Plans;

namespace PhaseFlow.Core.Runs;

/// <summary>The whole life of a feature as a value: <c>(run, message) → (run, effects)</c>.</summary>
/// <remarks>Any message may come twice, late or out of order; one that no longer fits changes nothing and says why.</remarks>
public sealed record FeatureRun
{
    /// <summary>How long a stop may stay unconfirmed before the slot is taken back, and the pause before an agent is told again that could not be told.</summary>
    public static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(30);

    /// <summary>The least that a launch waits that was told to come again.</summary>
    public static readonly TimeSpan ShortestDelay = TimeSpan.FromSeconds(1);

    public required int FeatureId { get; init; }

    public int Priority { get; init; } = PhaseLimits.DefaultPriority;

    /// <summary>What the feature may spend before a person is asked, in United States dollars; null for no cap.</summary>
    public decimal? MaxCostUsd { get; init; }

    public FeatureStatus Status { get; init; }

    /// <summary>Whether the feature was cancelled and waits for its agents to end.</summary>
    public bool Cancelling { get; init; }

    /// <summary>Grows with every step that changes the run: the store keeps the newest.</summary>
    public long Version { get; init; }

    public InboxPosition Inbox { get; init; } = InboxPosition.Start;

    public PhaseTable Phases { get; init; } = PhaseTable.Empty;

    /// <summary>The next moment at which <see cref="TimePassed"/> must come, if any.</summary>
    public DateTimeOffset? NextWake()
    {
        DateTimeOffset? next = null;
        foreach (PhaseState phase in Phases.Values)
        {
            DateTimeOffset? due = phase.Status switch
            {
                _ when phase.Clearing is not null => phase.GraceUntil,
                PhaseStatus.Queued => phase.NotBefore,
                _ when !phase.Status.HoldsSlot() => null,
                _ when phase.Stopping != StopReason.None => phase.GraceUntil,
                _ => Earlier(Earlier(phase.DeadlineAt, phase.HeartbeatDueAt), phase.NotBefore),
            };
            next = Earlier(next, due);
        }

        return next;
    }

    /// <summary>A planned feature, with every phase queued.</summary>
    public static FeatureRun Create(int featureId, FeaturePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new FeatureRun
        {
            FeatureId = featureId,
            Priority = plan.Priority,
            MaxCostUsd = plan.MaxCostUsd,
            Phases = PhaseTable.Of(plan.Phases.Select(p => new PhaseState { Number = p.Number, Rule = PhaseRule.Of(p) })),
        };
    }

    /// <summary>Applies one message at a moment (UTC).</summary>
    public RunStep Apply(RunMessage message, DateTimeOffset now) => new RunStepper(this, now).Apply(message);

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null ? b : b is null ? a : a < b ? a : b;
}
