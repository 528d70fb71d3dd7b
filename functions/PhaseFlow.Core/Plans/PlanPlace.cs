namespace PhaseFlow.Core.Plans;

/// <summary>A place in the submitted markdown, both from 1.</summary>
public sealed record PlanPlace(int Line, int Column);
