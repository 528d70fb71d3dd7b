using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Queue;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Features;

/// <summary>Carries what a person or an agent asks for over HTTP to a run: checked against its state, stored in the inbox, then raised.</summary>
public sealed class FeatureCommands(IPhaseStore store, AgentConfiguration agents, InboxCourier courier, TimeProvider time)
{
    private const int MaxReasonLength = 2000;

    /// <summary>A command about a whole feature: 202 with the feature as it will be.</summary>
    public async Task<IResult> RunAsync(
        HttpRequest request, DurableTaskClient client, string id, CommandKind kind, CancellationToken cancellation)
    {
        (FeatureCommand? command, ProblemResult? refusal) = await ReadAsync(request, kind, cancellation);
        if (command is null)
        {
            return refusal!;
        }

        StoredFeature? feature = FeatureId.TryParse(id, out int featureId) ? await LoadAsync(featureId, cancellation) : null;
        if (feature is null)
        {
            return Problems.NotFound(FeatureId.Unknown(id));
        }

        if (Refusal(feature.Run, kind, null) is { } conflict)
        {
            return conflict;
        }

        return await SendAsync(client, feature, command, cancellation) is { } after
            ? Answers.Accepted(await ShowAsync(client, after, cancellation))
            : Problems.NotFound(FeatureId.Unknown(id));
    }

    /// <summary>A command about one phase: 202 with its row as it will be.</summary>
    public async Task<IResult> RunPhaseAsync(
        HttpRequest request, DurableTaskClient client, string queueId, CommandKind kind, CancellationToken cancellation)
    {
        (FeatureCommand? command, ProblemResult? refusal) = await ReadAsync(request, kind, cancellation);
        if (command is null)
        {
            return refusal!;
        }

        StoredFeature? feature = QueueId.TryParse(queueId, out int featureId, out int phase) ? await LoadAsync(featureId, cancellation) : null;
        if (feature is null || !feature.Run.Phases.ContainsKey(phase))
        {
            return Problems.NotFound(PhaseRef.Unknown(queueId));
        }

        if (Refusal(feature.Run, kind, phase) is { } conflict)
        {
            return conflict;
        }

        command = command with { Phase = phase };
        if (kind == CommandKind.Answer)
        {
            PhaseState asked = feature.Run.Phases[phase];
            if (command.Question != asked.Question!.Number)
            {
                return Problems.Conflict($"Question {command.Question} is not open: the agent waits for an answer to question {asked.Question.Number}.");
            }

            command = command with { Attempt = asked.Attempt };
        }

        if (await SendAsync(client, feature, command, cancellation) is not { } after)
        {
            return Problems.NotFound(PhaseRef.Unknown(queueId));
        }

        // Two may answer at once, and both were told that they may: what is in the inbox counts, in its order.
        if (kind == CommandKind.Answer && await LoadAsync(featureId, cancellation) is { } settled
            && settled.Run.Phases[phase].Question is { } answered && answered.Number == command.Question && answered.Answer != command.Text)
        {
            return Problems.Conflict($"Question {command.Question} was answered by somebody else.");
        }

        FeatureResponse shown = await ShowAsync(client, after, cancellation);
        return Answers.Accepted(shown.Phases.Single(p => p.PhaseNumber == phase));
    }

    /// <summary>What the agent of an attempt asks a person: it is told to wait, or what was answered. To ask again is to ask whether there is an answer.</summary>
    public async Task<IResult> AskAsync(DurableTaskClient client, AttemptRecord agent, string delivery, string question, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);
        if (await LoadAsync(agent.FeatureId, cancellation) is not { } feature)
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

        if (QuestionOf(feature, agent) is not { } known || !known.IsAskedBy(delivery, question))
        {
            var command = new FeatureCommand(0, CommandKind.Ask) { Phase = agent.PhaseNumber, Attempt = agent.Attempt, Text = question, Delivery = delivery };
            if (await SendAsync(client, feature, command, cancellation) is null || await LoadAsync(agent.FeatureId, cancellation) is not { } after)
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
        return Answers.Ok(QuestionOf(feature, agent) is { } asked ? QuestionAnswer.Of(asked) : new QuestionAnswer(QuestionStatus.Waiting, null, null));
    }

