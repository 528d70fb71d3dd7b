namespace PhaseFlow.Core.Plans.Markdown;

/// <summary>One line of a text, without its line break.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Start">Where it starts in the text.</param>
/// <param name="End">Where it ends in the text.</param>
/// <param name="IsCode">Whether it is part of a fenced code block, its fences included.</param>
internal readonly record struct MarkdownLine(int Number, int Start, int End, bool IsCode)
{
    public ReadOnlySpan<char> In(string text) => text.AsSpan(Start, End - Start);
}
