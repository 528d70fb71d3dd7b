using PhaseFlow.Core.Plans;

namespace PhaseFlow.Core.Runs;

/// <content>Deadlines, silence, and the stops that follow.</content>
internal sealed partial class RunStepper
{
    private void ConfirmStop(AgentStopped stopped)
    {
        if (Live(stopped.Phase, stopped.Attempt) is not { } phase)
        {
            return;
        }

        if (phase.Stopping == StopReason.None)
        {
            Refuse(MessageOutcome.Ignored, "the attempt is not being stopped");
        }
        else if (stopped.Confirmed)
        {
            EndUnsuccessfully(phase, phase.Error);
        }
        else
        {
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
        Set(heard + silence > now
            ? phase with { HeartbeatDueAt = heard + silence }
            : Stop(phase, StopReason.Silent, $"The agent gave no sign of life for {PhaseDuration.Format(silence)}."));
    }

    /// <summary>Takes the slot back after the grace, but never before the agent was told to stop.</summary>
    private void EndGrace(PhaseState phase)
    {
        if (phase.GraceUntil > now)
        {
            return;
        }

        if (phase.Pending.HasFlag(InFlight.Launch))
        {
            // The launch has not answered in all that time. It is no longer waited for: the stop forbids it, and has its own grace.
            Set(phase with { Pending = phase.Pending & ~InFlight.Launch, GraceUntil = now + FeatureRun.StopGrace });
        }
        else
        {
            EndUnsuccessfully(phase, phase.Error);
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
