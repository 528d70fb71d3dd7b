namespace PhaseFlow.Core.Plans.Markdown;

/// <summary>The lines of a text, with those of fenced code blocks marked.</summary>
internal static class MarkdownLines
{
    private const char ByteOrderMark = '\uFEFF';

    /// <summary>Splits at LF and CRLF, and leaves out a byte order mark.</summary>
    /// <param name="text">The text.</param>
    /// <param name="unclosedFence">Index of the line that opens a code block which nothing closes, or -1.</param>
    public static List<MarkdownLine> Split(string text, out int unclosedFence)
    {
        var lines = new List<MarkdownLine>();
        unclosedFence = -1;
        CodeFence? open = null;
        int start = text.StartsWith(ByteOrderMark) ? 1 : 0;
        while (start <= text.Length)
        {
            int lineFeed = text.IndexOf('\n', start);
            int next = lineFeed < 0 ? text.Length + 1 : lineFeed + 1;
            int end = next - 1;
            if (lineFeed > start && text[lineFeed - 1] == '\r')
            {
                end--;
            }

            ReadOnlySpan<char> line = text.AsSpan(start, end - start);
            bool isCode = open is not null;
            if (open is { } fence)
            {
                if (fence.IsClosedBy(line))
                {
                    open = null;
                    unclosedFence = -1;
                }
            }
            else if (CodeFence.TryOpen(line, out CodeFence opened))
            {
                open = opened;
                isCode = true;
                unclosedFence = lines.Count;
            }

            lines.Add(new MarkdownLine(lines.Count + 1, start, end, isCode));
            start = next;
        }

        return lines;
    }
}
