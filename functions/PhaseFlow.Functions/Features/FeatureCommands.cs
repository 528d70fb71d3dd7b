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

/// <summary>Carries what is asked for over HTTP to a run: checked against its state, stored in the inbox, then raised.</summary>
public sealed class FeatureCommands(IPhaseStore store, AgentConfiguration agents, InboxCourier courier, TimeProvider time)
{
    /// <summary>How long a person waits at most for what a run makes of a command that seems to come too late.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private const int LooksBeforeStart = 10;

    /// <summary>A command about a whole feature: 202 with the feature as it will be.</summary>
    public async Task<IResult> RunAsync(
        HttpRequest request, DurableTaskClient client, string id, CommandKind kind, CancellationToken cancellation)
    {
        (FeatureCommand? command, ProblemResult? refusal) = await CommandBody.ReadAsync(request, kind, cancellation);
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

        (StoredFeature? after, bool isObeyed) = await SendAsync(client, featureId, command, cancellation);
        return after is null ? Problems.NotFound(FeatureId.Unknown(id))
            : isObeyed ? Answers.Accepted(await ShowAsync(client, after, cancellation))
            : Overtaken(after.Run, kind, null);
    }

    /// <summary>A command about one phase: 202 with its row as it will be.</summary>
    public async Task<IResult> RunPhaseAsync(
        HttpRequest request, DurableTaskClient client, string queueId, CommandKind kind, CancellationToken cancellation)
    {
        (FeatureCommand? command, ProblemResult? refusal) = await CommandBody.ReadAsync(request, kind, cancellation);
        if (command is null)
        {
            return refusal!;
        }

        (StoredFeature? feature, int phase, refusal) = await FindPhaseAsync(queueId, kind, cancellation);
        if (feature is null)
        {
            return refusal!;
        }

        (StoredFeature? after, bool isObeyed) = await SendAsync(client, feature.Run.FeatureId, command with { Phase = phase }, cancellation);
        return after is null ? Problems.NotFound(PhaseRef.Unknown(queueId))
            : isObeyed ? await ShowPhaseAsync(client, after, phase, cancellation)
            : Overtaken(after.Run, kind, phase);
    }

    /// <summary>The phase that a command is about, in its feature as it will be; or why the command is refused.</summary>
    internal async Task<(StoredFeature? Feature, int Phase, ProblemResult? Refusal)> FindPhaseAsync(string queueId, CommandKind kind, CancellationToken cancellation)
    {
        StoredFeature? feature = QueueId.TryParse(queueId, out int featureId, out int phase) ? await LoadAsync(featureId, cancellation) : null;
        return feature is null || !feature.Run.Phases.ContainsKey(phase) ? (null, phase, Problems.NotFound(PhaseRef.Unknown(queueId)))
            : Refusal(feature.Run, kind, phase) is { } conflict ? (null, phase, conflict)
            : (feature, phase, null);
    }

    /// <summary>202 with the row of a phase.</summary>
    internal async Task<IResult> ShowPhaseAsync(DurableTaskClient client, StoredFeature feature, int phase, CancellationToken cancellation) =>
        Answers.Accepted((await ShowAsync(client, feature, cancellation)).Phases.Single(p => p.PhaseNumber == phase));

