using System.Globalization;
using System.Text;

namespace PhaseFlow.Core.Runs;

/// <summary>What the agent of an attempt asks a person. The agent waits and keeps its slot until it is answered.</summary>
/// <param name="Number">Counts the questions of the phase over all attempts, from 1: an answer names it, so that it is not taken for that of another.</param>
/// <param name="Text">The question.</param>
/// <param name="AskedAt">When it was asked (UTC).</param>
public sealed record PhaseQuestion(int Number, string Text, DateTimeOffset AskedAt)
{
    /// <summary>UTF-16 characters of a question, and of an answer.</summary>
    public const int MaxLength = 4000;

    /// <summary>The id of the delivery that asked: what comes with it again is the same question.</summary>
    public string? Id { get; init; }

    /// <summary>Null until somebody has answered.</summary>
    public string? Answer { get; init; }

    /// <summary>Whether a delivery of the same attempt asks this once more: it has its id, or asks what is still open in the same words.</summary>
    public bool IsAskedBy(string? id, string text) => Id == id || (Answer is null && Text == text);

    /// <summary>Whether a text shows anything: spaces and signs that are not seen ask and answer nothing.</summary>
    public static bool IsSeen(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.EnumerateRunes().Any(rune => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned));
    }
}
