using System.Collections.Immutable;
using Azure.Data.Tables;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <content>Features and their plans.</content>
internal sealed partial class TablesPhaseStore
{
    public async Task<bool> SetPhasesAsync(int featureId, ImmutableArray<PhasePlan> phases, DateTimeOffset now, CancellationToken cancellation) =>
        await _writer.RunAsync(
            featureId,
            async () =>
            {
                if (await ReadAsync(featureId, RowKeys.PhaseEnd, cancellation) is not { } read
                    || read.Feature.Status != FeatureStatus.Planned
                    || read.Feature.Version != 0
                    || read.Phases.Count > 0
                    || read.Inbox.Count > 0)
                {
                    // A run that was loaded without phases, or is about to be, must not miss them.
                    return false;
                }

                string planKey = NewKey();
                var write = new FeatureWrite(read);
                write.Before.Add(await StagePhasesAsync(featureId, planKey, phases, now, cancellation));
                write.Before[0].Say(ChangePayload.FeatureChanged, null, now, ChangePayload.Of(featureId, FeatureStatus.Planned));
                write.Feature["Plan"] = planKey;
                write.Feature["UpdatedAt"] = now;
                await _writer.CommitAsync(write, cancellation);
                return true;
            },
            cancellation);

    public async Task<InboxEntry?> AddPhaseAsync(
        int featureId, PhasePlan phase, int expectedPhaseCount, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(phase);
        return await _writer.RunAsync(
            featureId,
            async () =>
            {
                if (await ReadAsync(featureId, RowKeys.PhaseEnd, cancellation) is not { } read
                    || read.Phases.Count != expectedPhaseCount
                    || read.Phases.ContainsKey(phase.Number))
                {
                    return null;
                }

                var write = new FeatureWrite(read);
                var group = new RowGroup();
                foreach (TableEntity row in PhaseRow.ToEntities(RowKeys.Partition(featureId), read.Feature.PlanKey, phase, state: null, now))
                {
                    group.Put(row);
                }

                write.Before.Add(group);
                var command = new FeatureCommand(0, CommandKind.AddPhase) { Phase = phase.Number, Rule = PhaseRule.Of(phase) };
                InboxEntry entry = Receive(write, group, seq => new InboxEntry(featureId, seq, now) { Command = command with { Seq = seq } });
                await _writer.CommitAsync(write, cancellation);
                return entry;
            },
            cancellation);
    }

    public async Task<StoredFeature?> GetFeatureAsync(int featureId, CancellationToken cancellation)
    {
        if (await ReadAsync(featureId, RowKeys.PhaseEnd, cancellation) is not { } read)
        {
            return null;
        }

        string plan = read.Feature.PlanKey;
        List<TableEntity> contents = await _tables.Features.ListAsync(
            RowKeys.Partition(featureId), RowKeys.ContentStart(plan), RowKeys.ContentEnd(plan), cancellation);
        return read.ToStored(contents.ToDictionary(c => c.GetInt32("Number")!.Value, c => c.RequiredText("Content")));
    }

    private static string NewKey() => Guid.NewGuid().ToString("N");

    /// <summary>Writes the rows of a plan that nothing names yet, but for the last of them: those go with the row that names it.</summary>
    private async Task<RowGroup> StagePhasesAsync(
        int featureId, string planKey, ImmutableArray<PhasePlan> phases, DateTimeOffset now, CancellationToken cancellation)
    {
        List<RowGroup> batches = FeatureWrite.Pack(phases.Select(phase =>
        {
            var group = new RowGroup();
            var state = new PhaseState { Number = phase.Number, Rule = PhaseRule.Of(phase) };
            foreach (TableEntity row in PhaseRow.ToEntities(RowKeys.Partition(featureId), planKey, phase, state, now))
            {
                group.Put(row);
            }

            return group;
        }));
        foreach (RowGroup batch in batches[..^1])
        {
            await _writer.PutAsync(batch, cancellation);
        }

        return batches[^1];
    }
}