    /// <summary>
    /// Executes a feature that was just stored, or was stored by the same request before: executing twice is executing once. Null where it was removed since.
    /// </summary>
    public async Task<FeatureResponse?> ExecuteAsync(DurableTaskClient client, int featureId, CancellationToken cancellation)
    {
        StoredFeature? feature = await LoadAsync(featureId, cancellation);
        StoredFeature? after = feature is not null && FeatureActions.Refusal(feature.Run, CommandKind.Execute) is null
            ? (await SendAsync(client, featureId, new FeatureCommand(0, CommandKind.Execute), cancellation)).After
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

    /// <summary>A feature as the contract shows it.</summary>
    public async Task<FeatureResponse> ShowAsync(DurableTaskClient client, StoredFeature feature, CancellationToken cancellation) =>
        FeatureResponse.Of(feature, await SlotLine.ReadForAsync(client, [feature], cancellation), time.GetUtcNow());

    /// <summary>
    /// Stores a command, raises it, and finds out what the run makes of it: of two that come at once, both of which were told that they may, the inbox has one first.
    /// </summary>
    /// <returns>The feature as it will be, null where it was removed a moment ago; and whether the run does what was asked.</returns>
    internal async Task<(StoredFeature? After, bool IsObeyed)> SendAsync(
        DurableTaskClient client, int featureId, FeatureCommand command, CancellationToken cancellation) =>
        await RaiseAsync(client, featureId, command, cancellation) is { } entry ? await FollowAsync(client, entry, cancellation) : (null, false);

    /// <summary>Raises an entry that is stored, and finds out what the run makes of it, as for a command that is sent.</summary>
    internal async Task<(StoredFeature? After, bool IsObeyed)> DeliverAsync(DurableTaskClient client, InboxEntry entry, CancellationToken cancellation)
    {
        await courier.DeliverAsync(client, entry);
        return await FollowAsync(client, entry, cancellation);
    }

    private async Task<(StoredFeature? After, bool IsObeyed)> FollowAsync(DurableTaskClient client, InboxEntry entry, CancellationToken cancellation)
    {
        int featureId = entry.FeatureId;
        if (await store.GetFeatureAsync(featureId, cancellation) is not { } feature || await store.LoadRunAsync(featureId, cancellation) is not { } loaded)
        {
            return (null, false);
        }

        FeatureRun run = loaded.Run;
        MessageOutcome? outcome = null;
        foreach (InboxEntry open in loaded.Inbox)
        {
            RunStep? step = ((InboxMessage?)open.Report ?? open.Command) is { } message ? run.Apply(message, time.GetUtcNow()) : null;
            run = step?.Run ?? run;
            outcome = open.Seq == entry.Seq ? step?.Outcome : outcome;
        }

        outcome ??= await store.GetOutcomeAsync(featureId, entry.Seq, cancellation);
        bool seemsToFit = outcome is null or MessageOutcome.Applied;
        if (seemsToFit && !loaded.Run.Status.IsFinished())
        {
            return (feature with { Run = run }, true);
        }

        // What does not fit yet may fit when the run takes it: who is told no must be able to rely on it. And an orchestration that is about to end may not hear of it: it is
        // seen to that one takes it, in place of leaving that to the sweep.
        bool isObeyed = await LearnAsync(client, entry, cancellation) is null or MessageOutcome.Applied;
        return (isObeyed && seemsToFit ? feature with { Run = run } : await LoadAsync(featureId, cancellation), isObeyed);
    }

    /// <summary>What a run has made of an entry; null where it has not taken it in time, so that nobody knows.</summary>
    private async Task<MessageOutcome?> LearnAsync(DurableTaskClient client, InboxEntry entry, CancellationToken cancellation)
    {
        for (int looks = 0; looks * LookAgain <= Patience; looks++)
        {
            if (await store.GetOutcomeAsync(entry.FeatureId, entry.Seq, cancellation) is { } outcome)
            {
                return outcome;
            }

            if (looks % LooksBeforeStart == LooksBeforeStart - 1)
            {
                if ((await store.LoadRunAsync(entry.FeatureId, cancellation))?.Inbox.Any(e => e.Seq == entry.Seq) != true)
                {
                    return await store.GetOutcomeAsync(entry.FeatureId, entry.Seq, cancellation); // taken just now, or gone with its feature
                }

                if (!await client.IsRunningAsync(FeatureEvents.InstanceId(entry.FeatureId), cancellation))
                {
                    // The event came to an orchestration that was about to end.
                    await client.StartFeatureAsync(entry.FeatureId, cancellation);
                }
            }

            await Task.Delay(LookAgain, time, cancellation);
        }

        return null;
    }

    /// <summary>Stores a command and raises it, in the order in which it was stored; null where the feature was removed a moment ago.</summary>
    internal async Task<InboxEntry?> RaiseAsync(DurableTaskClient client, int featureId, FeatureCommand command, CancellationToken cancellation)
    {
        Task raising = Task.CompletedTask;
        try
        {
            InboxEntry entry = await store.ReceiveCommandAsync(
                featureId, command, time.GetUtcNow(), kept => raising = courier.DeliverAsync(client, kept), cancellation);
            await raising;
            return entry;
        }
        catch (FeatureUnknownException)
        {
            return null;
        }
    }

    /// <summary>Somebody else was faster: why the state does not allow it any more.</summary>
    internal static ProblemResult Overtaken(FeatureRun run, CommandKind kind, int? phase = null) =>
        Problems.Conflict(FeatureActions.Refusal(run, kind, phase) ?? "Somebody else was faster: look at it again.");

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
}
