using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace PhaseFlow.Core.Plans;

/// <summary>What a markdown text says: a valid plan, or why there is none.</summary>
/// <param name="Plan">Null where there are faults.</param>
/// <param name="Faults">In the order of the text, each with its line and column; empty where there is a plan.</param>
public sealed record MarkdownResult(FeaturePlan? Plan, ImmutableArray<PlanFault> Faults)
{
    /// <summary>Where each phase, by its number, names its workflow, or else its heading.</summary>
    public ImmutableDictionary<int, PlanPlace> WorkflowPlaces { get; init; } = ImmutableDictionary<int, PlanPlace>.Empty;

    [MemberNotNullWhen(true, nameof(Plan))]
    public bool IsValid => Plan is not null;
}
