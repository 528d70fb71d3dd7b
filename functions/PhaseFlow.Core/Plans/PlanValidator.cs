using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using PhaseFlow.Core.Graphs;

namespace PhaseFlow.Core.Plans;

/// <summary>Checks a plan against every limit and its graph, and tells all faults in one list.</summary>
public static partial class PlanValidator
{
    /// <summary>A list longer than this is cut short, and its last fault says by how much: the answer must not dwarf the request.</summary>
    public const int MaxFaults = 1000;

    /// <summary>The faults of the feature, then of each phase, then of the graph (see <see cref="PhaseGraph.Validate"/>); empty where the plan is valid.</summary>
    public static ImmutableArray<PlanFault> Validate(FeaturePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Collect(plan).ToImmutable();
    }

    /// <summary>All faults, however many.</summary>
    internal static FaultList Collect(FeaturePlan plan)
    {
        var faults = new FaultList();
        CheckTitle(faults, plan.Title, "The feature", "/title");
        if (plan.Id is <= 0)
        {
            faults.Add(PlanFaultCodes.InvalidId, $"A feature's id is at least 1, and {plan.Id} is not.", "/id");
        }

        CheckLength(faults, plan.Description, PhaseLimits.MaxDescriptionLength, "The description", "/description");
        if (plan.Repository is not null && (plan.Repository.Length > PhaseLimits.MaxRepositoryLength || !RepositoryShape().IsMatch(plan.Repository)))
        {
            faults.Add(PlanFaultCodes.InvalidRepository, $"A repository is written owner/name.", "/repository");
        }

        if (PriorityFault(plan.Priority) is { } fault)
        {
            faults.Add(PlanFaultCodes.InvalidPriority, $"{fault}", "/priority");
        }

        if (plan.MaxCostUsd is { } cap && !IsCap(cap))
        {
            faults.Add(
                PlanFaultCodes.InvalidCost,
                $"The cap on what a feature spends is more than 0 and at most {PhaseLimits.MaxCapUsd} US dollars, with at most {PhaseLimits.CapDecimals} decimals.",
                "/max_cost_usd");
        }

        for (int i = 0; i < plan.Phases.Length; i++)
        {
            CheckPhase(faults, plan.Phases[i], string.Create(CultureInfo.InvariantCulture, $"/phases/{i}"));
        }

        faults.AddRange(PhaseGraph.Validate(plan.Phases));
        return faults;
    }

    /// <summary>What is wrong with a priority, as one sentence; null where nothing is.</summary>
    public static string? PriorityFault(int priority) => priority is >= PhaseLimits.MinPriority and <= PhaseLimits.MaxPriority
        ? null
        : $"A priority is from {PhaseLimits.MinPriority} (first) to {PhaseLimits.MaxPriority} (last), and {priority} is not.";

    /// <summary>Whether a feature's spend may be capped at this many United States dollars.</summary>
    public static bool IsCap(decimal usd) => usd is > 0 and <= PhaseLimits.MaxCapUsd && decimal.Round(usd, PhaseLimits.CapDecimals) == usd;

    /// <summary>The faults of one phase alone; those of its number and its dependencies need the graph.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="pointer">JSON pointer to the phase in what was submitted; empty where it is the whole.</param>
    public static ImmutableArray<PlanFault> ValidatePhase(PhasePlan phase, string pointer = "")
    {
        ArgumentNullException.ThrowIfNull(phase);
        var faults = new FaultList();
        CheckPhase(faults, phase, pointer);
        return faults.ToImmutable();
    }