    private static ProblemResult? Refusal(StoredFeature feature, AttemptRecord agent, string delivery, string question)
    {
        PhaseState? phase = feature.Run.Phases.GetValueOrDefault(agent.PhaseNumber);
        return phase is null || phase.Attempt > agent.Attempt || phase.Status.IsSettled() || phase.Stopping != StopReason.None ? Over(agent)
            : QuestionOf(feature, agent) is { Answer: null } open && !open.IsAskedBy(delivery, question)
                ? Problems.QuestionOpen($"Attempt {agent.Attempt} of {agent.QueueId} has asked something else, and that is not answered yet: ask this afterwards.")
            : null;
    }

    private static PhaseQuestion? QuestionOf(StoredFeature feature, AttemptRecord agent) =>
        feature.Run.Phases.GetValueOrDefault(agent.PhaseNumber) is { } phase && phase.Attempt == agent.Attempt && phase.Status.HoldsSlot() ? phase.Question : null;

    private static ProblemResult Over(AttemptRecord agent) => Problems.Conflict($"Attempt {agent.Attempt} of {agent.QueueId} is over or being stopped: stop.");

    /// <summary>
    /// Executes a feature that was just stored, or was stored by the same request before: executing twice is executing once. Null where it was removed since.
    /// </summary>
    public async Task<FeatureResponse?> ExecuteAsync(DurableTaskClient client, int featureId, CancellationToken cancellation)
    {
        StoredFeature? feature = await LoadAsync(featureId, cancellation);
        StoredFeature? after = feature is not null && FeatureActions.Refusal(feature.Run, CommandKind.Execute) is null
            ? await SendAsync(client, feature, new FeatureCommand(0, CommandKind.Execute), cancellation)
            : feature;
        return after is null ? null : await ShowAsync(client, after, cancellation);
    }

    /// <summary>The feature with its run as it will be once all that is in its inbox is applied, so that one command can follow another at once.</summary>
    public async Task<StoredFeature?> LoadAsync(int featureId, CancellationToken cancellation)
    {
        StoredFeature? feature = await store.GetFeatureAsync(featureId, cancellation);
        LoadedRun? loaded = feature is null ? null : await store.LoadRunAsync(featureId, cancellation);
        return loaded is null ? null : feature! with { Run = loaded.Inbox.Aggregate(loaded.Run, Foresee) };
    }

    /// <summary>Raises an entry that changes a run, and foresees what becomes of it.</summary>
    public async Task<StoredFeature> DeliverAsync(DurableTaskClient client, StoredFeature feature, InboxEntry entry)
    {
        ArgumentNullException.ThrowIfNull(feature);
        await courier.DeliverAsync(client, entry);
        return feature with { Run = Foresee(feature.Run, entry) };
    }

    /// <summary>A feature as the contract shows it.</summary>
    public async Task<FeatureResponse> ShowAsync(DurableTaskClient client, StoredFeature feature, CancellationToken cancellation) =>
        FeatureResponse.Of(feature, await SlotLine.ReadForAsync(client, [feature], cancellation), time.GetUtcNow());

    /// <summary>Null where the feature was removed a moment ago.</summary>
    private async Task<StoredFeature?> SendAsync(
        DurableTaskClient client, StoredFeature feature, FeatureCommand command, CancellationToken cancellation)
    {
        InboxEntry entry;
        try
        {
            entry = await store.ReceiveCommandAsync(feature.Run.FeatureId, command, time.GetUtcNow(), cancellation);
        }
        catch (FeatureUnknownException)
        {
            return null;
        }

        return await DeliverAsync(client, feature, entry);
    }

    private ProblemResult? Refusal(FeatureRun run, CommandKind kind, int? phase)
    {
        if (FeatureActions.Refusal(run, kind, phase) is { } reason)
        {
            return Problems.Conflict(reason);
        }

        return kind == CommandKind.Execute ? agents.Refusal(run.Phases.Values.Select(p => (p.Number, p.Rule.WorkflowType))) : null;
    }

    private FeatureRun Foresee(FeatureRun run, InboxEntry entry) =>
        ((InboxMessage?)entry.Report ?? entry.Command) is { } message ? run.Apply(message, time.GetUtcNow()).Run : run;

    private static async Task<(FeatureCommand? Command, ProblemResult? Refusal)> ReadAsync(
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
