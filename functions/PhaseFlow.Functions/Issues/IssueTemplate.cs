using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Issues;

/// <summary>The issue of one phase: isolated, with no parent, so that an agent reads nothing but its own work.</summary>
public static class IssueTemplate
{
    /// <summary>What tells the issue of a phase from all others.</summary>
    public static string MarkerOf(int featureId, int phaseNumber) => Invariant($"phaseflow:{QueueId.Format(featureId, phaseNumber)}");

    /// <summary>The draft of a phase's issue. The hidden marker makes a repeated creation find the first one.</summary>
    public static IssueDraft Draft(PhaseBrief brief, ImmutableArray<PhaseIssue> dependencies)
    {
        ArgumentNullException.ThrowIfNull(brief);
        FeaturePlan feature = brief.Feature;
        PhasePlan phase = brief.Phase;
        int featureId = feature.Id ?? 0;
        ImmutableArray<string> labels = [Invariant($"feature-{featureId}"), Invariant($"phase-{phase.Number}")];
        string marker = MarkerOf(featureId, phase.Number);
        var body = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"# {phase.Title}\n\n")
            .Append(CultureInfo.InvariantCulture, $"**Feature**: {feature.Title} (planned_features #{featureId})\n")
            .Append(CultureInfo.InvariantCulture, $"**Phase**: {phase.Number} of {brief.TotalPhases}\n\n")
            .Append(phase.Content.Trim()).Append("\n\n## Dependencies\n\n");
        if (dependencies.IsEmpty)
        {
            body.Append("This phase depends on no other.\n");
        }
        else
        {
            body.Append("This phase depends on:\n");
            foreach (PhaseIssue d in dependencies)
            {
                string issue = d.IssueNumber is { } number ? Invariant($" (Issue #{number})") : "";
                body.Append(CultureInfo.InvariantCulture, $"- ✅ Phase {d.PhaseNumber}: {brief.Dependencies.GetValueOrDefault(d.PhaseNumber)}{issue} - Completed\n");
            }
        }

        if (!phase.ExternalDocs.IsEmpty)
        {
            body.Append("\n## External docs\n\n");
            foreach (string document in phase.ExternalDocs)
            {
                body.Append(CultureInfo.InvariantCulture, $"- {document}\n");
            }
        }

        body.Append("\n---\n**Tracking**: See the PhaseFlow panel for full feature progress\n")
            .Append(CultureInfo.InvariantCulture, $"**Labels**: {string.Join(", ", labels)}\n\n<!-- {marker} -->\n");
        return new IssueDraft(
            feature.Repository, marker, Invariant($"Feature #{featureId} - Phase {phase.Number}: {phase.Title}"), body.ToString(), labels);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
