using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Core.Runs;

/// <content>What follows from the state.</content>
internal sealed partial class RunStepper
{
    private void Settle()
    {
        if (_status.IsFinished() && !_phases.All(p => p.Status.IsSettled() && p.Clearing is null))
        {
            // Something was added or armed again: it is promoted in this step, because no other may follow. Or an agent of it may still be at work.
            _status = FeatureStatus.InProgress;
        }

        bool isSpent = Spending.IsSpent(before.MaxCostUsd, _phases);
        if (isSpent)
        {
            LeaveTheLine(_phases.Where(p => !p.MayPassCap));
        }

        bool mayBeHopeless = _phases.Any(p => p.Status is PhaseStatus.Failed or PhaseStatus.Cancelled);
        foreach (PhaseState phase in _phases)
        {
            Promote(phase, mayBeHopeless, isSpent);
        }

        if (_status == FeatureStatus.Planned)
        {
            if (_cancelling)
            {
                _status = FeatureStatus.Cancelled;
                _cancelling = false;
            }

            return;
        }

        foreach (PhaseState phase in _phases)
        {
            Ask(phase);
        }

        if (!_status.IsFinished() && _phases.All(p => p.Status.IsSettled() && !p.IsHeldUp))
        {
            Finish();
        }
    }

    /// <summary>Moves a phase that holds no slot to where its dependencies put it.</summary>
    private void Promote(PhaseState phase, bool mayBeHopeless, bool isSpent)
    {
        if (phase.Status is not (PhaseStatus.Queued or PhaseStatus.Blocked) || phase.IsHeldUp)
        {
            return;
        }

        if (mayBeHopeless && IsHopeless(phase, []))
        {
            if (phase.Status == PhaseStatus.Queued)
            {
                Set(phase with { Status = PhaseStatus.Blocked, NotBefore = null });
            }

            return;
        }

        if (phase.Status == PhaseStatus.Blocked)
        {
            phase = phase with { Status = PhaseStatus.Queued };
            Set(phase);
        }

        bool mayStart = _status == FeatureStatus.InProgress && !_cancelling && phase.NotBefore is null
            && phase.Rule.DependsOn.All(d => Find(d) is { } dependency && dependency.Status == PhaseStatus.Completed);
        if (!mayStart)
        {
            return;
        }

        if ((phase.Rule.ApprovalRequired && !phase.Approved) || (isSpent && !phase.MayPassCap))
        {
            Set(phase with { Status = PhaseStatus.AwaitingApproval, ReadyAt = now });
        }
        else
        {
            Set(phase with
            {
                Status = PhaseStatus.Ready,
                Attempt = phase.Attempt + 1,
                AttemptBudget = Math.Max(phase.AttemptBudget, phase.Rule.MaxAttempts),
                ReadyAt = now,
                StartedAt = null,
                LaunchedAt = null,
                FinishedAt = null,
                Pending = InFlight.None,
            });
        }
    }

    /// <summary>Whether something it depends on, at any distance, has failed or was cancelled.</summary>
    private bool IsHopeless(PhaseState phase, HashSet<int> seen) => phase.Rule.DependsOn.Any(d =>
        seen.Add(d) && Find(d) is { } dependency
        && (dependency.Status is PhaseStatus.Failed or PhaseStatus.Cancelled
            || (dependency.Status != PhaseStatus.Completed && IsHopeless(dependency, seen))));

    /// <summary>Asks for what the phase lacks and nobody is bringing yet.</summary>
    private void Ask(PhaseState phase)
    {
        if (phase.Status == PhaseStatus.Ready && !phase.Pending.HasFlag(InFlight.Slot))
        {
            _requested.Add(new SlotRequest(Name(phase), phase.Attempt, before.FeatureId, PriorityOf(phase), phase.ReadyAt ?? now));
            Set(phase with { Pending = phase.Pending | InFlight.Slot });
        }
        else if (phase.Status.HoldsSlot() && phase.Stopping == StopReason.None && phase.LaunchedAt is null && phase.NotBefore is null
            && !phase.Pending.HasFlag(InFlight.Launch))
        {
            _effects.Add(new LaunchPhase(phase.Number, phase.Attempt, phase.Rule.WorkflowType));
            Set(phase with { Pending = phase.Pending | InFlight.Launch });
        }
        else if (((phase.Status.HoldsSlot() && phase.Stopping != StopReason.None) || phase.Clearing is not null)
            && !phase.CannotBeStopped && !phase.Pending.HasFlag(InFlight.Launch))
        {
            // A launch under way is waited for: to stop what is not there yet would let it start afterwards.
            Set(Tell(phase));
        }
    }

