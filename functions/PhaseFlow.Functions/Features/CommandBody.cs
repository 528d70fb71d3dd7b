using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Queue;

namespace PhaseFlow.Functions.Features;

/// <summary>What a person sends with a command: a reason, a priority, or an answer.</summary>
internal static class CommandBody
{
    private const int MaxReasonLength = 2000;

    public static async Task<(FeatureCommand? Command, ProblemResult? Refusal)> ReadAsync(
        HttpRequest request, CommandKind kind, CancellationToken cancellation)
    {
        bool isPriority = kind == CommandKind.Prioritize;
        bool isAnswer = kind == CommandKind.Answer;
        (JsonElement json, ProblemResult? refusal) = await RequestBody.ReadJsonAsync(request, isOptional: !isPriority && !isAnswer, cancellation);
        refusal ??= QueryValues.Unknown(request);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        var fields = new JsonFields(json);
        fields.Know(isPriority ? ["priority", "reason"] : isAnswer ? ["answer", "question"] : ["reason"]);
        string? reason = fields.Text("reason");
        if (reason?.Length > MaxReasonLength)
        {
            fields.Refuse("reason", PlanFaultCodes.TooLong, $"A reason has at most {MaxReasonLength} characters.");
        }

        int? priority = isPriority ? fields.Int("priority", isRequired: true) : null;
        if (priority is { } number && PlanValidator.PriorityFault(number) is { } fault)
        {
            fields.Refuse("priority", PlanFaultCodes.InvalidPriority, fault);
        }

        string? answer = isAnswer ? fields.Text("answer", isRequired: true) : null;
        int? question = isAnswer ? fields.Int("question", isRequired: true) : null;
        if (answer is not null && QuestionAnswer.Fault(answer) is { } bad)
        {
            fields.Refuse("answer", bad.Code, bad.Message);
        }

        return fields.Faults.Count == 0
            ? (new FeatureCommand(0, kind) { Reason = reason, Priority = priority, Question = question, Text = answer }, null)
            : (null, Problems.InvalidBody([.. fields.Faults.Select(ProblemError.Of)]));
    }
}
