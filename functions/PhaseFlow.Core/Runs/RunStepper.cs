using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Slots;

namespace PhaseFlow.Core.Runs;

/// <summary>One step of a run: the workbench of <see cref="FeatureRun.Apply"/>, thrown away after it.</summary>
/// <remarks>
/// A message changes statuses; <see cref="Settle"/> then derives what follows from the state as it stands and asks for whatever it lacks.
/// So new, retried, resumed and recovered work takes the same path.
/// </remarks>
internal sealed partial class RunStepper(FeatureRun before, DateTimeOffset now)
{
    private readonly List<RunEffect> _effects = [];
    private readonly ImmutableArray<SlotRelease>.Builder _released = ImmutableArray.CreateBuilder<SlotRelease>();
    private readonly ImmutableArray<SlotRequest>.Builder _requested = ImmutableArray.CreateBuilder<SlotRequest>();
    private PhaseState[] _phases = before.Phases.ToArray();
    private FeatureStatus _status = before.Status;
    private bool _cancelling = before.Cancelling;
    private MessageOutcome _outcome = MessageOutcome.Applied;
    private string? _reason;

    public RunStep Apply(RunMessage message)
    {
        InboxPosition inbox = before.Inbox;
        if (message is InboxMessage { Seq: > 0 } entry)
        {
            if (inbox.Contains(entry.Seq))
            {
                return new RunStep(before, [], MessageOutcome.Ignored, "already applied");
            }

            inbox = inbox.Add(entry.Seq);
        }

        Dispatch(message);
        Settle();
        if (_released.Count > 0 || _requested.Count > 0)
        {
            _effects.Insert(0, new ExchangeSlots(new SlotExchange(_released.ToImmutable(), _requested.ToImmutable())));
        }

        FeatureRun after = before with { Phases = before.Phases.With(_phases), Status = _status, Cancelling = _cancelling, Inbox = inbox };
        if (after != before)
        {
            after = after with { Version = before.Version + 1 };
        }

        return new RunStep(after, _effects, _outcome, _reason);
    }

    private void Dispatch(RunMessage message)
    {
        switch (message)
        {
            case Loaded:
                AskAgain();
                break;
            case SlotGranted granted:
                Start(granted);
                break;
            case Launched launched:
                ConfirmLaunch(launched);
                break;
            case LaunchFailed failed:
                FailLaunch(failed);
                break;
            case LaunchDelayed delayed:
                DelayLaunch(delayed);
                break;
            case AgentReport report:
                Report(report);
                break;
            case AgentStopped stopped:
                ConfirmStop(stopped);
                break;
            case AgentProbed probed:
                ConfirmProbe(probed);
                break;
            case TimePassed:
                PassTime();
                break;
            case Asked asked when Live(asked.Phase, asked.Attempt) is { Status: PhaseStatus.Running } phase:
                Set(phase with { Status = PhaseStatus.AwaitingAnswer });
                break;
            case Answered answered when Live(answered.Phase, answered.Attempt) is { Status: PhaseStatus.AwaitingAnswer } phase:
                Set(phase with { Status = PhaseStatus.Running });
                break;
            case FeatureCommand command:
                Obey(command);
                break;
            case Asked or Answered when _outcome == MessageOutcome.Stale:
                break;
            default:
                Refuse(MessageOutcome.Ignored, $"nothing waits for {message.GetType().Name}");
                break;
        }
    }

    /// <summary>Forgets what was in flight before the run was read, so that <see cref="Settle"/> asks for it again.</summary>
    private void AskAgain()
    {
        foreach (PhaseState phase in _phases)
        {
            Set(phase with { Pending = InFlight.None });
        }

        AskForSlotsAgain();
    }

    /// <summary>What waits asks again, and what is over gives back again: the limiter takes a repeat for a no-op.</summary>
    private void AskForSlotsAgain()
    {
        foreach (PhaseState phase in _phases)
        {
            Set(phase with { Pending = phase.Pending & ~InFlight.Slot });
            if (phase.Status.HoldsSlot())
            {
                _requested.Add(new SlotRequest(Name(phase), phase.Attempt, before.FeatureId, PriorityOf(phase), phase.ReadyAt ?? now));
            }
            else if (phase.Attempt > 0 && phase.Status != PhaseStatus.Ready)
            {
                _released.Add(new SlotRelease(Name(phase), phase.Attempt));
            }
        }
    }

    private void Start(SlotGranted granted)
    {
        PhaseState? phase = Find(granted.Phase);
        if (phase is { Status: PhaseStatus.Ready } && phase.Attempt == granted.Attempt)
        {
            Set(phase with
            {
                Status = PhaseStatus.Running,
                Slot = granted.Slot,
                StartedAt = now,
                LaunchedAt = null,
                FinishedAt = null,
                DeadlineAt = now + phase.Rule.Timeout,
                Pending = InFlight.None,
            });
        }
        else if (phase is not null && phase.Status.HoldsSlot() && phase.Attempt == granted.Attempt)
        {
            Refuse(MessageOutcome.Ignored, "the attempt has its slot");
        }
        else
        {
            // The attempt no longer wants it (suspended, cancelled, over): it goes back at once, or nobody would use it.
            _released.Add(new SlotRelease(QueueId.Format(before.FeatureId, granted.Phase), granted.Attempt, MayReturn: true));
            Refuse(MessageOutcome.Stale, "the attempt no longer waits for a slot");
        }
    }

