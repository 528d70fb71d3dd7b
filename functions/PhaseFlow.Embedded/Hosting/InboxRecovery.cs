using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Hosting;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>
/// Raises at the start what was stored and perhaps never raised, because the process ended in between. The sweep would do it too, a minute or more later.
/// </summary>
internal sealed class InboxRecovery(
    IPhaseStore store, InboxCourier courier, DurableTaskClient client, IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A host that cannot start has no engine that would take them.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);

        // What comes in meanwhile is raised by who stores it; a run takes each entry once.
        foreach (InboxEntry entry in await store.ListOpenInboxAsync(time.GetUtcNow(), stoppingToken))
        {
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await courier.DeliverAsync(client, entry);
        }
    }
}
