using System.Collections.Immutable;
using System.Reflection;
using PhaseFlow.Core.Plans;
using Xunit;

namespace PhaseFlow.Core.Tests.Plans;

public sealed class PlanValidatorTests
{
    private static readonly PhasePlan Phase = new() { Number = 1, Title = "One" };
    private static readonly FeaturePlan Feature = new() { Title = "F", Phases = [Phase] };

    public static TheoryData<FeaturePlan, string, string> FaultyFeatures => new()
    {
        { Feature with { Title = " " }, PlanFaultCodes.MissingTitle, "/title" },
        { Feature with { Title = "two\nlines" }, PlanFaultCodes.InvalidTitle, "/title" },
        { Feature with { Title = new string('x', 257) }, PlanFaultCodes.TooLong, "/title" },
        { Feature with { Description = new string('x', PhaseLimits.MaxDescriptionLength + 1) }, PlanFaultCodes.TooLong, "/description" },
        { Feature with { Id = 0 }, PlanFaultCodes.InvalidId, "/id" },
        { Feature with { Repository = "" }, PlanFaultCodes.InvalidRepository, "/repository" },
        { Feature with { Repository = "owner/name\n" }, PlanFaultCodes.InvalidRepository, "/repository" },
        { Feature with { Repository = "a/" + new string('x', 140) }, PlanFaultCodes.InvalidRepository, "/repository" },
        { Feature with { Priority = 0 }, PlanFaultCodes.InvalidPriority, "/priority" },
        { Feature with { Priority = 100 }, PlanFaultCodes.InvalidPriority, "/priority" },
        { Feature with { MaxCostUsd = 0 }, PlanFaultCodes.InvalidCost, "/max_cost_usd" },
        { Feature with { MaxCostUsd = -5 }, PlanFaultCodes.InvalidCost, "/max_cost_usd" },
        { Feature with { MaxCostUsd = 1_000_000.0001m }, PlanFaultCodes.InvalidCost, "/max_cost_usd" },
        { Feature with { MaxCostUsd = 0.00001m }, PlanFaultCodes.InvalidCost, "/max_cost_usd" },
        { Feature with { Phases = [] }, PlanFaultCodes.NoPhases, "/phases" },
        { Feature with { Phases = default }, PlanFaultCodes.NoPhases, "/phases" },
        { Feature with { Phases = [Phase, Phase] }, PlanFaultCodes.DuplicateNumber, "/phases/1/phase_number" },
        { With(Phase with { Title = "" }), PlanFaultCodes.MissingTitle, "/phases/0/title" },
        { With(Phase with { Content = new string('x', PhaseLimits.MaxContentLength + 1) }), PlanFaultCodes.TooLong, "/phases/0/content" },
        { With(Phase with { WorkflowType = "" }), PlanFaultCodes.InvalidWorkflowType, "/phases/0/workflow_type" },
        { With(Phase with { WorkflowType = "a/b" }), PlanFaultCodes.InvalidWorkflowType, "/phases/0/workflow_type" },
        { With(Phase with { WorkflowType = "a\n" }), PlanFaultCodes.InvalidWorkflowType, "/phases/0/workflow_type" },
        { With(Phase with { WorkflowType = new string('x', 65) }), PlanFaultCodes.InvalidWorkflowType, "/phases/0/workflow_type" },
        { With(Phase with { ExternalDocs = ["a", ""] }), PlanFaultCodes.InvalidExternalDoc, "/phases/0/external_docs/1" },
        { With(Phase with { ExternalDocs = ["a\tb"] }), PlanFaultCodes.InvalidExternalDoc, "/phases/0/external_docs/0" },
        { With(Phase with { ExternalDocs = [.. Enumerable.Repeat("a", 101)] }), PlanFaultCodes.InvalidExternalDoc, "/phases/0/external_docs" },
        { With(Phase with { EstimatedHours = -0.5m }), PlanFaultCodes.InvalidEstimate, "/phases/0/estimated_hours" },
        { With(Phase with { EstimatedHours = 10_001 }), PlanFaultCodes.InvalidEstimate, "/phases/0/estimated_hours" },
        { With(Phase with { Timeout = TimeSpan.Zero }), PlanFaultCodes.InvalidDuration, "/phases/0/timeout" },
        { With(Phase with { Timeout = TimeSpan.FromDays(30.1) }), PlanFaultCodes.InvalidDuration, "/phases/0/timeout" },
        { With(Phase with { HeartbeatTimeout = TimeSpan.Zero }), PlanFaultCodes.InvalidDuration, "/phases/0/heartbeat_timeout" },
        { With(Phase with { RetryBackoff = TimeSpan.FromSeconds(-1) }), PlanFaultCodes.InvalidDuration, "/phases/0/retry_backoff" },
        { With(Phase with { RetryBackoff = TimeSpan.FromSeconds(3601) }), PlanFaultCodes.InvalidDuration, "/phases/0/retry_backoff" },
        { With(Phase with { MaxAttempts = 0 }), PlanFaultCodes.InvalidAttempts, "/phases/0/max_attempts" },
        { With(Phase with { MaxAttempts = 21 }), PlanFaultCodes.InvalidAttempts, "/phases/0/max_attempts" },
        { With(Phase with { Approval = (ApprovalMode)7 }), PlanFaultCodes.InvalidApproval, "/phases/0/approval" },
        { With(Phase with { DependsOn = [2] }), PlanFaultCodes.MissingDependency, "/phases/0/depends_on/0" },
    };

