using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Storage;

/// <summary>What every store promises. Each kind of store runs all of it.</summary>
public abstract partial class PhaseStoreContract
{
    // Whole milliseconds: what a store keeps at least.
    protected static readonly DateTimeOffset T0 = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    protected static readonly DateTimeOffset T1 = T0.AddMinutes(1);
    protected static readonly DateTimeOffset T2 = T0.AddMinutes(2);
    protected static readonly TimeSpan Generous = TimeSpan.FromMinutes(2);
    protected static readonly CancellationToken None = CancellationToken.None;

    /// <summary>An empty store of its own.</summary>
    protected abstract Task<IPhaseStore> OpenAsync();

    protected static FeaturePlan Plan(int? id = null, string title = "Sockets", params PhasePlan[] phases) => new()
    {
        Id = id,
        Title = title,
        Description = "Move to sockets.",
        Repository = "octo/app",
        Priority = 10,
        MaxCostUsd = 12.5m,
        Phases = [.. phases],
    };

    protected static PhasePlan Phase(int number, params int[] dependsOn) => new()
    {
        Number = number,
        Title = $"Phase {number}",
        Content = $"Do {number}.",
        DependsOn = [.. dependsOn],
        WorkflowType = "adw_build",
        ExternalDocs = ["docs/a.md"],
        EstimatedHours = 1.5m,
        Timeout = TimeSpan.FromHours(3),
        HeartbeatTimeout = TimeSpan.FromMinutes(15),
        MaxAttempts = 2,
        RetryBackoff = TimeSpan.FromSeconds(5),
        Approval = ApprovalMode.Required,
    };

    protected static async Task<int> CreateAsync(IPhaseStore store, FeaturePlan plan)
    {
        FeatureCreation creation = await store.CreateFeatureAsync(plan, null, T0, None);
        Assert.Equal(CreationResult.Created, creation.Result);
        return creation.FeatureId;
    }

    protected static PhaseState State(int number, PhaseStatus status, int attempt) => new()
    {
        Number = number,
        Rule = PhaseRule.Of(Phase(number)),
        Status = status,
        Attempt = attempt,
    };

    protected static RunPublication Publication(
        int featureId, long version, FeatureStatus status = FeatureStatus.InProgress, PhaseState[]? phases = null, InboxSettlement[]? settled = null) =>
        new(featureId, version, status, Cancelling: false, InboxPosition.Start, [.. phases ?? []], [.. settled ?? []]);

    protected static AttemptStart Attempt(int featureId, int number, int attempt) =>
        new(featureId, number, attempt, AdwId.Of(featureId, number, attempt), "adw_build");

    protected static ReceivedReport Report(
        int featureId, int number, int attempt, string delivery = "d-1", bool completed = true, bool adwIdMatches = true, string? error = null) =>
        new(
            delivery,
            featureId,
            QueueId.Format(featureId, number),
            adwIdMatches,
            new AgentReport(0, number, attempt, completed) { Error = error, PrNumber = 7, Summary = "ok", Usage = new AgentUsage(1, 2, 0.5m) },
            """{"the":"body"}""");

    protected static async Task<ImmutableArray<Change>> ChangesAsync(IPhaseStore store, long after = 0) =>
        (await store.ReadChangesAsync(after, 1000, None)).Changes;
}
