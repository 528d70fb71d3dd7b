using System.Collections.Immutable;

namespace PhaseFlow.Core.Plans;

/// <summary>Makes phases of a feature's description, without a model: Design, then Implementation beside Documentation, then Tests, then Review.</summary>
public static class TemplatePlanner
{
    // Leaves room for the words around the quotation.
    private const int MaxQuotation = PhaseLimits.MaxContentLength - 4096;

    /// <summary>Five phases whose prompts quote the description: always a valid graph.</summary>
    public static ImmutableArray<PhasePlan> Plan(FeaturePlan feature)
    {
        ArgumentNullException.ThrowIfNull(feature);
        return
        [
            Phase(feature, 1, "Design", [], "Decide how to build the feature below. Write down the parts, their interfaces and the order of the work. Change no code yet."),
            Phase(feature, 2, "Implementation", [1], "Build the feature below as the design says, in small steps that each leave the project working."),
            Phase(feature, 3, "Documentation", [1], "Document the feature below for the people who will use and operate it."),
            Phase(feature, 4, "Tests", [2], "Test the feature below: what it promises, its limits and its errors. Mend what you find."),
            Phase(feature, 5, "Review", [3, 4], "Review everything that was made for the feature below. Name what is missing or wrong, and mend it."),
        ];
    }

    private static PhasePlan Phase(FeaturePlan feature, int number, string title, ImmutableArray<int> dependsOn, string task) => new()
    {
        Number = number,
        Title = title,
        DependsOn = dependsOn,
        Content = $"{task}\n\n# {feature.Title}\n\n{Quote(feature.Description)}\n",
    };

    private static string Quote(string description)
    {
        string text = description.ReplaceLineEndings("\n").Trim();
        string quotation = string.Join('\n', text.Split('\n').Select(line => line.Length == 0 ? ">" : $"> {line}"));
        if (quotation.Length <= MaxQuotation)
        {
            return quotation;
        }

        // A surrogate pair is not cut in two.
        int end = char.IsHighSurrogate(quotation[MaxQuotation - 1]) ? MaxQuotation - 1 : MaxQuotation;
        return quotation[..end] + "\n>\n> (cut here: the description is longer than a prompt may be)";
    }
}
