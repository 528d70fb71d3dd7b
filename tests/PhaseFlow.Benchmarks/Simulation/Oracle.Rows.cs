using System.Text.Json;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Embedded.Engine.Persistence;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Sweeps;

namespace PhaseFlow.Benchmarks.Simulation;

/// <content>What the read model must say.</content>
internal sealed partial class Oracle
{
    // The fold of the change feed: what a client that only reads the feed believes.
    private readonly Dictionary<string, (string Status, int Attempt)> _believed = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _believedFeatures = [];
    private readonly HashSet<int> _touched = [];

    /// <summary>Checks at the end of everything that nothing is left behind.</summary>
    public void CheckEnd()
    {
        Require(AllFinished, 8, $"a feature never ends: {string.Join(", ", _runs.Values.Select(r => $"{r.FeatureId} {r.Status}"))}");
        Require(Ledger.Held.IsEmpty && Ledger.Waiting.IsEmpty, 3, $"everything is over and the limiter has {string.Join(", ", Ledger.Held)} {string.Join(", ", Ledger.Waiting)}");
        InboxEntry? open = world.Store.OpenInbox.FirstOrDefault();
        Require(open is null, 7, $"everything is over and {open} was never taken");
        CheckWordsAtTheEnd();
        Require(!world.Engine.Activities.Any() && !world.Engine.Timers.Any() && world.Engine.MessageCount == 0, 8, $"everything is over and the engine has open work");
        Require(
            world.Options.Retention == TimeSpan.Zero || (world.Store.IsEmpty && world.Engine.Instances.All(i => i.Id == SweepOrchestrator.InstanceId || IsLateStart(i))),
            12,
            $"everything is over and was to be forgotten, and there is still {string.Join(", ", world.Engine.Instances.Select(i => i.Id))}");
        Require(world.Engine.Instances.All(i => i.Status != OrchestrationRuntimeStatus.Failed), 0, $"an orchestration has failed: {world.Engine.Instances.FirstOrDefault(i => i.Status == OrchestrationRuntimeStatus.Failed)?.Output}");
    }

    /// <summary>What is not over, for the story of a world that does not end.</summary>
    public string WhatIsLeft() => string.Join(
        ", ",
        [
            .. world.Store.Features.Select(run => $"{run} of {string.Join(' ', run.Phases.Values)}"), .. world.Store.OpenInbox.Select(e => $"{e}"), .. world.Engine.Instances.Select(i => $"{i.Id} {i.Status}"),
            .. Ledger.Held.Select(h => $"{h}"), .. Ledger.Waiting.Select(w => $"{w}"),
        ]);

    // A call or an event that hangs for longer than a feature is kept may start its orchestration once more: that finds nothing, ends, and its record stays.
    private bool IsLateStart(InstanceRow instance) =>
        (world.Options.Stalls || world.Options.Faults > 0 || world.Options.Forgets) && instance is { Status: OrchestrationRuntimeStatus.Completed, Output: null or "null" };

    private static PhaseStatus[] Next(PhaseStatus status) => status switch
    {
        PhaseStatus.Queued => [PhaseStatus.Ready, PhaseStatus.AwaitingApproval, PhaseStatus.Blocked, PhaseStatus.Cancelled],
        PhaseStatus.Ready => [PhaseStatus.Running, PhaseStatus.Queued, PhaseStatus.Cancelled],
        PhaseStatus.Running or PhaseStatus.AwaitingAnswer =>
            [PhaseStatus.Completed, PhaseStatus.Failed, PhaseStatus.Cancelled, PhaseStatus.Queued, PhaseStatus.Ready, PhaseStatus.Running, PhaseStatus.AwaitingAnswer],
        PhaseStatus.Completed => [],
        PhaseStatus.Failed or PhaseStatus.Cancelled => [PhaseStatus.Queued, PhaseStatus.Ready, PhaseStatus.Blocked, PhaseStatus.AwaitingApproval],
        PhaseStatus.Blocked => [PhaseStatus.Queued, PhaseStatus.Cancelled],
        _ => [PhaseStatus.Queued, PhaseStatus.Ready, PhaseStatus.Failed, PhaseStatus.Cancelled],
    };

