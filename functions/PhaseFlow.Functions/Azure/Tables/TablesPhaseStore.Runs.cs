using System.Collections.Immutable;
using Azure;
using Azure.Data.Tables;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <content>Runs: loaded, and published as they go on.</content>
internal sealed partial class TablesPhaseStore
{
    public async Task<LoadedRun?> LoadRunAsync(int featureId, CancellationToken cancellation) =>
        await ReadAsync(featureId, RowKeys.PhaseEnd, cancellation) is { } read ? new LoadedRun(read.Run, read.OpenInbox) : null;

    public async Task<ImmutableArray<InboxEntry>?> PublishAsync(RunPublication publication, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(publication);
        return await _writer.RunAsync(publication.FeatureId, () => TryPublishAsync(publication, now, cancellation), cancellation);
    }

    private async Task<ImmutableArray<InboxEntry>?> TryPublishAsync(RunPublication publication, DateTimeOffset now, CancellationToken cancellation)
    {
        int featureId = publication.FeatureId;
        FeaturePartition read = await RequireAsync(featureId, RowKeys.AttemptEnd, cancellation);
        FeatureRow feature = read.Feature;
        if (!publication.Follows(feature.Version) || publication.Version < feature.Writing)
        {
            return null;
        }

        var write = new FeatureWrite(read);
        write.Before.AddRange(publication.Phases.Select(phase => PublishPhase(read, phase, now)).OfType<RowGroup>());
        write.Before.Add(PublishFeature(write, publication, now));
        HashSet<long> settled = [];
        foreach (InboxSettlement settlement in publication.Settled)
        {
            if (read.Inbox.Find(i => i.Entry.Seq == settlement.Seq) is { } entry && settled.Add(settlement.Seq))
            {
                // Last: an entry that the run has applied and that is still open is recognized, one that was closed too early is lost.
                write.After.Add(Settle(read, entry, settlement, now));
            }
        }

        if (write.IsEmpty)
        {
            await _writer.DeliverAsync(featureId, read.Outbox, cancellation);
            return read.OpenInbox;
        }

        await CommitAsync(write, cancellation);
        return [.. read.OpenInbox.Where(e => !settled.Contains(e.Seq))];
    }

    private static RowGroup PublishFeature(FeatureWrite write, RunPublication publication, DateTimeOffset now)
    {
        var group = new RowGroup();
        FeatureRow feature = write.From.Feature;
        if (publication.Version != feature.Version)
        {
            write.Feature["Version"] = publication.Version;
            write.Feature["UpdatedAt"] = now;
        }

        if (publication.Cancelling != feature.Cancelling)
        {
            write.Feature["Cancelling"] = publication.Cancelling;
        }

        string inbox = StoreJson.Write(publication.Inbox);
        if (inbox != StoreJson.Write(feature.Inbox))
        {
            write.Feature.SetText("Inbox", inbox);
        }

        if (publication.Status != feature.Status)
        {
            SetStatus(write, group, publication.Status, now);
        }

        return group;
    }

    private static void SetStatus(FeatureWrite write, RowGroup group, FeatureStatus status, DateTimeOffset now)
    {
        write.Status = status;
        write.Feature["Status"] = status.ToString();
        group.Say(ChangePayload.FeatureChanged, null, now, ChangePayload.Of(write.From.Feature.Id, status));
    }

    /// <summary>Commits a write, and keeps the index beside it.</summary>
    private async Task CommitAsync(FeatureWrite write, CancellationToken cancellation)
    {
        FeatureRow feature = write.From.Feature;
        if (write.Status is { } status)
        {
            await _index.MarkStatusAsync(feature.Id, status, write.Feature.GetDateTimeOffset("UpdatedAt") ?? feature.UpdatedAt, cancellation);
        }

        await _writer.CommitAsync(write, cancellation);
        if (write.Status is not null)
        {
            await _writer.FollowAsync(feature.Id, () => RetireStatusAsync(feature.Id, feature.Status, cancellation));
        }
    }

    /// <summary>The rows of a phase that has changed; null where it says what is stored.</summary>
    private static RowGroup? PublishPhase(FeaturePartition read, PhaseState phase, DateTimeOffset now)
    {
        int featureId = read.Feature.Id;
        if (!read.Phases.TryGetValue(phase.Number, out PhaseRow? known))
        {
            throw new InvalidOperationException($"Phase {phase.Number} of feature {featureId} is published but not planned.");
        }

        string state = StoreJson.Write(phase);
        if (known.StateJson == state)
        {
            return null;
        }

        var group = new RowGroup();
        var row = new TableEntity(known.Row.PartitionKey, known.Row.RowKey) { ["UpdatedAt"] = now };
        row.SetText("State", state);
        group.Merge(row, known.Row.ETag);
        int over = LastOver(phase);
        foreach (AttemptRow left in read.Attempts.Where(a => a.Record.PhaseNumber == phase.Number && a.Record.Attempt <= over && a.IsLive))
        {
            group.Merge(left.Close(), left.Row.ETag);
        }

        if (phase.Status.HoldsSlot() && read.Attempt(phase.Number, phase.Attempt) is null)
        {
            // Who sees that the phase runs can have its agent's values and report for it, even just before the launch is recorded.
            var start = new AttemptStart(
                featureId, phase.Number, phase.Attempt, AdwId.Of(featureId, phase.Number, phase.Attempt), phase.Rule.WorkflowType);
            group.Add(AttemptRow.ToEntity(start, AttemptStatus.Live, now));
        }

        group.Say(ChangePayload.PhaseChanged, QueueId.Format(featureId, phase.Number), now, ChangePayload.Of(featureId, phase));
        return group;
    }

    private static RowGroup Settle(FeaturePartition read, InboxRow open, InboxSettlement settlement, DateTimeOffset now)
    {
        var group = new RowGroup();
        TableEntity settled = InboxRow.ToEntity(RowKeys.Settled(settlement.Seq), open.Entry);
        settled["Outcome"] = settlement.Outcome.ToString();
        settled["SettledAt"] = now;
        settled.SetText("Reason", settlement.Reason);
        group.Put(settled);
        group.Delete(open.Row, open.Row.ETag);

        // A phase whose addition the run refused is no part of the plan.
        if (settlement.Outcome != MessageOutcome.Applied
            && open.Entry.Command is { Kind: CommandKind.AddPhase, Phase: { } number }
            && read.Phases.GetValueOrDefault(number) is { StateJson: null } refused)
        {
            group.Delete(refused.Row, refused.Row.ETag);
            group.Delete(new TableEntity(refused.Row.PartitionKey, RowKeys.Content(read.Feature.PlanKey, number)), ETag.All);
        }

        return group;
    }
}
