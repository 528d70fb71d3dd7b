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

    /// <summary>A problem that names every phase that cannot be launched, and the setting that mends it; null where there is none.</summary>
    /// <param name="phases">Numbers and workflow types.</param>
    /// <param name="places">Where the workflow of a phase stands in the submitted markdown.</param>
    /// <param name="pointers">Its place in the submitted JSON.</param>
    public ProblemResult? Refusal(
        IEnumerable<(int Number, string WorkflowType)> phases,
        IReadOnlyDictionary<int, PlanPlace>? places = null,
        IReadOnlyDictionary<int, string>? pointers = null)
    {
        ProblemError[] missing =
        [
            .. phases.GroupBy(p => p.WorkflowType, p => p.Number)
                .Select(g => (Numbers: g.Order().ToArray(), Sentence: Sentence(g.Key, g.Order().ToArray())))
                .Where(g => g.Sentence is not null)
                .Select(g => new ProblemError("agent-not-configured", g.Sentence!)
                {
                    Line = places?.GetValueOrDefault(g.Numbers[0])?.Line,
                    Column = places?.GetValueOrDefault(g.Numbers[0])?.Column,
                    Pointer = pointers?.GetValueOrDefault(g.Numbers[0]),
                }),
        ];
        return missing.Length == 0
            ? null
            : Problems.Conflict(ProblemTypes.AgentNotConfigured, "Agent not configured", string.Join(' ', missing.Select(m => m.Message)), missing);
    }

    private string? Sentence(string type, int[] numbers)
    {
        string phases = numbers.Length == 1 ? $"phase {numbers[0]}" : $"phases {string.Join(", ", numbers[..^1])} and {numbers[^1]}";
        if (LauncherOf(type) is { } launcher)
        {
            return launcher.Refusal(type) is { } reason ? $"The workflow type {type} of {phases} cannot be launched: {reason}" : null;
        }

        string known = string.Join(", ", _launchers.SelectMany(l => l.WorkflowTypes).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase));
        return $"Nothing is set up to launch the workflow type {type} of {phases}: set {AgentLaunchers.SettingOf(type)}, or name it in phaseflow.json. Set up are: {known}.";
    }
}