    private static void CheckPhase(FaultList faults, PhasePlan phase, string at)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"Phase {phase.Number}");
        CheckTitle(faults, phase.Title, name, $"{at}/title");
        CheckLength(faults, phase.Content, PhaseLimits.MaxContentLength, $"The content of phase {phase.Number}", $"{at}/content");
        if (phase.WorkflowType is null || !WorkflowTypeShape().IsMatch(phase.WorkflowType))
        {
            faults.Add(
                PlanFaultCodes.InvalidWorkflowType,
                $"{name} needs a workflow type of 1 to {PhaseLimits.MaxWorkflowTypeLength} letters, digits, '_', '.' or '-'.",
                $"{at}/workflow_type");
        }
        else if (phase.WorkflowType == WorkflowTypes.Shell && phase.Content is not null && ShellBlock.Find(phase.Content) is null)
        {
            faults.Add(
                PlanFaultCodes.MissingShellBlock,
                $"{name} has the workflow type shell and no fenced sh block to run.",
                $"{at}/workflow_type");
        }

        CheckDocs(faults, phase, name, at);
        if (phase.EstimatedHours is < 0 or > PhaseLimits.MaxEstimatedHours)
        {
            faults.Add(
                PlanFaultCodes.InvalidEstimate,
                $"{name} has an estimate that is not from 0 to {PhaseLimits.MaxEstimatedHours} hours.",
                $"{at}/estimated_hours");
        }

        CheckTimeout(faults, phase.Timeout, $"The timeout of phase {phase.Number}", $"{at}/timeout");
        CheckTimeout(faults, phase.HeartbeatTimeout, $"The heartbeat timeout of phase {phase.Number}", $"{at}/heartbeat_timeout");
        if (phase.MaxAttempts is < PhaseLimits.MinAttempts or > PhaseLimits.MaxAttempts)
        {
            faults.Add(
                PlanFaultCodes.InvalidAttempts,
                $"{name} may have {PhaseLimits.MinAttempts} to {PhaseLimits.MaxAttempts} attempts, not {phase.MaxAttempts}.",
                $"{at}/max_attempts");
        }

        if (phase.RetryBackoff < TimeSpan.Zero || phase.RetryBackoff > PhaseLimits.MaxRetryBackoff)
        {
            faults.Add(
                PlanFaultCodes.InvalidDuration,
                $"The retry backoff of phase {phase.Number} must be from 0s to {PhaseDuration.Format(PhaseLimits.MaxRetryBackoff)}.",
                $"{at}/retry_backoff");
        }

        if (!Enum.IsDefined(phase.Approval))
        {
            faults.Add(PlanFaultCodes.InvalidApproval, $"{name} has an approval that is neither none nor required.", $"{at}/approval");
        }
    }

    private static void CheckTitle(FaultList faults, string? title, string owner, string pointer)
    {
        // What nobody can see is no name for anything that is to be opened, approved or cancelled by it.
        if (title is null || title.All(c => char.IsWhiteSpace(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format))
        {
            faults.Add(PlanFaultCodes.MissingTitle, $"{owner} needs a title.", pointer);
            return;
        }

        CheckLength(faults, title, PhaseLimits.MaxTitleLength, $"The title of {char.ToLowerInvariant(owner[0])}{owner[1..]}", pointer);
        if (title.Any(char.IsControl))
        {
            faults.Add(PlanFaultCodes.InvalidTitle, $"{owner} has a title with a line break or another control character.", pointer);
        }
    }

    private static void CheckDocs(FaultList faults, PhasePlan phase, string name, string at)
    {
        if (phase.ExternalDocs.Length > PhaseLimits.MaxExternalDocs)
        {
            faults.Add(
                PlanFaultCodes.InvalidExternalDoc,
                $"{name} has {phase.ExternalDocs.Length} external docs; at most {PhaseLimits.MaxExternalDocs} are allowed.",
                $"{at}/external_docs");
        }

        for (int i = 0; i < phase.ExternalDocs.Length; i++)
        {
            string? doc = phase.ExternalDocs[i];
            if (string.IsNullOrWhiteSpace(doc) || doc.Length > PhaseLimits.MaxExternalDocLength || doc.Any(char.IsControl))
            {
                faults.Add(
                    PlanFaultCodes.InvalidExternalDoc,
                    $"An external doc of phase {phase.Number} is not one line of 1 to {PhaseLimits.MaxExternalDocLength} characters.",
                    string.Create(CultureInfo.InvariantCulture, $"{at}/external_docs/{i}"));
            }
        }
    }

    private static void CheckLength(FaultList faults, string? text, int limit, string owner, string pointer)
    {
        if (text?.Length > limit)
        {
            faults.Add(PlanFaultCodes.TooLong, $"{owner} has {text.Length} characters; at most {limit} are allowed.", pointer);
        }
    }

    private static void CheckTimeout(FaultList faults, TimeSpan? timeout, string owner, string pointer)
    {
        if (timeout <= TimeSpan.Zero || timeout > PhaseLimits.MaxTimeout)
        {
            faults.Add(
                PlanFaultCodes.InvalidDuration,
                $"{owner} must be more than 0s and at most {PhaseDuration.Format(PhaseLimits.MaxTimeout)}.",
                pointer);
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]{1,64}\z")]
    private static partial Regex WorkflowTypeShape();

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+\z")]
    private static partial Regex RepositoryShape();
}
