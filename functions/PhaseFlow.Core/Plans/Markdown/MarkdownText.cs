namespace PhaseFlow.Core.Plans.Markdown;

/// <summary>A text as lines, and the ways to walk them. Indexes count lines from 0.</summary>
internal sealed class MarkdownText
{
    private readonly string _text;
    private readonly List<MarkdownLine> _lines;
    private readonly int _unclosedFence;

    public MarkdownText(string text)
    {
        _text = text;
        _lines = MarkdownLines.Split(text, out _unclosedFence);
    }

    public int Count => _lines.Count;

    public ReadOnlySpan<char> this[int index] => _lines[index].In(_text);

    public bool IsCode(int index) => _lines[index].IsCode;

    /// <summary>The place of a character of a line.</summary>
    public MarkdownPlace PlaceOf(int index, int offset) => new(_lines[index].Number, offset + 1);

    /// <summary>The value behind a field's colon.</summary>
    public MarkdownPiece ValueOf(int index, FieldMatch match)
    {
        ReadOnlySpan<char> line = this[index];
        return MarkdownPiece.Of(line, match.ValueOffset, line.Length, _lines[index].Number);
    }

    /// <summary>The values behind a field's colon, between commas.</summary>
    public List<MarkdownPiece> ValuesOf(int index, FieldMatch match) =>
        MarkdownPiece.Split(this[index], match.ValueOffset, _lines[index].Number);

    public bool TryReadListItem(int index, out MarkdownPiece item)
    {
        item = default;
        ReadOnlySpan<char> line = this[index];
        int bullet = line.IndexOfAnyExcept(' ', '\t');
        if (bullet < 0 || line[bullet] is not ('-' or '*') || bullet + 1 >= line.Length || line[bullet + 1] is not (' ' or '\t'))
        {
            return false;
        }

        item = MarkdownPiece.Of(line, bullet + 1, line.Length, _lines[index].Number);
        return true;
    }

    /// <summary>The first phase's heading from here on, or <see cref="Count"/>.</summary>
    public int NextHeading(int from)
    {
        while (from < Count && (IsCode(from) || !PhaseHeading.TryRead(this[from], out _)))
        {
            from++;
        }

        return from;
    }

    public int SkipBlankLines(int from)
    {
        while (from < Count && this[from].IsWhiteSpace())
        {
            from++;
        }

        return from;
    }

    /// <summary>The text of some lines, verbatim, without the blank lines around it.</summary>
    public string Slice(int from, int to)
    {
        from = SkipBlankLines(from);
        while (to > from && this[to - 1].IsWhiteSpace())
        {
            to--;
        }

        return from < to ? _text[_lines[from].Start.._lines[to - 1].End] : "";
    }

    /// <summary>Whether nothing closes a code block.</summary>
    /// <param name="place">Where it starts.</param>
    /// <param name="hidesPhases">Whether it swallows the heading of a phase.</param>
    public bool TryFindUnclosedFence(out MarkdownPlace place, out bool hidesPhases)
    {
        place = default;
        hidesPhases = _unclosedFence >= 0 && _lines.Skip(_unclosedFence + 1).Any(l => PhaseHeading.TryRead(l.In(_text), out _));
        if (_unclosedFence < 0)
        {
            return false;
        }

        place = PlaceOf(_unclosedFence, this[_unclosedFence].IndexOfAnyExcept(' '));
        return true;
    }
}
