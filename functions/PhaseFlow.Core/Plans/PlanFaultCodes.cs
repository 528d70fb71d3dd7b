namespace PhaseFlow.Core.Plans;

/// <summary>Every <see cref="PlanFault.Code"/>. Clients depend on these words: they may be added to, never renamed.</summary>
public static class PlanFaultCodes
{
    public const string Cycle = "cycle";
    public const string MissingDependency = "missing-dependency";
    public const string SelfDependency = "self-dependency";
    public const string DuplicateNumber = "duplicate-number";
    public const string InvalidNumber = "invalid-number";
    public const string NoPhases = "no-phases";
    public const string TooManyPhases = "too-many-phases";
    public const string MissingTitle = "missing-title";
    public const string InvalidTitle = "invalid-title";
    public const string TooLong = "too-long";
    public const string InvalidId = "invalid-id";
    public const string InvalidRepository = "invalid-repository";
    public const string InvalidPriority = "invalid-priority";
    public const string InvalidCost = "invalid-cost";
    public const string InvalidWorkflowType = "invalid-workflow-type";
    public const string MissingWorkflow = "missing-workflow";
    public const string MissingShellBlock = "missing-shell-block";
    public const string InvalidDuration = "invalid-duration";
    public const string InvalidAttempts = "invalid-attempts";
    public const string InvalidApproval = "invalid-approval";
    public const string InvalidEstimate = "invalid-estimate";
    public const string InvalidExternalDoc = "invalid-external-doc";
    public const string InvalidDependencies = "invalid-dependencies";
    public const string MalformedPhaseHeading = "malformed-phase-heading";
    public const string MisspelledField = "misspelled-field";
    public const string MisplacedField = "misplaced-field";
    public const string UnknownField = "unknown-field";
    public const string RepeatedField = "repeated-field";
    public const string UnclosedFence = "unclosed-fence";

    /// <summary>The last fault of a list that was cut short.</summary>
    public const string MoreFaults = "more-faults";
}
