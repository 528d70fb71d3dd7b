namespace PhaseFlow.Core.Plans.Markdown;

/// <summary>A place in the text, both from 1.</summary>
internal readonly record struct MarkdownPlace(int Line, int Column);

/// <summary>A piece of a line: its text without blanks around it, and where it stands.</summary>
internal readonly record struct MarkdownPiece(string Text, MarkdownPlace Place)
{
    public static MarkdownPiece Of(ReadOnlySpan<char> line, int start, int end, int lineNumber)
    {
        ReadOnlySpan<char> raw = line[start..end];
        int blanks = raw.Length - raw.TrimStart().Length;
        return new MarkdownPiece(raw.Trim().ToString(), new MarkdownPlace(lineNumber, start + (blanks == raw.Length ? 0 : blanks) + 1));
    }

    /// <summary>The pieces between commas; one empty piece where there is nothing at all.</summary>
    public static List<MarkdownPiece> Split(ReadOnlySpan<char> line, int start, int lineNumber)
    {
        var pieces = new List<MarkdownPiece>();
        while (true)
        {
            int comma = line[start..].IndexOf(',');
            if (comma < 0)
            {
                pieces.Add(Of(line, start, line.Length, lineNumber));
                return pieces;
            }

            pieces.Add(Of(line, start, start + comma, lineNumber));
            start += comma + 1;
        }
    }
}
