using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Benchmarks.Simulation.Storage;

/// <content>Runs: loaded, and published as they go on.</content>
internal sealed partial class MemoryPhaseStore
{
    public Task<LoadedRun?> LoadRunAsync(int featureId, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult(_features.TryGetValue(featureId, out Feature? feature)
                ? new LoadedRun(feature.Run, OpenOf(feature))
                : null);
        }
    }

    public Task<ImmutableArray<InboxEntry>?> PublishAsync(RunPublication publication, DateTimeOffset now, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_features.TryGetValue(publication.FeatureId, out Feature? feature))
            {
                return Task.FromException<ImmutableArray<InboxEntry>?>(new FeatureUnknownException($"Feature {publication.FeatureId} is not stored."));
            }

            if (publication.Phases.Any(p => !feature.Rows.ContainsKey(p.Number)))
            {
                return Task.FromException<ImmutableArray<InboxEntry>?>(
                    new InvalidOperationException($"Something of feature {publication.FeatureId} is published but not stored."));
            }

            if (!publication.Follows(feature.Version))
            {
                return Task.FromResult<ImmutableArray<InboxEntry>?>(null);
            }

            Publish(feature, publication, now);
            return Task.FromResult<ImmutableArray<InboxEntry>?>(OpenOf(feature));
        }
    }

    private ImmutableArray<InboxEntry> OpenOf(Feature feature) => [.. ReversesInboxes ? feature.Open.Values.Reverse() : feature.Open.Values];

    private void Publish(Feature feature, RunPublication publication, DateTimeOffset now)
    {
        Version++;
        foreach (PhaseState phase in publication.Phases)
        {
            PublishPhase(feature, phase, now);
        }

        foreach (InboxSettlement settlement in publication.Settled)
        {
            if (!feature.Open.Remove(settlement.Seq, out InboxEntry? entry))
            {
                continue;
            }

            feature.Outcomes[settlement.Seq] = settlement.Outcome;
            Settled(entry, settlement.Outcome);
            if (settlement.Outcome != MessageOutcome.Applied
                && entry.Command is { Kind: CommandKind.AddPhase, Phase: { } number }
                && feature.Rows.TryGetValue(number, out Row? row) && row.State is null)
            {
                // A phase whose addition the run refused is no part of the plan.
                feature.Rows.Remove(number);
            }
        }

        FeatureStatus before = feature.Status;
        feature.UpdatedAt = feature.Version == publication.Version ? feature.UpdatedAt : now;
        feature.Version = publication.Version;
        feature.Status = publication.Status;
        feature.Cancelling = publication.Cancelling;
        feature.Inbox = publication.Inbox;
        if (publication.Status != before)
        {
            AddChange(ChangePayload.FeatureChanged, feature.Id, null, now, ChangePayload.Of(feature.Id, publication.Status));
        }
    }

    private void PublishPhase(Feature feature, PhaseState phase, DateTimeOffset now)
    {
        Row row = feature.Rows[phase.Number];

        // A rule never changes once it is there, and compares by reference.
        if (row.State is { } old && old == (phase with { Rule = old.Rule, Pending = old.Pending }))
        {
            return;
        }

        feature.Rows[phase.Number] = row with { State = phase with { Pending = InFlight.None }, UpdatedAt = now };
        int over = LastOver(phase);
        foreach (((int Phase, int Attempt) key, AttemptRecord record) in feature.Attempts.ToArray())
        {
            if (key.Phase == phase.Number && key.Attempt <= over && record.Status == AttemptStatus.Live)
            {
                feature.Attempts[key] = record with { Status = AttemptStatus.Closed };
            }
        }

        if (phase.Status.HoldsSlot() && !feature.Attempts.ContainsKey((phase.Number, phase.Attempt)))
        {
            string adwId = AdwId.Of(feature.Id, phase.Number, phase.Attempt);
            AddAttempt(feature, new AttemptStart(feature.Id, phase.Number, phase.Attempt, adwId, phase.Rule.WorkflowType), AttemptStatus.Live, now);
        }

        AddChange(ChangePayload.PhaseChanged, feature.Id, QueueId.Format(feature.Id, phase.Number), now, ChangePayload.Of(feature.Id, phase));
    }
}
