using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Core.Tests.Runs.Simulation;

/// <content>How what is under way arrives.</content>
internal sealed partial class SimulatedWorld
{
    private void DeliverSomething()
    {
        int index = _random.Next(Pending.Count);
        Delivery delivery = Pending[index];
        Pending.RemoveAt(index);
        switch (delivery)
        {
            case ExchangeCall call:
                Call(call.To);
                break;
            case RepeatedExchange repeated:
                Tell(repeated.To, repeated.Exchange);
                Exchange(repeated.Exchange);
                break;
            case MessageDelivery message:
                DeliverMessage(message);
                break;
            case WorkDelivery { Effect: LaunchPhase launch } work:
                Launch(work.To, launch);
                break;
            case WorkDelivery { Effect: StopAgent stop } work:
                Stop(work.To, stop);
                break;
            case WorkDelivery { Effect: ProbeAgent probe } work:
                Pending.Add(new MessageDelivery(work.To, new AgentProbed(
                    probe.Phase, probe.Attempt, Chance(70) ? Now.AddSeconds(-_random.Next(2000)) : null)));
                break;
            case AgentEnds end:
                End(end);
                break;
        }
    }

    private void Call(SimulatedFeature feature)
    {
        SlotExchange exchange = feature.Sent.Dequeue();
        Tell(feature, exchange);
        if (_fault == WorldFault.LostRelease && exchange.Released.Any(r => Ledger.Held.Any(h => h.QueueId == r.QueueId && h.Attempt == r.Attempt)))
        {
            _fault = WorldFault.None;
            exchange = exchange with { Released = [] };
        }

        foreach (SlotTombstone left in Exchange(exchange).LeftBy(exchange))
        {
            Pending.Add(new MessageDelivery(feature, new LeftTheLine(feature.Run.Phases.Keys.Single(n => feature.QueueIdOf(n) == left.QueueId), left.Attempt)));
        }

        if (Chance(10))
        {
            SlotLedger once = Ledger;
            Exchange(exchange);
            WorldInvariants.Require(8, ReferenceEquals(once, Ledger), $"a repeated exchange is not a no-op");
        }

        if (!_isSettling && Chance(3))
        {
            Pending.Add(new RepeatedExchange(feature, exchange));
        }

        Send(feature);
    }

    /// <summary>Calls the limiter, one call at a time for each feature.</summary>
    private void Send(SimulatedFeature feature)
    {
        if (feature.Sent.Count == 0 && !feature.Unsent.IsNothing)
        {
            feature.Sent.Enqueue(feature.Unsent);
            feature.Unsent = SlotExchange.Nothing;
            Pending.Add(new ExchangeCall(feature));
        }
    }

    private SlotExchangeResult Exchange(SlotExchange exchange)
    {
        (Ledger, SlotExchangeResult result) = Ledger.Exchange(exchange, Now);
        foreach (SlotGrant grant in result.Granted)
        {
            if (_fault == WorldFault.LostWakeUp)
            {
                _fault = WorldFault.None;
                continue;
            }

            SimulatedFeature owner = Features[grant.FeatureId - 1];
            int phase = owner.Run.Phases.Keys.Single(n => owner.QueueIdOf(n) == grant.QueueId);
            Pending.Add(new MessageDelivery(owner, new SlotGranted(phase, grant.Attempt, grant.Slot)));
        }

        return result;
    }

    private void DeliverMessage(MessageDelivery delivery)
    {
        SimulatedFeature feature = delivery.To;
        RunMessage message = delivery.Message;
        if (IsGone(feature))
        {
            if (message is not InboxMessage)
            {
                Tell(feature, $"is over and does not hear {message}");
                return;
            }

            Reload(feature);
        }

        if (!_isSettling && Chance(10))
        {
            Pending.Add(delivery with { });
        }

        if (_fault == WorldFault.ConfusedAttempts && message is AgentReport report && feature.Run.Phases.TryGetValue(report.Phase, out PhaseState? phase)
            && phase.Status == PhaseStatus.Running && phase.Attempt > report.Attempt && report.Attempt > 0)
        {
            _fault = WorldFault.None;
            message = report with { Attempt = phase.Attempt };
        }

        if (_fault == WorldFault.ForgottenInbox)
        {
            feature.Run = feature.Run with { Inbox = InboxPosition.Start };
        }

        if (_fault == WorldFault.ForgottenCap)
        {
            feature.Run = feature.Run with { MaxCostUsd = null };
        }

        Apply(feature, message);
    }

    /// <summary>Its orchestration has ended: what is sent to it falls on deaf ears, but for what a person asks.</summary>
    private bool IsGone(SimulatedFeature feature) =>
        feature.Run.Status.IsFinished() && !feature.Exchanges.Any() && !Pending.Any(p => p is WorkDelivery && p.To == feature);