    [Theory]
    [MemberData(nameof(FaultyFeatures), DisableDiscoveryEnumeration = true)]
    public void Validate_WhenOneThingIsWrong_NamesItAndItsPlace(FeaturePlan plan, string code, string pointer)
    {
        PlanFault fault = Assert.Single(PlanValidator.Validate(plan));

        Assert.Equal((code, pointer), (fault.Code, fault.Pointer));
        Assert.EndsWith(".", fault.Message, StringComparison.Ordinal);
        Assert.Null(fault.Line);
    }

    [Fact]
    public void Validate_WhenAllIsAtItsLimit_FindsNothing()
    {
        var phase = new PhasePlan
        {
            Number = int.MaxValue,
            Title = new string('x', 256),
            Content = new string('x', PhaseLimits.MaxContentLength),
            WorkflowType = new string('x', 64),
            ExternalDocs = [.. Enumerable.Repeat(new string('x', 2048), 100)],
            EstimatedHours = 0,
            Timeout = PhaseLimits.MaxTimeout,
            HeartbeatTimeout = TimeSpan.FromTicks(1),
            RetryBackoff = TimeSpan.Zero,
            MaxAttempts = 20,
            Approval = ApprovalMode.Required,
        };

        Assert.Empty(PlanValidator.Validate(
            new FeaturePlan { Id = 1, Title = "F", Repository = "a.b/c-d_e", Priority = 99, MaxCostUsd = 1_000_000, Phases = [phase] }));
        Assert.Empty(PlanValidator.Validate(Feature with { MaxCostUsd = 0.00010m }));
    }

    [Fact]
    public void Validate_WhenMuchIsWrong_TellsItAllAtOnce() =>
        Assert.Equal(
            ["/title", "/priority", "/phases/0/timeout", "/phases/1/max_attempts", "/phases/0/depends_on/0", "/phases/1/depends_on/0"],
            PlanValidator.Validate(new FeaturePlan
            {
                Title = "",
                Priority = -1,
                Phases =
                [
                    Phase with { Timeout = TimeSpan.Zero, DependsOn = [1] },
                    Phase with { Number = 2, MaxAttempts = 99, DependsOn = [3] },
                ],
            }).Select(f => f.Pointer));

    [Fact]
    public void Validate_WhenThereAreThousandsOfFaults_CutsTheListShortAndSaysByHowMuch()
    {
        ImmutableArray<PlanFault> faults = PlanValidator.Validate(
            Feature with { Phases = [Phase with { DependsOn = [.. Enumerable.Range(2, 5000)] }] });

        Assert.Equal(PlanValidator.MaxFaults, faults.Length);
        Assert.Equal(new PlanFault(PlanFaultCodes.MoreFaults, "There are 4001 more faults."), faults[^1]);
    }

    [Fact]
    public void ValidatePhase_WhenOnePhaseStandsAlone_LeavesItsDependenciesToTheGraph() =>
        Assert.Equal("/title", Assert.Single(PlanValidator.ValidatePhase(Phase with { Title = "", DependsOn = [9] })).Pointer);

    [Fact]
    public void Equals_WhenListsHoldTheSameElements_IsTrue()
    {
        PhasePlan one = Phase with { DependsOn = [1, 2], ExternalDocs = ["a"] };
        PhasePlan other = Phase with { DependsOn = [1, 2], ExternalDocs = ["a"] };

        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.Equal(With(one), With(other));
        Assert.Equal(With(one).GetHashCode(), With(other).GetHashCode());
        Assert.Equal(Phase with { DependsOn = default }, Phase);
    }

    // Equality is written out by hand: a property that is added and forgotten there shows here.
    [Fact]
    public void Equals_WhenAnyOnePropertyDiffers_IsFalse()
    {
        AssertEachPropertyCounts(Phase with { DependsOn = [] }, Phase with
        {
            Number = 2,
            Title = "x",
            Content = "x",
            DependsOn = [1],
            WorkflowType = "x",
            ExternalDocs = ["x"],
            EstimatedHours = 1,
            Timeout = TimeSpan.FromTicks(1),
            HeartbeatTimeout = TimeSpan.FromTicks(1),
            MaxAttempts = 2,
            RetryBackoff = TimeSpan.Zero,
            Approval = ApprovalMode.Required,
        });
        AssertEachPropertyCounts(Feature with { Id = null }, new FeaturePlan
        {
            Id = 1,
            Title = "x",
            Description = "x",
            Repository = "x",
            Priority = 1,
            MaxCostUsd = 1,
            Phases = [],
        });
    }

    private static void AssertEachPropertyCounts<T>(T plan, T other)
        where T : class
    {
        MethodInfo clone = typeof(T).GetMethod("<Clone>$")!;
        Assert.All(typeof(T).GetProperties(), property =>
        {
            object changed = clone.Invoke(plan, null)!;
            Assert.Equal(plan, changed);
            property.SetValue(changed, property.GetValue(other));
            Assert.NotEqual(plan, changed);
        });
    }

    private static FeaturePlan With(PhasePlan phase) => Feature with { Phases = [phase] };
}
