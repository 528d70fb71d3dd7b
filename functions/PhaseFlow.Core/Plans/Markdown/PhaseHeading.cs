using System.Globalization;

namespace PhaseFlow.Core.Plans.Markdown;

/// <summary>A line that starts a phase, <c>## Phase 2: Title</c>, or that means to.</summary>
/// <param name="Number">Null where it cannot be read.</param>
/// <param name="Title">Null where it cannot be read.</param>
/// <param name="NumberOffset">Where in the line the number stands, or should.</param>
/// <param name="Fault">What is wrong with it, or null.</param>
internal readonly record struct PhaseHeading(int? Number, string? Title, int NumberOffset, string? Fault)
{
    private const string Word = "Phase";
    private const string Shape = "a phase starts with '## Phase 2: Title'";
    private const int MaxIndent = 3;
    private const int MaxLevel = 6;

    /// <summary>
    /// Whether the line starts a phase, or means to: a heading of another level with number and title, such as <c>### Phase 2: Title</c>, is a fault.
    /// Other headings, such as <c>## Phases at a glance</c> and <c>### Phase 2 in detail</c>, do not.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> line, out PhaseHeading heading)
    {
        heading = default;
        int hashes = line.IndexOfAnyExcept(' ');
        if (hashes is < 0 or > MaxIndent || line[hashes] != '#')
        {
            return false;
        }

        int level = line[hashes..].IndexOfAnyExcept('#');
        int word = level is < 0 or > MaxLevel ? line.Length : SkipBlanks(line, hashes + level);
        int afterWord = word + Word.Length;
        if (line[word..].StartsWith("Phases", StringComparison.OrdinalIgnoreCase) || level != 2)
        {
            return TryReadMistake(line, hashes, word, ref heading);
        }

        if (!line[word..].StartsWith(Word, StringComparison.OrdinalIgnoreCase)
            || (afterWord < line.Length && line[afterWord] is not (' ' or '\t' or ':' or '#') && !char.IsAsciiDigit(line[afterWord])))
        {
            return false;
        }

        heading = Read(line, word, afterWord);
        return true;
    }

    // Of another level or with another ending of the word. Only with number and separator, so that prose under a heading of its own stays prose.
    private static bool TryReadMistake(ReadOnlySpan<char> line, int hashes, int word, ref PhaseHeading heading)
    {
        ReadOnlySpan<char> rest = line[word..];
        if (!rest.StartsWith(Word, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        rest = rest[Word.Length..].TrimStart("sS");
        ReadOnlySpan<char> number = rest.TrimStart(" \t#");
        int digits = number.IndexOfAnyExceptInRange('0', '9');
        if (number.Length == rest.Length || digits == 0 || (digits > 0 && number[digits..].TrimStart() is [not (':' or '-' or '–' or '—' or '.'), ..]))
        {
            return false;
        }

        heading = new PhaseHeading(null, null, hashes, "This looks like a phase and is none: write '## Phase 2: Title'.");
        return true;
    }

    private static PhaseHeading Read(ReadOnlySpan<char> line, int word, int afterWord)
    {
        int number = SkipBlanks(line, afterWord);
        int afterNumber = number;
        while (afterNumber < line.Length && char.IsAsciiDigit(line[afterNumber]))
        {
            afterNumber++;
        }

        if (afterNumber == number)
        {
            return new PhaseHeading(null, null, number, $"This phase has no number: {Shape}.");
        }

        if (!int.TryParse(line[number..afterNumber], NumberStyles.None, CultureInfo.InvariantCulture, out int value))
        {
            return new PhaseHeading(null, null, number, "This phase number is too large.");
        }

        if (!char.IsWhiteSpace(line[word - 1]) || number == afterWord)
        {
            return new PhaseHeading(value, null, number, $"A space is missing in this heading: {Shape}.");
        }

        int separator = SkipBlanks(line, afterNumber);
        if (separator == line.Length)
        {
            return new PhaseHeading(value, null, number, $"This phase has no title: {Shape}.");
        }

        // Behind all but the colon a blank must follow, so that 'Phase 2.1' and 'Phase 2-3' are not read as phase 2.
        bool separates = line[separator] == ':'
            || (line[separator] is '-' or '–' or '—' or '.' && (separator + 1 == line.Length || char.IsWhiteSpace(line[separator + 1])));
        return separates
            ? new PhaseHeading(value, WithoutClosingHashes(line[(separator + 1)..]).ToString(), number, null)
            : new PhaseHeading(value, null, number, $"This heading cannot be read behind its number: {Shape}.");
    }

    /// <summary>A heading's text without the optional run of <c>#</c> that may close it.</summary>
    public static ReadOnlySpan<char> WithoutClosingHashes(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> trimmed = text.Trim();
        ReadOnlySpan<char> rest = trimmed.TrimEnd('#');
        return rest.IsEmpty || (rest.Length < trimmed.Length && char.IsWhiteSpace(rest[^1])) ? rest.TrimEnd() : trimmed;
    }

    private static int SkipBlanks(ReadOnlySpan<char> line, int from)
    {
        while (from < line.Length && line[from] is ' ' or '\t')
        {
            from++;
        }

        return from;
    }
}
