namespace PhaseFlow.Core.Plans;

/// <summary>The workflow types that need no setting.</summary>
public static class WorkflowTypes
{
    /// <summary>Launches nothing: the attempt waits for the report of an agent that something else starts.</summary>
    public const string External = "external";

    /// <summary>Runs the first fenced shell block of the phase's content as a local process.</summary>
    public const string Shell = "shell";
}