    private void Apply(SimulatedFeature feature, RunMessage message)
    {
        FeatureRun before = feature.Run;
        RunStep step = before.Apply(message, Now);
        Tell(feature, (message, step.Outcome));
        if (message is InboxMessage { Seq: > 0 } entry && step.Outcome == MessageOutcome.Applied)
        {
            WorldInvariants.Require(7, feature.Applied.Add(entry.Seq), $"{message} took effect twice");
        }

        if (message is FeatureCommand { Kind: CommandKind.CancelPhase, Phase: { } number }
            && before.Phases.GetValueOrDefault(number) is { CannotBeStopped: true, Stopping: StopReason.Cancelled } given
            && Agents.TryGetValue((feature.Id, number, given.Attempt), out SimulatedAgent? agent))
        {
            agent.IsGivenUp = true;
        }

        WorldInvariants.CheckStep(before, message, step);
        WorldInvariants.CheckSpend(feature, before, message, step);
        if (message is AgentReport { Usage: { } usage } && step.Outcome == MessageOutcome.Applied)
        {
            feature.Spent += usage.CostUsd;
        }

        feature.Run = step.Run;
        foreach (RunEffect effect in step.Effects)
        {
            if (effect is ExchangeSlots exchange)
            {
                feature.Unsent = feature.Unsent.Then(exchange.Exchange);
            }
            else if (effect is not CommentOutcome)
            {
                Pending.Add(new WorkDelivery(feature, effect));
            }
        }

        if (message is not Loaded && Chance(10))
        {
            RunStep again = feature.Run.Apply(message, Now);
            WorldInvariants.Require(7, SaysTheSame(feature.Run, again.Run), $"{message} changed something at once the second time");
        }

        if (_fault == WorldFault.ForgedGrant && feature.Run.Phases.Values.FirstOrDefault(p => p.Status == PhaseStatus.Ready) is { } ready)
        {
            _fault = WorldFault.None;
            Pending.Add(new MessageDelivery(feature, new SlotGranted(ready.Number, ready.Attempt, 1)));
        }

        Send(feature);
    }

    private static bool SaysTheSame(FeatureRun a, FeatureRun b) =>
        a.Status == b.Status && a.Cancelling == b.Cancelling && a.Phases.Count == b.Phases.Count
        && a.Phases.Values.All(p => p.SaysTheSameAs(b.Phases[p.Number]));

    private void Launch(SimulatedFeature feature, LaunchPhase launch)
    {
        (int, int, int) key = (feature.Id, launch.Phase, launch.Attempt);
        if (!_isSettling && Chance(8))
        {
            Pending.Add(new MessageDelivery(feature, new LaunchDelayed(launch.Phase, launch.Attempt, Now.AddSeconds(_random.Next(-5, 600)), "issues are rationed")));
            return;
        }

        if (!Agents.TryGetValue(key, out SimulatedAgent? agent))
        {
            bool fails = Chance(10);
            Agents[key] = agent = new SimulatedAgent { LaunchFails = fails, IsAlive = !fails };
            Launches += fails ? 0 : 1;
            if (!fails && !Chance(12))
            {
                Pending.Add(new AgentEnds(feature, launch.Phase, launch.Attempt));
            }
        }

        bool launched = !agent.LaunchFails && !agent.IsFenced;
        Pending.Add(new MessageDelivery(feature, launched
            ? new Launched(launch.Phase, launch.Attempt, 100 + launch.Phase)
            : new LaunchFailed(launch.Phase, launch.Attempt, "The launcher said no.")));
    }

    private void Stop(SimulatedFeature feature, StopAgent stop)
    {
        if (!_isSettling && Chance(30))
        {
            Pending.Add(new MessageDelivery(feature, new AgentStopped(stop.Phase, stop.Attempt, Confirmed: false, "connection refused")));
            return;
        }

        (int, int, int) key = (feature.Id, stop.Phase, stop.Attempt);
        bool confirmed = Chance(80);
        if (!Agents.TryGetValue(key, out SimulatedAgent? agent))
        {
            Agents[key] = agent = new SimulatedAgent { LaunchFails = true };
        }

        agent.IsFenced = true;
        agent.IsAlive &= !confirmed;
        Pending.Add(new MessageDelivery(feature, new AgentStopped(stop.Phase, stop.Attempt, confirmed)));
    }

    private void End(AgentEnds end)
    {
        SimulatedAgent agent = Agents[(end.To.Id, end.Phase, end.Attempt)];
        if (!agent.IsAlive)
        {
            return;
        }

        agent.IsAlive = false;
        bool completed = Chance(65);
        Raise(end.To, seq => new AgentReport(seq, end.Phase, end.Attempt, completed)
        {
            Error = completed ? null : "The tests fail.",
            Usage = Chance(10) ? null : new AgentUsage(10, 1, Any([0m, 0.01m, 0.5m, 2m])),
        });
    }

    private void Tell(SimulatedFeature feature, object what) => _story.Add((Now, feature.Id, what));
}
