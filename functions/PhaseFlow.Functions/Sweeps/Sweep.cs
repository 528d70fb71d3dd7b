using System.Collections.Immutable;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Core.Sweeps;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Telemetry;

namespace PhaseFlow.Functions.Sweeps;

/// <summary>The safety net that must find nothing: mends what a terminated orchestration, a lost event or a lost request left behind.</summary>
public sealed class Sweep(
    IPhaseStore store, IOptions<SweepOptions> options, IOptions<SlotOptions> slots, TimeProvider time, SweepMetrics metrics, PhaseFlowMetrics figures, ILogger<Sweep> log)
{
    [Function(nameof(Sweep))]
    public async Task RunAsync(
        [TimerTrigger("%PhaseFlow:Sweep:Interval%")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        DateTimeOffset before = time.GetUtcNow() - options.Value.Grace;

        // The limiter is read first: what it grants while the queue is read is too young to count.
        SlotLedger? ledger = await SlotLine.ReadLedgerAsync(client, cancellation);
        ImmutableArray<StoredFeature> open = await store.ListOpenFeaturesAsync(cancellation);
        foreach (StoredFeature feature in open.Where(f => f.UpdatedAt < before))
        {
            if (!await client.IsRunningAsync(FeatureEvents.InstanceId(feature.Run.FeatureId), cancellation))
            {
                Found("stranded_feature", $"feature {feature.Run.FeatureId} has no orchestration");
                await client.StartFeatureAsync(feature.Run.FeatureId, cancellation);
            }
        }

        foreach (InboxEntry entry in await store.ListOpenInboxAsync(before, cancellation))
        {
            Found("unapplied_entry", $"entry {entry.Seq} of feature {entry.FeatureId} was not applied");
            await client.DeliverAsync(entry, cancellation);
        }

        if (ledger is not null)
        {
            figures.Saw(ledger);
            ImmutableArray<FeatureRun> runs = [.. open.Select(f => f.Run), .. await HoldersAsync(ledger, open, cancellation)];
            // The limiter hears of a new capacity with its next operation; where every agent works on, that may be hours away.
            SweepFindings findings = SweepRules.Find(ledger with { Capacity = slots.Value.Capacity }, runs, before);
            await MendAsync(client, findings, [.. open.Select(f => f.Run.FeatureId)], cancellation);
        }

        Tell(ledger ?? SlotLedger.Empty(slots.Value.Capacity));
    }

    // Last: a sweep that fails says nothing, and alerts hear that.
    private void Tell(SlotLedger ledger)
    {
        TimeSpan longest = ledger.Waiting.IsEmpty ? TimeSpan.Zero : time.GetUtcNow() - ledger.Waiting.Min(w => w.Since);
        log.SlotsStand(ledger.Held.Length, slots.Value.Capacity, ledger.Waiting.Length, (long)longest.TotalSeconds);
    }

    /// <summary>The runs that hold a slot and are not open: a feature may have ended since the limiter was read.</summary>
    private async Task<List<FeatureRun>> HoldersAsync(SlotLedger ledger, ImmutableArray<StoredFeature> open, CancellationToken cancellation)
    {
        var runs = new List<FeatureRun>();
        foreach (int featureId in ledger.Held.Select(h => h.FeatureId).Distinct().Except(open.Select(f => f.Run.FeatureId)))
        {
            if (await store.GetFeatureAsync(featureId, cancellation) is { } ended)
            {
                runs.Add(ended.Run);
            }
        }

        return runs;
    }

    private async Task MendAsync(DurableTaskClient client, SweepFindings findings, HashSet<int> open, CancellationToken cancellation)
    {
        var leaked = findings.Leaked.ToList();
        var asked = new SortedSet<int>(findings.Unasked);
        foreach (SlotRelease unknown in findings.Unknown)
        {
            // Whoever still answers for the phase is asked: the queue may only be late in hearing of the attempt, and its agent may work.
            if (QueueId.TryParse(unknown.QueueId, out int featureId, out _)
                && (open.Contains(featureId) || await client.IsRunningAsync(FeatureEvents.InstanceId(featureId), cancellation)))
            {
                Found("unconfirmed_slot", $"{unknown.QueueId} attempt {unknown.Attempt} holds a slot and the queue does not know of it");
                asked.Add(featureId);
            }
            else
            {
                leaked.Add(unknown);
            }
        }

        if (leaked.Count > 0)
        {
            // A feature may have ended, and even have been removed, since the limiter was read: what is held no more was given back in order.
            SlotLedger now = (await SlotLine.ReadAsync(client, cancellation)).Ledger;
            leaked.RemoveAll(leak => !now.Held.Any(h => h.QueueId == leak.QueueId && h.Attempt == leak.Attempt));
        }

        foreach (SlotRelease leak in leaked)
        {
            Found("leaked_slot", $"{leak.QueueId} attempt {leak.Attempt} holds a slot and does not run");
        }

        foreach (int featureId in findings.Unasked)
        {
            Found("unrequested_slot", $"feature {featureId} has a phase that the limiter does not know");
        }

        foreach (int featureId in asked)
        {
            await client.DeliverAsync(
                new InboxEntry(featureId, 0, time.GetUtcNow()) { Command = new FeatureCommand(0, CommandKind.Reconcile) }, cancellation);
        }

        if (findings.Idle)
        {
            Found("idle_slot", "a slot is free while a phase waits for one");
        }

        if (findings.Idle || leaked.Count > 0)
        {
            await StartAsync(client, new SlotExchange([.. leaked], []), cancellation);
        }
    }

    private static async Task StartAsync(DurableTaskClient client, SlotExchange exchange, CancellationToken cancellation)
    {
        if (!await client.IsRunningAsync(SweepOrchestrator.InstanceId, cancellation))
        {
            await client.ScheduleNewOrchestrationInstanceAsync(
                nameof(SweepOrchestrator), exchange, new StartOrchestrationOptions { InstanceId = SweepOrchestrator.InstanceId }, cancellation);
        }
    }

    private void Found(string kind, string what)
    {
        metrics.Found(kind);
        log.SweepFound(kind, what);
    }
}

/// <summary>Gives leaked slots back and hands what is granted to its features: only an orchestration can call an entity and hear its answer.</summary>
public static class SweepOrchestrator
{
    /// <summary>One at a time.</summary>
    public const string InstanceId = "sweep";

    [Function(nameof(SweepOrchestrator))]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        SlotExchangeResult result = await context.Entities.CallEntityAsync<SlotExchangeResult>(
            SlotLimiter.Id, nameof(SlotLimiter.Exchange), context.GetInput<SlotExchange>());
        foreach (SlotGrant grant in result.Granted)
        {
            context.SendEvent(FeatureEvents.InstanceId(grant.FeatureId), FeatureEvents.SlotGranted, grant);
        }
    }
}
