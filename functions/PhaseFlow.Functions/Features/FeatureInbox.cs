using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Features;

/// <summary>Brings what is stored in a feature's inbox to its orchestration.</summary>
public static class FeatureInbox
{
    /// <summary>
    /// Raises the event of a stored entry, or starts the orchestration where none runs: it reads the inbox first thing. Either may be done
    /// again at any time; the run takes each entry once.
    /// </summary>
    public static async Task DeliverAsync(this DurableTaskClient client, InboxEntry entry, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(entry);
        (string name, object payload) = entry.Report is { } report
            ? (FeatureEvents.WorkflowCompleted, (object)report)
            : (FeatureEvents.Command, entry.Command!);
        string instance = FeatureEvents.InstanceId(entry.FeatureId);
        try
        {
            await client.RaiseEventAsync(instance, name, payload, cancellation);
            return;
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // It has ended or was never started, which each platform answers with an exception of its own kind. Or somebody else has just started it.
            if (await IsRunningAsync(client, instance, cancellation))
            {
                await client.RaiseEventAsync(instance, name, payload, cancellation);
                return;
            }
        }

        await client.StartFeatureAsync(entry.FeatureId, cancellation);
    }

    /// <summary>Starts the orchestration of a feature where none runs.</summary>
    public static async Task StartFeatureAsync(this DurableTaskClient client, int featureId, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        string instance = FeatureEvents.InstanceId(featureId);
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(
                nameof(FeatureOrchestrator), new FeatureInput(featureId) { KeepsOrder = true }, new StartOrchestrationOptions { InstanceId = instance }, cancellation);
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // Somebody else started it at the same moment: it reads the same inbox.
            if (!await IsRunningAsync(client, instance, cancellation))
            {
                throw;
            }
        }
    }

    /// <summary>Whether an orchestration takes events: it exists and has not ended.</summary>
    public static async Task<bool> IsRunningAsync(this DurableTaskClient client, string instance, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        return await client.GetInstanceAsync(instance, cancellation) is { IsCompleted: false };
    }
}
