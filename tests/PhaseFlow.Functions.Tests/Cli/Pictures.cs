using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Embedded.Cli.View;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Cli;

/// <summary>Stored features for the views: phase 1 → {2, 3}, phase 4 after both.</summary>
internal static class Pictures
{
    public const string Url = "http://127.0.0.1:7071";

    public static readonly DateTimeOffset Start = new(2025, 12, 13, 8, 0, 0, TimeSpan.Zero);

    public static FeaturePlan Plan { get; } = new()
    {
        Id = 7,
        Title = "WebSocket Migration",
        Phases =
        [
            new PhasePlan { Number = 1, Title = "Schema", WorkflowType = "claude" },
            new PhasePlan { Number = 2, Title = "Backend API", WorkflowType = "claude", DependsOn = [1], MaxAttempts = 2 },
            new PhasePlan { Number = 3, Title = "Frontend UI", WorkflowType = "claude", DependsOn = [1] },
            new PhasePlan { Number = 4, Title = "Tests", WorkflowType = "claude", DependsOn = [2, 3] },
        ],
    };

    /// <summary>The feature in progress, with some phases changed.</summary>
    public static StoredFeature Feature(params (int Number, Func<PhaseState, PhaseState> Change)[] changes) => Feature(FeatureStatus.InProgress, changes);

    public static StoredFeature Feature(FeatureStatus status, params (int Number, Func<PhaseState, PhaseState> Change)[] changes)
    {
        FeatureRun run = FeatureRun.Create(7, Plan) with { Status = status };
        foreach ((int number, Func<PhaseState, PhaseState> change) in changes)
        {
            run = run with { Phases = run.Phases.Set(change(run.Phases[number])) };
        }

        return new StoredFeature
        {
            Plan = Plan,
            Run = run,
            CreatedAt = Start,
            UpdatedAt = Start,
            PhaseUpdatedAt = ImmutableSortedDictionary<int, DateTimeOffset>.Empty,
        };
    }

    public static RunPicture Of(StoredFeature feature, double seconds = 10, SlotLedger? ledger = null) =>
        RunPicture.Of(feature, ledger, At(seconds), since: null);

    public static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);

    public static PhaseState Completed(PhaseState phase) =>
        phase with { Status = PhaseStatus.Completed, Attempt = 1, StartedAt = At(1), FinishedAt = At(3.5) };

    public static PhaseState Running(PhaseState phase) =>
        phase with { Status = PhaseStatus.Running, Attempt = 1, Slot = 2, StartedAt = At(4), IssueNumber = 12 };

    public static PhaseState Asking(PhaseState phase) =>
        Running(phase) with { Status = PhaseStatus.AwaitingAnswer, Question = new PhaseQuestion(1, "Which port?\nThe old one is taken.", At(5)) };

    public static PhaseState Outside(PhaseState phase) => Running(phase) with { Rule = phase.Rule with { WorkflowType = WorkflowTypes.External } };

    public static PhaseState Retrying(PhaseState phase) => phase with
    {
        Status = PhaseStatus.Queued,
        Attempt = 1,
        AttemptBudget = 2,
        StartedAt = At(4),
        FinishedAt = At(6),
        NotBefore = At(13),
        Error = "exit code 1\nlast words",
    };

    public static PhaseState Failed(PhaseState phase) => phase with
    {
        Status = PhaseStatus.Failed,
        Attempt = 2,
        StartedAt = At(4),
        FinishedAt = At(9),
        Error = "exit code 1\nlast words",
    };

    public static PhaseState Blocked(PhaseState phase) => phase with { Status = PhaseStatus.Blocked };

    public static PhaseState Ready(PhaseState phase) => phase with { Status = PhaseStatus.Ready, Attempt = 1, ReadyAt = At(4) };
}
