using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace PhaseFlow.Functions.GitHub;

/// <summary>A workflow type whose agents are runs of a workflow on GitHub: <c>PhaseFlow__Agents__NAME__…</c>.</summary>
/// <param name="Workflow">The file of the workflow, such as <c>agent.yml</c>. It must be on the default branch and have <c>workflow_dispatch</c>.</param>
/// <param name="Reference">The branch or tag that is run. Default <c>main</c>.</param>
/// <param name="Repository">Where the workflow is; null for the repository of the feature.</param>
internal sealed partial record WorkflowOptions(string Workflow, string Reference, RepositoryName? Repository)
{
    /// <summary>The workflow types of the settings that are launched on GitHub.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="faults">Gets what cannot be used, each as a sentence.</param>
    public static Dictionary<string, WorkflowOptions> TypesOf(IConfiguration configuration, List<string> faults)
    {
        var types = new Dictionary<string, WorkflowOptions>(StringComparer.OrdinalIgnoreCase);
        foreach (IConfigurationSection type in configuration.GetSection("PhaseFlow:Agents").GetChildren())
        {
            if (type["Workflow"]?.Trim() is not { Length: > 0 } workflow)
            {
                continue;
            }

            string setting = $"PhaseFlow__Agents__{type.Key}__";
            string reference = type["Ref"]?.Trim() is { Length: > 0 } named ? named : "main";
            RepositoryName? repository = null;
            if (!FileShape().IsMatch(workflow))
            {
                faults.Add($"{setting}Workflow is the name of a file such as agent.yml.");
            }

            if (!ReferenceShape().IsMatch(reference))
            {
                faults.Add($"{setting}Ref is no branch or tag.");
            }

            if (type["Repository"]?.Trim() is { Length: > 0 } place && !RepositoryName.TryParse(place, out repository))
            {
                faults.Add($"{setting}Repository is written owner/name.");
            }

            if (!string.IsNullOrWhiteSpace(type["Command"]) || !string.IsNullOrWhiteSpace(type["Url"]))
            {
                faults.Add($"{setting}Workflow is set, and so is another way to launch {type.Key}: set one of them.");
            }

            types[type.Key] = new WorkflowOptions(workflow, reference, repository);
        }

        return types;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,95}\.ya?ml\z")]
    private static partial Regex FileShape();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._/#+-]{0,249}\z")]
    private static partial Regex ReferenceShape();
}
