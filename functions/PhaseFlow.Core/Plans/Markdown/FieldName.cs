namespace PhaseFlow.Core.Plans.Markdown;

/// <summary>The names before the colon in the lines under a heading, and what comes near to one.</summary>
/// <param name="Name">As documented, such as <c>Depends on</c>.</param>
/// <param name="Other">Further spellings that mean it.</param>
/// <param name="Mistakes">Spellings far from it that people write all the same, and that must not be taken for content.</param>
internal sealed record FieldName(string Name, string[] Other, string[] Mistakes)
{
    public static readonly FieldName Repository = new("Repository", [], ["repo"]);
    public static readonly FieldName Priority = new("Priority", [], []);
    public static readonly FieldName MaxCost = new("Max cost", [], ["max cost usd", "max_cost_usd", "max spend", "cost limit", "cost cap", "budget"]);
    public static readonly FieldName Id = new("Id", [], []);

    public static readonly FieldName DependsOn = new("Depends on", [], ["depends", "dependency", "dependencies", "dependent on"]);
    public static readonly FieldName Workflow = new("Workflow", [], ["workflow type"]);
    public static readonly FieldName ExternalDocs = new("External docs", [], ["external documents", "external documentation"]);
    public static readonly FieldName Timeout = new("Timeout", [], []);
    public static readonly FieldName HeartbeatTimeout = new("Heartbeat timeout", [], ["heartbeat"]);
    public static readonly FieldName Attempts = new("Attempts", ["Max attempts"], ["retries", "max retries"]);
    public static readonly FieldName Backoff = new("Backoff", ["Retry backoff"], []);
    public static readonly FieldName Approval = new("Approval", [], []);
    public static readonly FieldName EstimatedHours = new("Estimated hours", [], ["estimate"]);

    public static readonly FieldName[] OfFeature = [Repository, Priority, MaxCost, Id];

    public static readonly FieldName[] OfPhase =
        [DependsOn, Workflow, ExternalDocs, Timeout, HeartbeatTimeout, Attempts, Backoff, Approval, EstimatedHours];

    private const int MaxIndent = 3;
    private const int MaxKeyLength = 32;

    // A shorter word is near to too many others.
    private const int MinLengthForNear = 6;
    private const int MinLengthForTwoEdits = 7;

    /// <summary>Whether the line is <c>Key: value</c> with one of the names, or with what was meant for one.</summary>
    /// <param name="line">The line.</param>
    /// <param name="known">The names that may stand here.</param>
    /// <param name="match">What was found.</param>
    public static bool TryMatch(ReadOnlySpan<char> line, FieldName[] known, out FieldMatch match)
    {
        match = default;
        int indent = line.IndexOfAnyExcept(' ');
        int colon = line.IndexOf(':');
        if (indent is < 0 or > MaxIndent || colon <= indent || colon - indent > MaxKeyLength)
        {
            return false;
        }

        ReadOnlySpan<char> plain = line[indent..colon].TrimEnd();
        foreach (FieldName name in known)
        {
            if (name.Is(plain))
            {
                match = new FieldMatch(name, indent, colon + 1, IsExact: true);
                return true;
            }
        }

        // '- Timeout: …' is an item of a list, so content; '**Timeout:** 2h' is a field in bold.
        if (plain.StartsWith("- ") || plain.StartsWith("* ") || plain.StartsWith("+ "))
        {
            return false;
        }

        ReadOnlySpan<char> bare = plain.Trim("*_` ");
        foreach (FieldName name in known)
        {
            if (name.Is(bare) || name.IsNear(bare))
            {
                match = new FieldMatch(name, indent, colon + 1, IsExact: false);
                return true;
            }
        }

        return false;
    }

    private bool Is(ReadOnlySpan<char> key)
    {
        if (key.Equals(Name, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        foreach (string other in Other)
        {
            if (key.Equals(other, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsNear(ReadOnlySpan<char> key)
    {
        foreach (string mistake in Mistakes)
        {
            if (key.Equals(mistake, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        if (IsWithinEdits(key, Name))
        {
            return true;
        }

        foreach (string other in Other)
        {
            if (IsWithinEdits(key, other))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWithinEdits(ReadOnlySpan<char> key, string name)
    {
        int limit = name.Length >= MinLengthForTwoEdits ? 2 : 1;
        return name.Length >= MinLengthForNear && Math.Abs(key.Length - name.Length) <= limit && Spelling.Distance(key, name) <= limit;
    }
}

/// <summary>A field found in a line.</summary>
/// <param name="Name">The field that it is, or was meant to be.</param>
/// <param name="KeyOffset">Where in the line its name starts.</param>
/// <param name="ValueOffset">Where in the line the colon is behind.</param>
/// <param name="IsExact">False where the spelling is wrong.</param>
internal readonly record struct FieldMatch(FieldName Name, int KeyOffset, int ValueOffset, bool IsExact);
