using System.Collections.Immutable;
using System.Text.Json;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Features;

/// <summary>Reads plans from JSON, and tells every fault at once: of types, of limits and of the graph.</summary>
public static class PlanJson
{
    private static readonly string[] PhaseMembers =
    [
        "phase_number",
        "title",
        "content",
        "depends_on",
        "workflow_type",
        "external_docs",
        "estimated_hours",
        "timeout",
        "heartbeat_timeout",
        "max_attempts",
        "retry_backoff",
        "approval",
    ];

    /// <summary>A feature as submitted; the faults are empty where it is valid.</summary>
    /// <remarks>Phases may be left out where there is a description to make them of. An empty list of them is a fault.</remarks>
    public static (FeaturePlan Plan, ImmutableArray<PlanFault> Faults) ReadFeature(JsonElement json)
    {
        var fields = new JsonFields(json);
        fields.Know("id", "title", "description", "repository", "priority", "max_cost_usd", "phases");
        ImmutableArray<JsonFields>? phases = fields.Objects("phases");
        var plan = new FeaturePlan
        {
            Id = fields.Int("id"),
            Title = fields.Text("title") ?? "",
            Description = fields.Text("description") ?? "",
            Repository = fields.Text("repository"),
            Priority = fields.Int("priority") ?? PhaseLimits.DefaultPriority,
            MaxCostUsd = fields.Number("max_cost_usd"),
            Phases = phases is null ? [] : [.. phases.Value.Select(phase => ReadPhase(phase))],
        };
        bool mayLackPhases = phases is null && !string.IsNullOrWhiteSpace(plan.Description);
        IEnumerable<PlanFault> further = PlanValidator.Validate(plan).Where(f => !mayLackPhases || f.Code != PlanFaultCodes.NoPhases);
        return (plan, Join(fields.Faults, further));
    }

    /// <summary>The members of one phase.</summary>
    /// <param name="fields">What holds them.</param>
    /// <param name="also">What else may stand beside them.</param>
    public static PhasePlan ReadPhase(JsonFields fields, params ReadOnlySpan<string> also)
    {
        ArgumentNullException.ThrowIfNull(fields);
        fields.Know([.. PhaseMembers, .. also]);
        string? approval = fields.Text("approval");
        if (!ApiJson.TryWord(approval ?? "none", out ApprovalMode mode))
        {
            fields.Refuse("approval", PlanFaultCodes.InvalidApproval, "approval must be \"none\" or \"required\".");
        }

        return new PhasePlan
        {
            Number = fields.Int("phase_number", isRequired: true) ?? 0,
            Title = fields.Text("title") ?? "",
            Content = fields.Text("content") ?? "",
            DependsOn = fields.Ints("depends_on"),
            WorkflowType = fields.Text("workflow_type") ?? WorkflowTypes.External,
            ExternalDocs = fields.Texts("external_docs"),
            EstimatedHours = fields.Number("estimated_hours"),
            Timeout = fields.Duration("timeout") ?? PhaseLimits.DefaultTimeout,
            HeartbeatTimeout = fields.Duration("heartbeat_timeout"),
            MaxAttempts = fields.Int("max_attempts") ?? PhaseLimits.MinAttempts,
            RetryBackoff = fields.Duration("retry_backoff") ?? PhaseLimits.DefaultRetryBackoff,
            Approval = mode,
        };
    }

    /// <summary>The faults of reading, and of the rest those that do not follow from them: at most one cause is told for each place.</summary>
    public static ImmutableArray<PlanFault> Join(IReadOnlyList<PlanFault> read, IEnumerable<PlanFault> further)
    {
        var told = read.Select(f => f.Pointer).ToHashSet();
        return [.. read, .. further.Where(f => f.Pointer is null || !told.Contains(f.Pointer))];
    }
}
