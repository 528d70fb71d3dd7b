namespace PhaseFlow.Functions.Telemetry;

/// <summary>The names that telemetry goes by.</summary>
public static class TelemetryNames
{
    /// <summary>The name of the activity source.</summary>
    public const string Source = "PhaseFlow";

    /// <summary>The name of the meter.</summary>
    public const string Meter = "PhaseFlow";

    /// <summary>The environment variable that hands a trace to an agent, as OpenTelemetry has it.</summary>
    public const string ParentVariable = "TRACEPARENT";

    internal const string AdwId = "phaseflow.adw.id";
    internal const string Attempt = "phaseflow.attempt";
    internal const string FeatureId = "phaseflow.feature.id";
    internal const string Outcome = "phaseflow.outcome";
    internal const string PhaseNumber = "phaseflow.phase.number";
    internal const string QueueId = "phaseflow.queue.id";
    internal const string Result = "phaseflow.report.result";
    internal const string Slot = "phaseflow.slot";
    internal const string TokenType = "phaseflow.token.type";
    internal const string WorkflowType = "phaseflow.workflow.type";
}
