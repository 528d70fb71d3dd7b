using System.Globalization;
using System.Text;

namespace PhaseFlow.Core.Plans;

/// <summary>What an agent is given to read.</summary>
public static class AgentPrompt
{
    /// <summary>The titles and the place of the phase, an empty line, the content as it is, and the external docs as a list where there are any.</summary>
    /// <param name="featureTitle">The title of the feature.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="totalPhases">How many phases the feature has.</param>
    public static string Of(string featureTitle, PhasePlan phase, int totalPhases)
    {
        ArgumentNullException.ThrowIfNull(phase);
        var prompt = new StringBuilder();
        prompt.Append(CultureInfo.InvariantCulture, $"# {phase.Title}\n**Feature**: {featureTitle}\n**Phase**: {phase.Number} of {totalPhases}\n\n{phase.Content}");
        if (!phase.ExternalDocs.IsEmpty)
        {
            prompt.Append(phase.Content.Length == 0 ? "" : "\n\n").Append("## External docs\n");
            foreach (string doc in phase.ExternalDocs)
            {
                prompt.Append(CultureInfo.InvariantCulture, $"- {doc}\n");
            }
        }

        return prompt.ToString();
    }
}
