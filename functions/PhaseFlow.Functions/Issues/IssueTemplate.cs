using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PhaseFlow.Core.Plans;

namespace PhaseFlow.Functions.Issues;

/// <summary>A phase that another depends on, as its issue names it.</summary>
public sealed record IssueDependency(int PhaseNumber, string Title, int? IssueNumber);

/// <summary>The issue of one phase: isolated, with no parent, so that an agent reads nothing but its own work.</summary>
public static class IssueTemplate
{
    /// <summary>The draft of a phase's issue. The hidden marker makes a repeated creation find the first one.</summary>
    public static IssueDraft Draft(FeaturePlan feature, PhasePlan phase, IEnumerable<IssueDependency> dependencies)
    {
        ArgumentNullException.ThrowIfNull(feature);
        ArgumentNullException.ThrowIfNull(phase);
        ArgumentNullException.ThrowIfNull(dependencies);
        int featureId = feature.Id ?? 0;
        ImmutableArray<string> labels = [Invariant($"feature-{featureId}"), Invariant($"phase-{phase.Number}")];
        string marker = Invariant($"phaseflow:{QueueId.Format(featureId, phase.Number)}");
        var body = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"# {phase.Title}\n\n")
            .Append(CultureInfo.InvariantCulture, $"**Feature**: {feature.Title} (planned_features #{featureId})\n")
            .Append(CultureInfo.InvariantCulture, $"**Phase**: {phase.Number} of {feature.Phases.Length}\n\n")
            .Append(phase.Content.Trim()).Append("\n\n## Dependencies\n\n");
        IssueDependency[] all = [.. dependencies];
        if (all.Length == 0)
        {
            body.Append("This phase depends on no other.\n");
        }
        else
        {
            body.Append("This phase depends on:\n");
            foreach (IssueDependency d in all)
            {
                string issue = d.IssueNumber is { } number ? Invariant($" (Issue #{number})") : "";
                body.Append(CultureInfo.InvariantCulture, $"- ✅ Phase {d.PhaseNumber}: {d.Title}{issue} - Completed\n");
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

        body.Append("\n---\n**Tracking**: See Panel 5 for full feature progress\n")
            .Append(CultureInfo.InvariantCulture, $"**Labels**: {string.Join(", ", labels)}\n\n<!-- {marker} -->\n");
        return new IssueDraft(
            feature.Repository, marker, Invariant($"Feature #{featureId} - Phase {phase.Number}: {phase.Title}"), body.ToString(), labels);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
