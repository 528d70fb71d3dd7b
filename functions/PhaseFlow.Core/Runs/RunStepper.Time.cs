using PhaseFlow.Core.Plans;

namespace PhaseFlow.Core.Runs;

/// <content>Deadlines, silence, and the stops that follow.</content>
internal sealed partial class RunStepper
{
    private void ConfirmStop(AgentStopped stopped)
    {
        if ((Find(stopped.Phase) is { } any && any.Clearing == stopped.Attempt ? any : Live(stopped.Phase, stopped.Attempt)) is not { } phase)
        {
            return;
        }

        if (phase.Stopping == StopReason.None && phase.Clearing is null)
        {
            Refuse(MessageOutcome.Ignored, "the attempt is not being stopped");
        }
        else if (stopped.Confirmed)
        {
            EndStop(phase);
        }
        else if (phase.Pending.HasFlag(InFlight.Told))
        {
            Refuse(MessageOutcome.Ignored, "the agent was told already");
        }
        else if (stopped.Untold is { } reason)
        {
            Set(phase with { Pending = phase.Pending & ~InFlight.Stop, DelayedBy = reason });
            Refuse(MessageOutcome.Applied, "the agent could not be told to stop: it is told again after the grace");
        }
        else
        {
            Set(phase with { Pending = (phase.Pending & ~InFlight.Stop) | InFlight.Told, DelayedBy = null, GraceUntil = now + FeatureRun.StopGrace });
            Refuse(MessageOutcome.Applied, "the stop is not confirmed: the grace period runs");
        }
    }

    private void ConfirmProbe(AgentProbed probed)
    {
        if (Live(probed.Phase, probed.Attempt) is not { } phase)
        {
            return;
        }

        if (!phase.Pending.HasFlag(InFlight.Probe))
        {
            // A repeated answer is as old as the first: a sign of life since then is not in it.
            Refuse(MessageOutcome.Ignored, "no probe is under way");
            return;
        }

        phase = phase with { Pending = phase.Pending & ~InFlight.Probe };
        if (phase.Rule.HeartbeatTimeout is not { } silence || phase.Stopping != StopReason.None)
        {
            Set(phase);
            return;
        }

        DateTimeOffset heard = probed.LastSign > phase.LaunchedAt ? probed.LastSign.Value : phase.LaunchedAt ?? now;
        if (heard + silence > now)
        {
            Set(phase with { HeartbeatDueAt = heard + silence, Pending = phase.Pending & ~InFlight.Suspected });
        }
        else if (!phase.Pending.HasFlag(InFlight.Suspected))
        {
            // This host may have been away, or the answer be old: an agent that works gives a sign in the time that it gets now.
            Set(phase with { HeartbeatDueAt = now + (silence / 2), Pending = phase.Pending | InFlight.Suspected });
        }
        else
        {
            Set(Stop(phase, StopReason.Silent, $"The agent gave no sign of life for {PhaseDuration.Format(silence)} and half as long again."));
        }
    }

    /// <summary>Takes the slot back after the grace of an agent that was told to stop. One that was not may work on: it is told again.</summary>
    private void EndGrace(PhaseState phase)
    {
        if (phase.GraceUntil > now)
        {
            return;
        }

        if (phase.Pending.HasFlag(InFlight.Told))
        {
            EndStop(phase);
        }
        else
        {
            // A launch that has not answered in all that time is no longer waited for: the stop forbids it.
            Set(Tell(phase with { Pending = phase.Pending & ~InFlight.Launch, GraceUntil = now + FeatureRun.StopGrace }));
        }
    }

    private void PassTime()
    {
        foreach (PhaseState phase in _phases)
        {
            if (phase.Status == PhaseStatus.Queued && phase.NotBefore <= now)
            {
                Set(phase with { NotBefore = null });
            }

            if (Find(phase.Number) is { Clearing: not null } clearing)
            {
                EndGrace(clearing);
            }
            else if (!phase.Status.HoldsSlot())
            {
                continue;
            }
            else if (phase.Stopping != StopReason.None)
            {
                EndGrace(phase);
            }
            else if (phase.DeadlineAt <= now)
            {
                Set(Stop(phase, StopReason.TimedOut, $"The agent did not report within its timeout of {PhaseDuration.Format(phase.Rule.Timeout)}."));
            }
            else if (phase.NotBefore <= now)
            {
                Set(phase with { NotBefore = null, DelayedBy = null });
            }
            else if (phase.HeartbeatDueAt <= now)
            {
                // Expiry is suspicion, not death: the launcher is asked first. A moment that has passed is never left as the next wake.
                Set(phase with { HeartbeatDueAt = now + phase.Rule.HeartbeatTimeout, Pending = phase.Pending | InFlight.Probe });
                if (!phase.Pending.HasFlag(InFlight.Probe))
                {
                    _effects.Add(new ProbeAgent(phase.Number, phase.Attempt, phase.Rule.WorkflowType));
                }
            }
        }
    }
}
