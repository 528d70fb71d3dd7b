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
        DateTimeOffset askedAt = (phase.HeartbeatDueAt ?? now) - silence;
        Set(heard + silence > now ? phase with { HeartbeatDueAt = heard + silence }
            : IsLate(askedAt, silence) ? phase with { HeartbeatDueAt = now } // the answer is old: it may have given one since, and is asked after once more
            : Stop(phase, StopReason.Silent, $"The agent gave no sign of life for {PhaseDuration.Format(silence)}."));
    }

    /// <summary>
    /// Whether so much later than planned that this host was away, or so busy that signs of life may not have been heard: a quarter of the time in which one is expected, and no less
    /// than timers of a platform may be late.
    /// </summary>
    private bool IsLate(DateTimeOffset planned, TimeSpan silence) => now - planned > (silence / 4 > FeatureRun.TimerLateness ? silence / 4 : FeatureRun.TimerLateness);

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
            else if (phase.HeartbeatDueAt is { } due && due <= now && phase.Rule.HeartbeatTimeout is { } silence && IsLate(due, silence))
            {
                // Who was away has not heard anything: an agent that works gets the time to say so.
                Set(phase with { HeartbeatDueAt = now + silence });
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
