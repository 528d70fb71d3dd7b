using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Storage;

/// <summary>Short forms.</summary>
public static class PhaseStoreExtensions
{
    /// <summary>Stores a command that is raised afterwards, or never.</summary>
    public static Task<InboxEntry> ReceiveCommandAsync(
        this IPhaseStore store, int featureId, FeatureCommand command, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store.ReceiveCommandAsync(featureId, command, now, kept: null, cancellation);
    }
}
