using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.Queue;

/// <summary>A question of an agent to a person, signed like its report. The same delivery again asks whether there is an answer; each time is a sign of life.</summary>
public sealed class AskQuestion(WebhookGate gate, FeatureCommands commands)
{
    [Function(nameof(AskQuestion))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/queue/{queueId}/ask")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        string queueId,
        CancellationToken cancellation)
    {
        string? question = null;
        (AgentCall? call, ProblemResult? refusal) = await gate.ReadAsync(request, queueId, ReadQuestion, cancellation);
        return call is null ? refusal!
            : call.IsItsAgent ? await commands.AskAsync(client, call.Attempt, call.Delivery.Id, question!, cancellation)
            : Problems.Conflict($"Attempt {call.Attempt.Attempt} of {queueId} was not given to this agent: stop.");

        void ReadQuestion(JsonFields fields)
        {
            question = fields.Text("question", isRequired: true);
            if (question is not null && QuestionAnswer.Fault(question) is { } bad)
            {
                fields.Refuse("question", bad.Code, bad.Message);
            }
        }
    }
}

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
    public static QuestionAnswer Of(PhaseQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return new QuestionAnswer(question.Answer is null ? QuestionStatus.Waiting : QuestionStatus.Answered, question.Number, question.Answer);
    }

    /// <summary>Why a text is no question or answer; null where it is.</summary>
    internal static (string Code, string Message)? Fault(string text) =>
        !PhaseQuestion.IsSeen(text) ? (JsonFields.MissingField, "It is empty.")
        : text.Length > PhaseQuestion.MaxLength ? (PlanFaultCodes.TooLong, FormattableString.Invariant($"It has at most {PhaseQuestion.MaxLength} characters."))
        : null;
}