    /// <summary>Tells the agent to stop, unless it was told or is being told.</summary>
    private PhaseState Tell(PhaseState phase)
    {
        if ((phase.Pending & (InFlight.Stop | InFlight.Told)) != 0)
        {
            return phase;
        }

        _effects.Add(new StopAgent(phase.Number, phase.Clearing ?? phase.Attempt, phase.Rule.WorkflowType));
        return phase with { Pending = phase.Pending | InFlight.Stop };
    }

    private void Finish()
    {
        _status = _cancelling ? FeatureStatus.Cancelled
            : _phases.All(p => p.Status == PhaseStatus.Completed) ? FeatureStatus.Completed
            : _phases.Any(p => p.Status == PhaseStatus.Failed) ? FeatureStatus.Failed
            : FeatureStatus.Cancelled;
        _cancelling = false;
    }

    private PhaseState Stop(PhaseState phase, StopReason reason, string error) => phase with
    {
        NotBefore = null,
        DelayedBy = null,
        Stopping = reason,
        Error = error,
        GraceUntil = now + FeatureRun.StopGrace,
        HeartbeatDueAt = null,
    };

    /// <summary>The agent that was to stop is gone, or has had its time: its slot goes back.</summary>
    private void EndStop(PhaseState phase)
    {
        if (phase.Clearing is not { } attempt)
        {
            EndUnsuccessfully(phase, phase.Error);
            return;
        }

        // Its number is spent, without having counted: the attempt is closed, and would never be launched.
        int spent = phase.Status == PhaseStatus.Completed ? 0 : attempt - phase.Attempt;
        _released.Add(new SlotRelease(Name(phase), attempt));
        Set(phase with
        {
            Attempt = phase.Attempt + spent,
            AttemptBudget = Math.Max(phase.AttemptBudget, phase.Rule.MaxAttempts) + spent,
            Clearing = null,
            DelayedBy = null,
            GraceUntil = null,
            Pending = phase.Pending & ~(InFlight.Stop | InFlight.Told),
        });
    }

    private void EndUnsuccessfully(PhaseState phase, string? error)
    {
        if (phase.Stopping == StopReason.Cancelled)
        {
            End(phase, PhaseStatus.Cancelled);
        }
        else if (phase.Stopping == StopReason.Withdrawn)
        {
            End(phase with { Error = null }, PhaseStatus.Queued);
        }
        else
        {
            RetryOrFail(phase, error ?? "The attempt ended without a reason.");
        }
    }

    private void RetryOrFail(PhaseState phase, string error)
    {
        phase = phase with { Error = error };
        if (phase.Attempt >= phase.AttemptBudget)
        {
            End(phase, PhaseStatus.Failed);
            return;
        }

        int retries = phase.Attempt - (phase.AttemptBudget - phase.Rule.MaxAttempts) - 1;
        TimeSpan backoff = phase.Rule.RetryBackoff * Math.Pow(2, Math.Clamp(retries, 0, 16));
        backoff = backoff > PhaseLimits.MaxRetryBackoff ? PhaseLimits.MaxRetryBackoff : backoff;
        End(phase, PhaseStatus.Queued);
        if (backoff > TimeSpan.Zero)
        {
            Set(Find(phase.Number)! with { NotBefore = now + backoff });
        }
    }

    private void End(PhaseState phase, PhaseStatus status)
    {
        _released.Add(new SlotRelease(Name(phase), phase.Attempt));
        Set(phase with
        {
            Status = status,
            Slot = null,
            FinishedAt = now,
            NotBefore = null,
            DelayedBy = null,
            DeadlineAt = null,
            HeartbeatDueAt = null,
            GraceUntil = null,
            Clearing = null,
            Stopping = StopReason.None,
            Pending = InFlight.None,
        });
        if (status.IsSettled())
        {
            _effects.Add(new CommentOutcome(phase.Number, phase.Attempt));
        }
    }

    private PhaseState? Find(int? number) => number is { } n && PhaseTable.Find(_phases, n) is >= 0 and int at ? _phases[at] : null;

    /// <summary>The phase, if the attempt is its live one; otherwise the message is stale.</summary>
    private PhaseState? Live(int number, int attempt)
    {
        PhaseState? phase = Find(number);
        if (phase is not null && phase.Attempt == attempt && phase.Status.HoldsSlot())
        {
            return phase;
        }

        Refuse(MessageOutcome.Stale, phase is null ? "no such phase" : "the attempt is over");
        return null;
    }

    private int PriorityOf(PhaseState phase) => phase.Priority ?? before.Priority;

    private string Name(PhaseState phase) => QueueId.Format(before.FeatureId, phase.Number);

    private void Set(PhaseState phase) => PhaseTable.Set(ref _phases, phase);

    private void Refuse(MessageOutcome outcome, string reason) => (_outcome, _reason) = (outcome, reason);
}
