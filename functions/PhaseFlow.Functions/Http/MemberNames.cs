using PhaseFlow.Core.Plans;

namespace PhaseFlow.Functions.Http;

/// <summary>Finds which known member of a JSON object was perhaps meant by an unknown one.</summary>
public static class MemberNames
{
    // A shorter word is near to too many others.
    private const int MinLength = 4;

    // Words for the same thing that are spelt quite differently.
    private static readonly Dictionary<string, string> Meant = new(StringComparer.OrdinalIgnoreCase)
    {
        ["attempts"] = "max_attempts",
        ["backoff"] = "retry_backoff",
        ["budget"] = "max_cost_usd",
        ["cost_limit"] = "max_cost_usd",
        ["dependencies"] = "depends_on",
        ["docs"] = "external_docs",
        ["max_cost"] = "max_cost_usd",
        ["max_retries"] = "max_attempts",
        ["name"] = "title",
        ["number"] = "phase_number",
        ["prompt"] = "content",
        ["repo"] = "repository",
        ["requires_approval"] = "approval",
        ["retries"] = "max_attempts",
        ["steps"] = "phases",
        ["workflow"] = "workflow_type",
    };

    /// <summary>The known name that comes nearest; null where none comes near.</summary>
    public static string? Nearest(string name, ReadOnlySpan<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Meant.TryGetValue(name, out string? meant) && known.Contains(meant))
        {
            return meant;
        }

        string? nearest = null;
        int least = Math.Min(3, Math.Max(name.Length, MinLength) / MinLength + 1);
        foreach (string one in known)
        {
            int distance = Spelling.Distance(name, one);
            if (distance < least)
            {
                (nearest, least) = (one, distance);
            }
        }

        return nearest;
    }
}
