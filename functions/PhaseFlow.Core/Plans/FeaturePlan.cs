using System.Collections.Immutable;

namespace PhaseFlow.Core.Plans;

/// <summary>A feature as submitted: what it is, and its phases.</summary>
/// <remarks>A value: two plans with equal phases in the same order are equal.</remarks>
public sealed record FeaturePlan
{
    /// <summary>Null until the store gives the next free one.</summary>
    public int? Id { get; init; }

    public required string Title { get; init; }

    public string Description { get; init; } = "";

    /// <summary><c>owner/name</c>, or null where the feature belongs to none.</summary>
    public string? Repository { get; init; }

    /// <summary>1 to 99: 10 is urgent, 90 is background.</summary>
    public int Priority { get; init; } = PhaseLimits.DefaultPriority;

    /// <summary>Once its agents have told costs of so many United States dollars, nothing more starts without a person's approval; null for no cap.</summary>
    public decimal? MaxCostUsd { get; init; }

    public required ImmutableArray<PhasePlan> Phases { get; init => field = value.IsDefault ? [] : value; }

    // Written out because an ImmutableArray compares by reference.
    public bool Equals(FeaturePlan? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Id == other.Id
            && Title == other.Title
            && Description == other.Description
            && Repository == other.Repository
            && Priority == other.Priority
            && MaxCostUsd == other.MaxCostUsd
            && Phases.AsSpan().SequenceEqual(other.Phases.AsSpan()));

    public override int GetHashCode() => HashCode.Combine(Id, Title, Description, Repository, Priority, MaxCostUsd, Phases.Length);
}
