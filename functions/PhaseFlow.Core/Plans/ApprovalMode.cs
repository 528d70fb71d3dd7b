namespace PhaseFlow.Core.Plans;

/// <summary>Whether a person must approve a phase before it may take a slot.</summary>
public enum ApprovalMode
{
    None,
    Required,
}
