using System.Collections.Immutable;
using Azure.Data.Tables;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <content>Attempts.</content>
internal sealed partial class TablesPhaseStore
{
    public async Task<AttemptRecord> BeginAttemptAsync(AttemptStart start, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(start);
        return await _writer.RunAsync(
            start.FeatureId,
            async () =>
            {
                FeaturePartition read = await RequireAsync(start.FeatureId, RowKeys.AttemptEnd, cancellation);
                if (read.Attempt(start.PhaseNumber, start.Attempt) is { } known)
                {
                    return known.Record;
                }

                // Its turn may have gone by before it was recorded.
                PhaseState? phase = read.Phases.GetValueOrDefault(start.PhaseNumber)?.State;
                bool isLive = read.IsNewest(start.PhaseNumber, start.Attempt) && (phase is null || LastOver(phase) < start.Attempt);
                return await AddAttemptAsync(read, start, isLive ? AttemptStatus.Live : AttemptStatus.Closed, now, cancellation);
            },
            cancellation);
    }

    public async Task CloseAttemptAsync(AttemptStart start, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(start);
        await _writer.RunAsync(
            start.FeatureId,
            async () =>
            {
                FeaturePartition read = await RequireAsync(start.FeatureId, RowKeys.AttemptEnd, cancellation);
                if (read.Attempt(start.PhaseNumber, start.Attempt) is not { } known)
                {
                    await AddAttemptAsync(read, start, AttemptStatus.Closed, now, cancellation);
                }
                else if (known.IsLive)
                {
                    var write = new FeatureWrite(read);
                    var group = new RowGroup();
                    group.Merge(known.Close(), known.Row.ETag);
                    write.Before.Add(group);
                    await _writer.CommitAsync(write, cancellation);
                }

                return true;
            },
            cancellation);
    }

    public async Task<AttemptRecord?> GetAttemptAsync(string queueId, int attempt, CancellationToken cancellation) =>
        (await FindAttemptAsync(queueId, attempt, cancellation))?.Record;

    public async Task<ImmutableArray<AttemptRecord>> ListAttemptsAsync(int featureId, CancellationToken cancellation) =>
    [
        .. (await _tables.Features.ListAsync(RowKeys.Partition(featureId), RowKeys.AttemptStart, RowKeys.AttemptEnd, cancellation))
            .Select(row => AttemptRow.Of(row).Record),
    ];

    /// <summary>Writes the attempt's row alone: a sign of life must not meet the other writers of the feature.</summary>
    public async Task<bool> HeartbeatAsync(string queueId, int attempt, DateTimeOffset now, CancellationToken cancellation) =>
        await Conflicts.RetryAsync(
            async () =>
            {
                if (await FindAttemptAsync(queueId, attempt, cancellation) is not { IsLive: true } known)
                {
                    return false;
                }

                if (known.Record.HeartbeatAt is null || known.Record.HeartbeatAt < now)
                {
                    TableEntity change = known.Change();
                    change["HeartbeatAt"] = now;
                    await _tables.Features.UpdateEntityAsync(change, known.Row.ETag, TableUpdateMode.Merge, cancellation);
                }

                return true;
            },
            _time,
            cancellation);

    private async Task<AttemptRow?> FindAttemptAsync(string queueId, int attempt, CancellationToken cancellation) =>
        QueueId.TryParse(queueId, out int feature, out int phase)
        && await _tables.Features.FindAsync(RowKeys.Partition(feature), RowKeys.Attempt(phase, attempt), cancellation) is { } row
            ? AttemptRow.Of(row)
            : null;

    private async Task<AttemptRecord> AddAttemptAsync(
        FeaturePartition read, AttemptStart start, AttemptStatus status, DateTimeOffset now, CancellationToken cancellation)
    {
        var write = new FeatureWrite(read);
        var group = new RowGroup();
        TableEntity row = AttemptRow.ToEntity(start, status, now);
        group.Add(row);
        write.Before.Add(group);
        await _writer.CommitAsync(write, cancellation);
        return AttemptRow.Of(row).Record;
    }

    /// <summary>The last attempt that the row has left behind: a live or waiting row still has its own.</summary>
    private static int LastOver(PhaseState phase) =>
        phase.Status.HoldsSlot() || phase.Status == PhaseStatus.Ready ? phase.Attempt - 1 : phase.Attempt;
}
