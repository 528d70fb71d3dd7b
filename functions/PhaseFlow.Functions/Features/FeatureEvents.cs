namespace PhaseFlow.Functions.Features;

/// <summary>The events that a feature's orchestration awaits.</summary>
public static class FeatureEvents
{
    /// <summary>The report of an attempt; payload <see cref="Core.Runs.AgentReport"/>.</summary>
    public const string WorkflowCompleted = nameof(WorkflowCompleted);

    /// <summary>A slot for one of its attempts; payload <see cref="Core.Slots.SlotGrant"/>.</summary>
    public const string SlotGranted = nameof(SlotGranted);

    /// <summary>What a person asks for; payload <see cref="Core.Runs.FeatureCommand"/>.</summary>
    public const string Command = nameof(Command);

    /// <summary>The instance id of a feature's orchestration.</summary>
    public static string InstanceId(int featureId) => FormattableString.Invariant($"feature-{featureId}");
}
