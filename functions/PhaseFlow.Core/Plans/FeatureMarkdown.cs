using System.Globalization;
using PhaseFlow.Core.Plans.Markdown;

namespace PhaseFlow.Core.Plans;

/// <summary>Reads a feature written as markdown.</summary>
/// <remarks>
/// <code>
/// # WebSocket Migration
/// Repository: owner/name
/// Priority: 10
/// Max cost: 5.00
///
/// What the feature is about.
///
/// ## Phase 1: Database
/// The prompt.
///
/// ## Phase 2: Integration tests
/// Depends on: 1
/// Workflow: adw_sdlc_complete_iso
/// External docs: docs/a.md, docs/b.md
/// Timeout: 2h
/// Heartbeat timeout: 15m
/// Attempts: 2
/// Backoff: 30s
/// Approval: required
/// Estimated hours: 2
///
/// The prompt.
/// </code>
/// Every <c>Key: value</c> line is optional, stands directly under its heading (blank lines aside), and may be in any case; <c>Id: 104</c> may stand
/// with the feature's. External docs may also be a <c>- </c> list on the lines that follow. Without <c>Depends on</c> a phase follows the one before it in the
/// file; <c>Depends on: none</c> makes it start at once. What comes next, until the next phase's heading, is the content, verbatim but for blank
/// lines around it; a line of it that names a field and has a short value is a fault, outside of lists and code, and so is an unknown field right behind another. A heading within a fenced code block starts nothing; outside of one, a heading of another level that looks like a phase's is a fault, so
/// that no phase is lost in silence, and so is a code block that nothing closes.
/// </remarks>
public static class FeatureMarkdown
{
    /// <summary>Reads the text in linear time; whatever the text is, the answer is a valid plan or faults, and no exception.</summary>
    /// <param name="text">The markdown.</param>
    /// <param name="defaultWorkflow">
    /// The workflow type of phases that name none; null for <see cref="WorkflowTypes.External"/>. With <see cref="WorkflowTypes.Shell"/>, a phase that names
    /// none and has no script either is a fault: nothing would run it.
    /// </param>
    /// <param name="runsShellBlocks">Whether, where there is no default, phases that name no workflow and have a script are <see cref="WorkflowTypes.Shell"/>.</param>
    public static MarkdownResult Parse(string text, string? defaultWorkflow = null, bool runsShellBlocks = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > PhaseLimits.MaxMarkdownLength)
        {
            string message = string.Create(
                CultureInfo.InvariantCulture,
                $"The text has {text.Length} characters; at most {PhaseLimits.MaxMarkdownLength} are allowed.");
            return new MarkdownResult(null, [new PlanFault(PlanFaultCodes.TooLong, message) { Line = 1, Column = 1 }]);
        }

        return new FeatureReader(text, defaultWorkflow, runsShellBlocks).Read();
    }
}
