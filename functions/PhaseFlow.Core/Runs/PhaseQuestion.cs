namespace PhaseFlow.Core.Runs;

/// <summary>What the agent of an attempt asks a person. The agent waits and keeps its slot until it is answered.</summary>
/// <param name="Number">Counts the questions of the attempt, from 1: an answer names it, so that it is not taken for that of a later one.</param>
/// <param name="Text">The question.</param>
/// <param name="AskedAt">When it was asked (UTC).</param>
public sealed record PhaseQuestion(int Number, string Text, DateTimeOffset AskedAt)
{
    /// <summary>UTF-16 characters of a question, and of an answer.</summary>
    public const int MaxLength = 4000;

    /// <summary>Null until somebody has answered.</summary>
    public string? Answer { get; init; }
}
