using System.Collections.Immutable;
using Microsoft.Azure.Functions.Worker;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Telemetry;

namespace PhaseFlow.Functions.Features;

/// <summary>Reads the run and what waits in its inbox.</summary>
public sealed class LoadRunActivity(IPhaseStore store)
{
    [Function(nameof(LoadRunActivity))]
    public Task<LoadedRun?> RunAsync([ActivityTrigger] FeatureInput input, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(input);
        return store.LoadRunAsync(input.FeatureId, cancellation);
    }
}

/// <summary>Writes what changed in a run to the read model and the change feed.</summary>
public sealed class PublishRunActivity(IPhaseStore store, TimeProvider time, RunTelemetry telemetry)
{
    /// <summary>
    /// Returns the inbox entries that are still open, so that an event that was lost is found with the next publication; null where the run is behind the store.
    /// </summary>
    [Function(nameof(PublishRunActivity))]
    public Task<ImmutableArray<InboxEntry>?> RunAsync([ActivityTrigger] RunPublication publication, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(publication);
        return telemetry.IsOn ? PublishAndTellAsync(publication, cancellation) : store.PublishAsync(publication, time.GetUtcNow(), cancellation);
    }

    private async Task<ImmutableArray<InboxEntry>?> PublishAndTellAsync(RunPublication publication, CancellationToken cancellation)
    {
        FeatureRun? before = await telemetry.BeforeAsync(publication.FeatureId, cancellation);
        DateTimeOffset now = time.GetUtcNow();
        ImmutableArray<InboxEntry>? open = await store.PublishAsync(publication, now, cancellation);
        if (before is not null && open is not null)
        {
            await telemetry.PublishedAsync(before, publication, now, cancellation);
        }

        return open;
    }
}