    // A publication may tell several steps at once, so the path counts, not the step.
    private static bool IsReachable(PhaseStatus from, PhaseStatus to)
    {
        var seen = new HashSet<PhaseStatus> { from };
        var open = new Queue<PhaseStatus>(seen);
        while (open.TryDequeue(out PhaseStatus status))
        {
            if (status == to)
            {
                return true;
            }

            foreach (PhaseStatus next in Next(status).Where(seen.Add))
            {
                open.Enqueue(next);
            }
        }

        return false;
    }

    private void CheckRows()
    {
        _touched.Clear();
        for (; _changesSeen < world.Store.Changes.Count; _changesSeen++)
        {
            Fold(world.Store.Changes[_changesSeen]);
        }

        foreach (int feature in _touched)
        {
            if (!world.Store.Has(feature))
            {
                Require(!_believedFeatures.ContainsKey(feature), 12, $"feature {feature} is gone, and the feed does not say so");
                continue;
            }

            FeatureRun run = world.Store.RunOf(feature);
            Require(!_runs.TryGetValue(feature, out FeatureRun? before) || before.Version <= run.Version, 11, $"the version of feature {feature} goes back");
            _runs[feature] = run;
            CheckSpend(run);
            Require(_believedFeatures[feature] == ApiJson.Word(run.Status), 12, $"feature {feature} is {run.Status}, and the feed says {_believedFeatures[feature]}");
            foreach (PhaseState phase in run.Phases.Values)
            {
                CheckRow(run, phase);
            }
        }

        foreach (SlotHolder holder in Ledger.Held)
        {
            CheckHolder(holder);
        }
    }

    private void Fold(Change change)
    {
        _touched.Add(change.FeatureId);
        using var data = JsonDocument.Parse(change.Data);
        if (change.Type == ChangePayload.FeatureChanged)
        {
            _believedFeatures[change.FeatureId] = data.RootElement.GetProperty("status").GetString()!;
        }
        else if (change.Type == ChangePayload.FeatureRemoved)
        {
            Removed(change.FeatureId);
        }
        else if (change.Type == ChangePayload.PhaseChanged)
        {
            _believed[change.QueueId!] = (data.RootElement.GetProperty("status").GetString()!, data.RootElement.GetProperty("attempt").GetInt32());
        }
    }

