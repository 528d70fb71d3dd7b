namespace PhaseFlow.Core.Plans.Markdown;

/// <summary>The line that opens a fenced code block, as CommonMark 0.31 section 4.5 has it.</summary>
/// <param name="Mark">Backtick or tilde.</param>
/// <param name="Length">How many of them; the closing fence has at least as many.</param>
/// <param name="Indent">Spaces before it, which its lines may share.</param>
/// <param name="Language">The first word behind it, or empty.</param>
internal readonly record struct CodeFence(char Mark, int Length, int Indent, string Language)
{
    private const int MinLength = 3;
    private const int MaxIndent = 3;

    public static bool TryOpen(ReadOnlySpan<char> line, out CodeFence fence)
    {
        fence = default;
        if (!TryReadMarks(line, out char mark, out int length, out int indent))
        {
            return false;
        }

        ReadOnlySpan<char> info = line[(indent + length)..].Trim();
        if (mark == '`' && info.Contains('`'))
        {
            return false;
        }

        int wordEnd = info.IndexOfAny(' ', '\t');
        fence = new CodeFence(mark, length, indent, (wordEnd < 0 ? info : info[..wordEnd]).ToString());
        return true;
    }

    public bool IsClosedBy(ReadOnlySpan<char> line) =>
        TryReadMarks(line, out char mark, out int length, out int indent)
        && mark == Mark
        && length >= Length
        && line[(indent + length)..].IsWhiteSpace();

    private static bool TryReadMarks(ReadOnlySpan<char> line, out char mark, out int length, out int indent)
    {
        mark = default;
        length = 0;
        indent = line.IndexOfAnyExcept(' ');
        if (indent is < 0 or > MaxIndent || line[indent] is not ('`' or '~'))
        {
            return false;
        }

        mark = line[indent];
        int end = line[indent..].IndexOfAnyExcept(mark);
        length = end < 0 ? line.Length - indent : end;
        return length >= MinLength;
    }
}
