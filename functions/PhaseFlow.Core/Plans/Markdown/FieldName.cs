namespace PhaseFlow.Core.Plans.Markdown;

/// <summary>The names before the colon in the lines under a heading, and what comes near to one.</summary>
/// <param name="Name">As documented, such as <c>Depends on</c>.</param>
/// <param name="Other">Further spellings that mean it.</param>
/// <param name="Mistakes">Spellings far from it that people write all the same, and that must not be taken for content.</param>
internal sealed record FieldName(string Name, string[] Other, string[] Mistakes)
{
    public static readonly FieldName Repository = new("Repository", [], ["repo"]);
    public static readonly FieldName Priority = new("Priority", [], []);
    public static readonly FieldName MaxCost = new("Max cost", [], ["max cost usd", "max_cost_usd", "maximum cost", "max spend", "cost limit", "cost cap", "budget"]);
    public static readonly FieldName Id = new("Id", [], []);

    public static readonly FieldName DependsOn = new("Depends on", [], ["depends", "dependency", "dependencies", "dependent on"]);
    public static readonly FieldName Workflow = new("Workflow", [], ["workflow type", "workflow_type"]);
    public static readonly FieldName ExternalDocs = new("External docs", [], ["external documents", "external documentation"]);
    public static readonly FieldName Timeout = new("Timeout", [], []);
    public static readonly FieldName HeartbeatTimeout = new("Heartbeat timeout", [], ["heartbeat"]);
    public static readonly FieldName Attempts = new("Attempts", ["Max attempts"], ["retries", "max retries", "max_attempts"]);
    public static readonly FieldName Backoff = new("Backoff", ["Retry backoff"], []);
    public static readonly FieldName Approval = new("Approval", [], ["approvals", "approve", "needs approval", "requires approval", "requires_approval", "approval required"]);
    public static readonly FieldName EstimatedHours = new("Estimated hours", [], ["estimate"]);

    public static readonly FieldName[] OfFeature = [Repository, Priority, MaxCost, Id];

    public static readonly FieldName[] OfPhase =
        [DependsOn, Workflow, ExternalDocs, Timeout, HeartbeatTimeout, Attempts, Backoff, Approval, EstimatedHours];

    /// <summary>Those that are meant even where they stand within the text of a phase.</summary>
    public static readonly FieldName[] WithinPhase = [.. OfPhase, MaxCost];

    /// <summary>Those that are meant even where they stand within the description of a feature.</summary>
    public static readonly FieldName[] WithinFeature = [.. OfFeature, .. OfPhase];

    private const int MaxIndent = 3;
    private const int MaxKeyLength = 32;
    private const int MaxWords = 3;

    private static readonly System.Buffers.SearchValues<char> KeyLetters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ _-");

    // A shorter word is near to too many others.
    private const int MinLengthForNear = 6;
    private const int MinLengthForTwoEdits = 7;

    /// <summary>Whether the line looks like a field, whatever its name: at most three words in plain letters, a colon, and a short value.</summary>
    public static bool TryReadKey(ReadOnlySpan<char> line, out int offset, out ReadOnlySpan<char> key)
    {
        key = default;
        offset = line.IndexOfAnyExcept(' ');
        int colon = line.IndexOf(':');
        if (offset is < 0 or > MaxIndent || colon <= offset || colon - offset > MaxKeyLength || colon + 1 >= line.Length || line[colon + 1] is not (' ' or '\t'))
        {
            return false;
        }

        key = line[offset..colon].TrimEnd();
        return !key.IsEmpty && char.IsAsciiLetter(key[0]) && key.Count(' ') < MaxWords && !key.ContainsAnyExcept(KeyLetters) && IsShort(line[(colon + 1)..]);
    }

    /// <summary>Whether a value has one to three words, what commas part counting as one: more is a sentence.</summary>
    public static bool IsShort(ReadOnlySpan<char> value)
    {
        int words = 0;
        char before = ' ';
        foreach (char letter in value)
        {
            bool isSpace = char.IsWhiteSpace(letter);
            words += char.IsWhiteSpace(before) && !isSpace ? 1 : 0;
            before = before == ',' && isSpace ? before : letter;
        }

        return words is >= 1 and <= MaxWords;
    }

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
                match = new FieldMatch(name, indent, colon + 1, IsExact: true, IsNamed: true);
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
                match = new FieldMatch(name, indent, colon + 1, IsExact: false, IsNamed: name.Is(bare));
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
/// <param name="IsNamed">Whether the name itself is right, though it may be in bold or the like.</param>
internal readonly record struct FieldMatch(FieldName Name, int KeyOffset, int ValueOffset, bool IsExact, bool IsNamed);