    /// <summary>A feature has gone: nothing of it may be live.</summary>
    private void Removed(int featureId)
    {
        Require(_runs[featureId].Status.IsFinished(), 11, $"feature {featureId} goes while it is {_runs[featureId].Status}");
        Require(!Ledger.Held.Any(h => h.FeatureId == featureId) || LimiterIsBehind, 3, $"feature {featureId} goes and holds a slot");
        Require(!Ledger.Waiting.Any(w => w.FeatureId == featureId) || LimiterIsBehind, 8, $"feature {featureId} goes and stands in line");
        Require(
            !world.Agents.All.Any(a => a.Name.FeatureId == featureId && a.IsAlive && !a.MayLoseItsSlot), 2, $"feature {featureId} goes and an agent of it works");
        OrchestrationRuntimeStatus? status = world.Engine.Instances.FirstOrDefault(i => i.Id == FeatureEvents.InstanceId(featureId))?.Status;
        Require(status is not (OrchestrationRuntimeStatus.Running or OrchestrationRuntimeStatus.Pending), 8, $"feature {featureId} goes and its orchestration runs");
        _believedFeatures.Remove(featureId);
        string prefix = FormattableString.Invariant($"queue-{featureId}-");
        foreach (string queueId in _believed.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
        {
            _believed.Remove(queueId);
        }

        world.Tell($"feature {featureId} is removed");
    }

    private void CheckRow(FeatureRun run, PhaseState row)
    {
        string queueId = QueueId.Format(run.FeatureId, row.Number);
        (string status, int attempt) = _believed.GetValueOrDefault(queueId, ("queued", 0));
        Require(status == ApiJson.Word(row.Status) && attempt == row.Attempt, 12, $"{queueId} is {row.Status} at {row.Attempt}, and the feed says {status} at {attempt}");
        long counted = _tokensCounted.GetValueOrDefault(queueId);
        Require((row.Usage?.InputTokens ?? 0) == counted, 7, $"{queueId} has used {row.Usage?.InputTokens}, and its applied reports say {counted}");
        if (_rows.TryGetValue(queueId, out PhaseState? old) && !ReferenceEquals(old, row))
        {
            world.Tell($"{queueId} attempt {row.Attempt} is {row.Status}{(row.Stopping == StopReason.None ? "" : ", stopping")}");
            Require(old.Attempt <= row.Attempt, 6, $"the attempt of {queueId} goes back");
            Require(old.Status == row.Status || IsReachable(old.Status, row.Status), 11, $"{queueId} goes from {old.Status} to {row.Status}");
        }

        _rows[queueId] = row;
        if (row.Status.HoldsSlot())
        {
            Require(row.DeadlineAt is not null && row.Slot is not null, 10, $"{queueId} runs without a deadline or a slot");
            return;
        }

        bool isBehindFailure = row.Rule.DependsOn.Any(d => run.Phases[d].Status is PhaseStatus.Failed or PhaseStatus.Cancelled or PhaseStatus.Blocked);
        Require(!isBehindFailure || row.Status.IsSettled() || run.Status == FeatureStatus.Planned, 5, $"{queueId} is {row.Status} behind a failure");
        if (!row.Status.IsSettled() || row.Status == PhaseStatus.Blocked)
        {
            Require(!string.IsNullOrEmpty(WaitReason.For(run, row, null, world.Agenda.Now)), 9, $"{queueId} is {row.Status} and nobody knows why");
        }
    }

    /// <summary>Nothing is under way: the limiter, the rows, the agents and the timers must fit to the letter.</summary>
    private void CheckRest()
    {
        foreach (FeatureRun run in _runs.Values)
        {
            foreach (PhaseState row in run.Phases.Values)
            {
                string queueId = QueueId.Format(run.FeatureId, row.Number);
                bool held = Ledger.Held.Any(h => h.QueueId == queueId && h.Attempt == row.Attempt && (h.Slot == row.Slot || row.Slot is null));
                bool waits = Ledger.Waiting.Any(w => w.QueueId == queueId && w.Attempt == row.Attempt);
                Require(held == row.Status.HoldsSlot(), 2, $"at rest {queueId} attempt {row.Attempt} is {row.Status}, and {(held ? "holds a slot" : "holds none")}");
                Require(waits == (row.Status == PhaseStatus.Ready), 8, $"at rest {queueId} attempt {row.Attempt} is {row.Status}, and {(waits ? "stands in line" : "does not stand in line")}");
                if (row.Status.HoldsSlot() || row.Clearing is not null)
                {
                    TimerRow? timer = world.Engine.Timers.Where(t => t.Target == FeatureEvents.InstanceId(run.FeatureId)).MinBy(t => t.Due);
                    DateTimeOffset due = row.Stopping == StopReason.None && row.Clearing is null ? row.DeadlineAt!.Value : row.GraceUntil!.Value;
                    Require(timer is not null && timer.Due <= due.UtcDateTime, 10, $"at rest nothing wakes {queueId} at its deadline");
                }
            }
        }

        foreach (SlotHolder holder in Ledger.Held)
        {
            // What only a forgotten step has asked for may stand in line for long, and be given a slot of which nobody hears: the sweep gives it back.
            if (_restsFrom is not null && world.Agenda.Now < holder.Since + SweepsTime)
            {
                continue;
            }

            Require(_rows.TryGetValue(holder.QueueId, out PhaseState? row) && (row.Attempt == holder.Attempt || row.Clearing == holder.Attempt), 2, $"at rest {holder.QueueId} attempt {holder.Attempt} holds a slot for nothing");
        }
    }
}
