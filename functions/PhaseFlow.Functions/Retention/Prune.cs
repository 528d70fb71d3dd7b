using System.Collections.Immutable;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Retention;

/// <summary>Removes features that ended long ago, and old changes of the feed: nothing grows for ever.</summary>
/// <remarks>
/// A feature goes in steps, each of which may be repeated: the store takes it out in one write, then what it left elsewhere is removed, and the store
/// forgets it last. A process that ends in between leaves a removal that the next turn finishes first.
/// </remarks>
public sealed class Prune(IPhaseStore store, FeatureRemover remover, IOptions<RetentionOptions> options, TimeProvider time, ILogger<Prune> log)
{
    /// <summary>Features that are removed at once.</summary>
    internal const int BatchSize = 16;

    private const int MaxRemovals = 1000;
    private const int ChangesAtOnce = 500;

    // Less than a function may take on any plan; what is left waits for the next turn.
    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(3);

    [Function(nameof(Prune))]
    public async Task RunAsync(
        [TimerTrigger("%PhaseFlow__Retention__Interval%")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        DateTimeOffset now = time.GetUtcNow();
        foreach (FeatureRemoval[] some in (await store.ListRemovalsAsync(MaxRemovals, cancellation)).Chunk(BatchSize))
        {
            await Task.WhenAll(some.Select(removal => FinishAsync(client, removal, cancellation)));
        }

        if (options.Value.FinishedFeatures > TimeSpan.Zero)
        {
            DateTimeOffset before = now - options.Value.FinishedFeatures;
            await RemoveAsync(client, before, now + Turn, cancellation);
            await TrimAsync(before, now + Turn, cancellation);
        }
    }

    private async Task RemoveAsync(DurableTaskClient client, DateTimeOffset before, DateTimeOffset until, CancellationToken cancellation)
    {
        EndedFeature? last = null;
        int removed = 0;
        while (time.GetUtcNow() < until)
        {
            ImmutableArray<EndedFeature> batch = await store.ListEndedFeaturesAsync(before, last, BatchSize, cancellation);
            SlotLedger ledger = batch.IsEmpty ? SlotLine.Empty.Ledger : (await SlotLine.ReadAsync(client, cancellation)).Ledger;
            removed += (await Task.WhenAll(batch.Select(f => RemoveAsync(client, f.FeatureId, ledger, before, cancellation)))).Count(gone => gone);
            if (batch.Length < BatchSize)
            {
                break;
            }

            last = batch[^1];
        }

        if (removed > 0)
        {
            log.FeaturesRemoved(removed, before);
        }
    }

    /// <summary>True where the feature is gone for everybody. What has failed is tried again with the next turn.</summary>
    private async Task<bool> RemoveAsync(
        DurableTaskClient client, int featureId, SlotLedger ledger, DateTimeOffset before, CancellationToken cancellation)
    {
        try
        {
            if (!await remover.IsAtRestAsync(client, featureId, ledger, cancellation)
                || !await store.BeginRemovalAsync(featureId, before, time.GetUtcNow(), cancellation))
            {
                return false;
            }
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested)
        {
            log.RemovalFailed(featureId, fault);
            return false;
        }

        if (await store.GetRemovalAsync(featureId, cancellation) is { } removal)
        {
            await FinishAsync(client, removal, cancellation);
        }

        return true;
    }

    private async Task FinishAsync(DurableTaskClient client, FeatureRemoval removal, CancellationToken cancellation)
    {
        try
        {
            await remover.RemoveTracesAsync(client, removal, cancellation);
            await store.FinishRemovalAsync(removal.FeatureId, cancellation);
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested)
        {
            log.RemovalFailed(removal.FeatureId, fault);
        }
    }

    private async Task TrimAsync(DateTimeOffset before, DateTimeOffset until, CancellationToken cancellation)
    {
        while (time.GetUtcNow() < until && await store.TrimChangesAsync(before, ChangesAtOnce, cancellation) == ChangesAtOnce)
        {
            // The next of them.
        }
    }
}

/// <summary>Events 1270 to 1279: the retention.</summary>
internal static partial class RetentionLog
{
    [LoggerMessage(1270, LogLevel.Information, "Removed {Count} features that ended before {Before}.")]
    public static partial void FeaturesRemoved(this ILogger log, int count, DateTimeOffset before);

    [LoggerMessage(1271, LogLevel.Warning, "Feature {FeatureId} could not be removed; it is tried again with the next turn.")]
    public static partial void RemovalFailed(this ILogger log, int featureId, Exception fault);
}
