using System.Collections.Immutable;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Functions.Features;

/// <summary>Makes phases of a feature's description.</summary>
public interface IFeaturePlanner
{
    /// <summary>The phases; they are validated before they are stored.</summary>
    /// <exception cref="FeaturePlannerException">It made none.</exception>
    Task<ImmutableArray<PhasePlan>> PlanAsync(FeaturePlan feature, CancellationToken cancellation);
}

/// <summary>The planner made no phases; the message says why, for a person.</summary>
public sealed class FeaturePlannerException : Exception
{
    public FeaturePlannerException()
    {
    }

    public FeaturePlannerException(string message)
        : base(message)
    {
    }

    public FeaturePlannerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The planner that needs nothing: <see cref="TemplatePlanner"/>.</summary>
public sealed class TemplateFeaturePlanner : IFeaturePlanner
{
    public Task<ImmutableArray<PhasePlan>> PlanAsync(FeaturePlan feature, CancellationToken cancellation) => Task.FromResult(TemplatePlanner.Plan(feature));
}
