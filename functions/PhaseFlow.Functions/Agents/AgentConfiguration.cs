using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Agents;

/// <summary>Tells which workflow types nothing is set up to launch.</summary>
public sealed class AgentConfiguration(IEnumerable<IAgentLauncher> launchers)
{
    private readonly IAgentLauncher[] _launchers = [.. launchers];

    /// <summary>Who launches a workflow type, or null where nobody does.</summary>
    public IAgentLauncher? LauncherOf(string workflowType) => _launchers.FirstOrDefault(l => l.Handles(workflowType));

    /// <summary>The captured output of an attempt, also of a workflow type that is not set up any more; null where nobody has any.</summary>
    public async Task<AgentOutput?> ReadOutputAsync(AgentRef agent, long offset, int limit, CancellationToken cancellation)
    {
        foreach (IAgentLauncher launcher in _launchers)
        {
            if (await launcher.ReadOutputAsync(agent, offset, limit, cancellation) is { } output)
            {
                return output;
            }
        }

        return null;
    }

    /// <summary>A problem that names every phase without a launcher and the setting that gives it one; null where there is none.</summary>
    public ProblemResult? Refusal(IEnumerable<(int Number, string WorkflowType)> phases)
    {
        (string Type, int[] Numbers)[] missing =
        [
            .. phases.GroupBy(p => p.WorkflowType, p => p.Number)
                .Where(g => LauncherOf(g.Key) is null)
                .Select(g => (g.Key, g.Order().ToArray())),
        ];
        return missing.Length == 0
            ? null
            : Problems.Conflict(
                ProblemTypes.AgentNotConfigured,
                "Agent not configured",
                string.Join(' ', missing.Select(m => Sentence(m.Type, m.Numbers))),
                [.. missing.Select(m => new ProblemError("agent-not-configured", Sentence(m.Type, m.Numbers)))]);
    }

    private static string Sentence(string type, int[] numbers)
    {
        string phases = numbers.Length == 1 ? $"phase {numbers[0]}" : $"phases {string.Join(", ", numbers[..^1])} and {numbers[^1]}";
        string setting = type == WorkflowTypes.Shell ? "PhaseFlow__Agents__shell__Enabled=true" : $"PhaseFlow__Agents__{type}__Command";
        return $"Nothing is set up to launch the workflow type {type} of {phases}: set {setting}.";
    }
}
