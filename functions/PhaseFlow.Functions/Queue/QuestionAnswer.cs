using System.Text.Json.Serialization;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Functions.Queue;

/// <summary>Where a question stands.</summary>
public enum QuestionStatus
{
    /// <summary>Nobody has answered: ask again in a while.</summary>
    Waiting,
    Answered,
}

/// <summary>What an agent hears of its question.</summary>
/// <param name="Status">Whether there is an answer.</param>
/// <param name="Number">Counts the questions of the phase, from 1; absent for a moment after the agent began.</param>
/// <param name="Answer">The answer, once there is one.</param>
public sealed record QuestionAnswer(
    QuestionStatus Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Number, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Answer)
{
    internal static QuestionAnswer Of(int number, string? answer) => new(answer is null ? QuestionStatus.Waiting : QuestionStatus.Answered, number, answer);

    /// <summary>Why a text is no question or answer; null where it is.</summary>
    internal static (string Code, string Message)? Fault(string text) =>
        !PhaseQuestion.IsSeen(text) ? (JsonFields.MissingField, "It is empty.")
        : text.Length > PhaseQuestion.MaxLength ? (PlanFaultCodes.TooLong, FormattableString.Invariant($"It has at most {PhaseQuestion.MaxLength} characters."))
        : null;
}
