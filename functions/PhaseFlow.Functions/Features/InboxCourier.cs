using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Features;

/// <summary>Raises what is stored in the inbox. It is stored, so a failure here is late, not lost: the sweep raises it again.</summary>
public sealed partial class InboxCourier(ILogger<InboxCourier> log)
{
    /// <summary>Never throws, and a client that goes away does not stop it.</summary>
    public async Task DeliverAsync(DurableTaskClient client, InboxEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        try
        {
            await client.DeliverAsync(entry, CancellationToken.None);
        }
        catch (Exception fault)
        {
            DeliveryFailed(log, entry.Seq, entry.FeatureId, fault);
        }
    }

    [LoggerMessage(1300, LogLevel.Warning, "Entry {Seq} of the inbox of feature {FeatureId} is stored and could not be raised; the sweep raises it again")]
    private static partial void DeliveryFailed(ILogger log, long seq, int featureId, Exception fault);
}