    private void ConfirmLaunch(Launched launched)
    {
        if (Find(launched.Phase) is not { } phase)
        {
            Refuse(MessageOutcome.Stale, "no such phase");
            return;
        }

        // The issue belongs to the phase, whatever became of the attempt in the meantime.
        phase = phase with { IssueNumber = launched.IssueNumber ?? phase.IssueNumber };
        if (!phase.Status.HoldsSlot() || phase.Attempt != launched.Attempt)
        {
            Set(phase);
            Refuse(MessageOutcome.Stale, "the attempt is over");
            return;
        }

        if (phase.LaunchedAt is not null)
        {
            // A repeat must not push the deadline.
            Set(phase with { Pending = phase.Pending & ~InFlight.Launch });
            Refuse(MessageOutcome.Ignored, "the launch is confirmed already");
            return;
        }

        Set(phase with
        {
            LaunchedAt = now,
            NotBefore = null,
            DelayedBy = null,
            Pending = phase.Pending & ~InFlight.Launch,
            DeadlineAt = phase.Stopping == StopReason.None ? now + phase.Rule.Timeout : phase.DeadlineAt,
            HeartbeatDueAt = phase.Stopping == StopReason.None ? now + phase.Rule.HeartbeatTimeout : null,
        });
    }

    private void FailLaunch(LaunchFailed failed)
    {
        if (Live(failed.Phase, failed.Attempt) is not { } phase)
        {
            return;
        }

        if (phase.LaunchedAt is not null)
        {
            // One of two launches of the attempt got through: its agent works, so the slot stays taken.
            Set(phase with { Pending = phase.Pending & ~InFlight.Launch });
            Refuse(MessageOutcome.Ignored, "the attempt was launched");
        }
        else if (failed.MayHaveStarted)
        {
            // Its agent may be at work. It is stopped first: a slot that is given on before would let one agent too many work.
            phase = phase with { Pending = phase.Pending & ~InFlight.Launch };
            Set(phase.Stopping == StopReason.None ? Stop(phase, StopReason.LaunchUnknown, failed.Error) : phase);
        }
        else
        {
            EndUnsuccessfully(
                phase with { Pending = phase.Pending & ~InFlight.Launch, IssueNumber = failed.IssueNumber ?? phase.IssueNumber }, failed.Error);
        }
    }

    /// <summary>Keeps the slot and the attempt: it was not launched, and is asked for again when the time has come.</summary>
    private void DelayLaunch(LaunchDelayed delayed)
    {
        if (delayed.IssueNumber is { } issue && Find(delayed.Phase) is { IssueNumber: null } any)
        {
            Set(any with { IssueNumber = issue });
        }

        if (Live(delayed.Phase, delayed.Attempt) is not { } phase)
        {
            return;
        }

        if (!phase.Pending.HasFlag(InFlight.Launch))
        {
            Refuse(MessageOutcome.Ignored, "no launch is under way");
            return;
        }

        phase = phase with { Pending = phase.Pending & ~InFlight.Launch };
        DateTimeOffset until = delayed.Until > now ? delayed.Until : now + FeatureRun.ShortestDelay;
        Set(phase.LaunchedAt is not null || phase.Stopping != StopReason.None
            ? phase
            : phase with { NotBefore = until, DelayedBy = delayed.Reason, DeadlineAt = until + phase.Rule.Timeout });
    }

    private void Report(AgentReport report)
    {
        // One that still waits for its slot here has had it: agents report what they were launched for. The step that launched it was done and then forgotten
        // (a host was killed before it kept its history), and the grant comes again. To call the report stale would lose it.
        PhaseState? phase = Find(report.Phase) is { Status: PhaseStatus.Ready } forgotten && forgotten.Attempt == report.Attempt
            ? forgotten
            : Live(report.Phase, report.Attempt);
        if (phase is null)
        {
            return;
        }

        phase = phase with
        {
            PrNumber = report.PrNumber ?? phase.PrNumber,
            Summary = report.Summary ?? phase.Summary,
            Usage = AgentUsage.Sum(phase.Usage, report.Usage),
        };
        if (report.Completed)
        {
            End(phase with { Error = null }, PhaseStatus.Completed);
        }
        else if (phase.Stopping == StopReason.Cancelled)
        {
            End(phase with { Error = report.Error }, PhaseStatus.Cancelled);
        }
        else
        {
            RetryOrFail(phase, report.Error ?? "The agent reported a failure and gave no reason.");
        }
    }
}
