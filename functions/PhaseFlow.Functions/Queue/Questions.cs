using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Queue;

/// <summary>What agents ask persons, and what those answer. Of two that come at once the first in the inbox counts, and the other is told so.</summary>
public sealed class Questions(IPhaseStore store, FeatureCommands commands, TimeProvider time)
{
    /// <summary>What the agent of an attempt asks a person: it is told to wait, or what was answered. To ask again is to ask whether there is an answer.</summary>
    public async Task<IResult> AskAsync(DurableTaskClient client, AttemptRecord agent, string delivery, string question, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);
        if (await commands.LoadAsync(agent.FeatureId, cancellation) is not { } feature)
        {
            return Problems.NotFound(FeatureId.Unknown(FormattableString.Invariant($"{agent.FeatureId}")));
        }

        if (Refusal(feature, agent, delivery, question) is { } early)
        {
            return early;
        }

        if (!await store.HeartbeatAsync(agent.QueueId, agent.Attempt, time.GetUtcNow(), cancellation))
        {
            return Over(agent);
        }

        if (AnswerTo(feature, agent, delivery, question) is null)
        {
            var command = new FeatureCommand(0, CommandKind.Ask) { Phase = agent.PhaseNumber, Attempt = agent.Attempt, Text = question, Delivery = delivery };
            if (await commands.RaiseAsync(client, agent.FeatureId, command, cancellation) is null || await commands.LoadAsync(agent.FeatureId, cancellation) is not { } after)
            {
                return Problems.NotFound(FeatureId.Unknown(FormattableString.Invariant($"{agent.FeatureId}")));
            }

            // Another may have been faster: what is in the inbox counts, in its order.
            if (Refusal(after, agent, delivery, question) is { } late)
            {
                return late;
            }

            feature = after;
        }

        // One that is not at work here is only not published yet: its run knows it, and the next time tells its number.
        return Answers.Ok(AnswerTo(feature, agent, delivery, question) ?? new QuestionAnswer(QuestionStatus.Waiting, null, null));
    }

    /// <summary>What a person answers: 202 with the row of the phase, whose agent goes on.</summary>
    public async Task<IResult> AnswerAsync(HttpRequest request, DurableTaskClient client, string queueId, CancellationToken cancellation)
    {
        (FeatureCommand? answer, ProblemResult? refusal) = await CommandBody.ReadAsync(request, CommandKind.Answer, cancellation);
        if (answer is null)
        {
            return refusal!;
        }

        (StoredFeature? feature, int number, refusal) = await commands.FindPhaseAsync(queueId, CommandKind.Answer, cancellation);
        if (feature is null)
        {
            return refusal!;
        }

        PhaseState phase = feature.Run.Phases[number];
        if (answer.Question != phase.Question!.Number)
        {
            return Problems.Conflict($"Question {answer.Question} is not open: the agent waits for an answer to question {phase.Question.Number}.");
        }

        (StoredFeature? after, bool isObeyed) =
            await commands.SendAsync(client, feature.Run.FeatureId, answer with { Phase = number, Attempt = phase.Attempt }, cancellation);
        if (after is null)
        {
            return Problems.NotFound(PhaseRef.Unknown(queueId));
        }

        // The same answer of two is the answer of both.
        PhaseQuestion? asked = after.Run.Phases[number].Question is { } question && question.Number == answer.Question ? question : null;
        return isObeyed || (asked?.Answer is { } given && given == answer.Text) ? await commands.ShowPhaseAsync(client, after, number, cancellation)
            : Problems.Conflict(asked?.Answer is null ? $"Question {answer.Question} is not open any more: its agent does not wait for it."
                : $"Question {answer.Question} was answered by somebody else.");
    }

    private static ProblemResult? Refusal(StoredFeature feature, AttemptRecord agent, string delivery, string question)
    {
        PhaseState? phase = feature.Run.Phases.GetValueOrDefault(agent.PhaseNumber);
        return phase is null || phase.Attempt > agent.Attempt || phase.Status.IsSettled() || phase.Stopping != StopReason.None ? Over(agent)
            : AtWork(feature, agent)?.Question is not { } last ? null
            : last.Id == delivery && last.Text != question ? Problems.Conflict("This webhook-id has asked something else: each question needs one of its own.")
            : last.Answer is null && AnswerTo(feature, agent, delivery, question) is null
                ? Problems.QuestionOpen($"Attempt {agent.Attempt} of {agent.QueueId} has asked something else, and that is not answered yet: ask this afterwards.")
            : null;
    }

    /// <summary>Where a question stands that is known already; null where it is new.</summary>
    private static QuestionAnswer? AnswerTo(StoredFeature feature, AttemptRecord agent, string delivery, string question) =>
        AtWork(feature, agent) is not { } phase ? null
        : phase.Question is { } last && last.IsAskedBy(delivery, question) ? QuestionAnswer.Of(last.Number, last.Answer)
        : phase.EarlierQuestions?.Find(delivery) is { } earlier ? QuestionAnswer.Of(earlier.Number, earlier.Answer)
        : null;

    private static PhaseState? AtWork(StoredFeature feature, AttemptRecord agent) =>
        feature.Run.Phases.GetValueOrDefault(agent.PhaseNumber) is { } phase && phase.Attempt == agent.Attempt && phase.Status.HoldsSlot() ? phase : null;

    private static ProblemResult Over(AttemptRecord agent) => Problems.Conflict($"Attempt {agent.Attempt} of {agent.QueueId} is over or being stopped: stop.");
}
