namespace PhaseFlow.Core.Plans;

/// <summary>One fault of what was submitted.</summary>
/// <param name="Code">Stable, kebab-case, one of <see cref="PlanFaultCodes"/>.</param>
/// <param name="Message">One sentence for a person.</param>
public sealed record PlanFault(string Code, string Message)
{
    /// <summary>JSON pointer into the submitted feature, such as <c>/phases/3/depends_on/0</c>; null where no one place is at fault.</summary>
    public string? Pointer { get; init; }

    /// <summary>Line in the submitted markdown, from 1; null for JSON.</summary>
    public int? Line { get; init; }

    /// <summary>Column in the submitted markdown, from 1, in UTF-16 characters (a tab is one); null for JSON.</summary>
    public int? Column { get; init; }
}
