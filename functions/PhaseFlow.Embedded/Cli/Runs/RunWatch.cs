using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Embedded.Cli.View;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Cli.Runs;

/// <summary>Follows a feature by the change feed until it is over.</summary>
/// <param name="store">Where the feature and the feed are.</param>
/// <param name="ledger">Reads who holds and who waits for a slot; null before the first slot was asked for.</param>
/// <param name="time">Tells how long phases run.</param>
internal sealed class RunWatch(IPhaseStore store, Func<CancellationToken, Task<SlotLedger?>> ledger, TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private const int PageSize = 1000;

    /// <summary>Shows each change, and each second in between, and returns the last picture.</summary>
    public async Task<RunPicture> WatchAsync(int featureId, RunStartResult start, Action<RunPicture> show, CancellationToken cancellation)
    {
        long cursor = 0;
        while (true)
        {
            // The feed first: what changes after this is seen in the next round, whatever was read in this one.
            cursor = await EndOfFeedAsync(cursor, cancellation);
            StoredFeature feature = await store.GetFeatureAsync(featureId, cancellation)
                ?? throw new InvalidOperationException($"Feature {featureId} is not in the store.");
            RunPicture picture = RunPicture.Of(feature, await ledger(cancellation), time.GetUtcNow(), start.Since);
            show(picture);
            if (feature.Run.Status.IsFinished() && feature.Run.Version > start.AfterVersion)
            {
                return picture;
            }

            await store.WaitForChangesAsync(cursor, Tick, cancellation);
        }
    }

    private async Task<long> EndOfFeedAsync(long cursor, CancellationToken cancellation)
    {
        while (true)
        {
            ChangePage page = await store.ReadChangesAsync(cursor, PageSize, cancellation);
            if (page.Changes.IsEmpty)
            {
                return cursor;
            }

            cursor = page.Cursor;
        }
    }
}
