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
    private bool _recounts;
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
        var exchange = new SlotExchange(_released.ToImmutable(), _requested.ToImmutable()) { Recount = _recounts ? new SlotRecount(before.FeatureId, now) : null };
        if (!exchange.IsNothing)
        {
            _effects.Insert(0, new ExchangeSlots(exchange));
        }

        FeatureRun after = before with { Phases = before.Phases.With(_phases), Status = _status, Cancelling = _cancelling, Inbox = inbox };
        if (after != before)
        {
            // A step that the platform has forgotten and does again at another time gets another version, even where it is as many steps on.
            after = after with { Version = Math.Max(before.Version + 1, now.ToUnixTimeMilliseconds()) };
        }

        return new RunStep(after, _effects, _outcome, _reason);
    }

    private void Dispatch(RunMessage message)
    {
        switch (message)
        {
            case Loaded loaded:
                _recounts = loaded.StartsOver;
                AskAgain();
                ConfirmSlots(loaded);
                break;
            case SlotGranted granted:
                Start(granted);
                break;
            case LeftTheLine left when Find(left.Phase) is { IsLeaving: true } phase && left.Attempt <= phase.Attempt:
                // It may be at a later attempt by now: one that the platform had forgotten, whose agent was stopped in the meantime.
                Set(phase with { Pending = phase.Pending & ~InFlight.Slot });
                break;
            case LeftTheLine left when Find(left.Phase) is { Status: PhaseStatus.Ready } phase && phase.Attempt == left.Attempt:
                // Its attempt was made and ended, and the platform has forgotten that: it goes on with the next.
                Set(phase with { Status = PhaseStatus.Queued, AttemptBudget = phase.AttemptBudget + 1, ReadyAt = null, Pending = InFlight.None });
                break;
            case SlotLost lost:
                AskForLostSlot(lost);
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
            case FeatureCommand command:
                Obey(command);
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

    /// <summary>
    /// A run that starts over does not know whether its attempts still have their slots: what has forgotten the store may have given one back, because a launch was
    /// refused. What is not launched waits for the limiter's word.
    /// </summary>
    private void ConfirmSlots(Loaded loaded)
    {
        foreach (PhaseState phase in _phases.Where(p => loaded.StartsOver && p.Status == PhaseStatus.Running && p.LaunchedAt is null && p.Stopping == StopReason.None))
        {
            Set(BackInLine(phase) with { Pending = InFlight.Slot });
        }
    }

    /// <summary>What the forgotten step of the limiter had taken back is given back again too: somebody else may wait for that.</summary>
    private void AskForLostSlot(SlotLost lost)
    {
        if (Live(lost.Phase, lost.Attempt) is not { } phase)
        {
            return;
        }

        phase = phase with { Pending = phase.Pending & ~InFlight.Launch };
        Set(phase.LaunchedAt is null && phase.Stopping == StopReason.None ? BackInLine(phase) : phase);
        AskForSlotsAgain();
    }

    private static PhaseState BackInLine(PhaseState phase) => phase with
    {
        Status = PhaseStatus.Ready,
        Slot = null,
        StartedAt = null,
        DeadlineAt = null,
        NotBefore = null,
        DelayedBy = null,
        Pending = InFlight.None,
    };

    /// <summary>What waits asks again, and what is over gives back again: the limiter takes a repeat for a no-op.</summary>
    private void AskForSlotsAgain()
    {
        foreach (PhaseState phase in _phases)
        {
            if (phase.IsLeaving)
            {
                _released.Add(new SlotRelease(Name(phase), phase.Attempt, FromLine: true));
                continue;
            }

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
            Set(Hold(phase, granted.Slot));
        }
        else if (phase is { IsLeaving: true } && phase.Attempt == granted.Attempt)
        {
            // It had its slot before it left the line. Its agent may work: a step that launched it may have been done and then forgotten (a host was killed
            // before it kept its history). So it is stopped before its slot is given on.
            Set(Stop(
                Hold(phase, granted.Slot),
                phase.Status == PhaseStatus.Cancelled ? StopReason.Cancelled : StopReason.Withdrawn,
                phase.Error ?? "It left the line when it had its slot."));
        }
        else if (phase is not null && phase.Status.HoldsSlot() && phase.Attempt == granted.Attempt)
        {
            // A limiter whose step was forgotten may have given it another of its slots since.
            Set(phase with { Slot = granted.Slot });
            Refuse(MessageOutcome.Ignored, "the attempt has its slot");
        }
        else if (phase is not null && phase.Attempt < granted.Attempt)
        {
            TakeBack(phase, granted.Attempt);
        }
        else
        {
            // The attempt no longer wants it (suspended, cancelled, over): it goes back at once, or nobody would use it.
            _released.Add(new SlotRelease(QueueId.Format(before.FeatureId, granted.Phase), granted.Attempt, MayReturn: true));
            Refuse(MessageOutcome.Stale, "the attempt no longer waits for a slot");
        }
    }

    /// <summary>A step that the platform has forgotten asked for a slot for a later attempt, and may have launched its agent: that is stopped before the slot goes back.</summary>
    private void TakeBack(PhaseState phase, int attempt)
    {
        Refuse(MessageOutcome.Stale, "the attempt is not known here");
        if (phase.Status.HoldsSlot() || phase.Clearing >= attempt)
        {
            // The run is about to hear how its own attempt ended, and then asks for this one, or is told of it again; or it is stopping it already.
            return;
        }

        phase = LeaveTheLine(phase);
        Set(phase with
        {
            Status = phase.Status == PhaseStatus.Ready ? PhaseStatus.Queued : phase.Status,
            Clearing = attempt,
            DelayedBy = null,
            GraceUntil = now + FeatureRun.StopGrace,
            Pending = phase.Pending & ~(InFlight.Stop | InFlight.Told),
        });
    }

    private PhaseState Hold(PhaseState phase, int slot) => phase with
    {
        Status = PhaseStatus.Running,
        Slot = slot,
        StartedAt = now,
        LaunchedAt = null,
        FinishedAt = null,
        DeadlineAt = now + phase.Rule.Timeout,
        Clearing = null,
        DelayedBy = null,
        GraceUntil = null,
        Question = null,
        EarlierQuestions = null,
        Pending = InFlight.None,
    };

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

    /// <summary>Whether an attempt that reports was launched by a step that this run does not know of.</summary>
    private static bool IsForgotten(PhaseState phase, int attempt) =>
        phase.Attempt == attempt ? phase.Status == PhaseStatus.Ready || phase.IsLeaving : phase.Attempt + 1 == attempt && !phase.Status.IsSettled();

    private void Report(AgentReport report)
    {
        // One that waits for its slot here, leaves the line or was never asked for has had one: agents report what they were launched for. The step that
        // launched it was done and then forgotten (a host was killed before it kept its history). To call the report stale would lose it.
        PhaseState? phase = Find(report.Phase) is { } any && IsForgotten(any, report.Attempt)
            ? any with
            {
                Attempt = report.Attempt,
                AttemptBudget = Math.Max(any.AttemptBudget, any.Rule.MaxAttempts),
                Stopping = any.Status == PhaseStatus.Cancelled ? StopReason.Cancelled : any.Stopping,
            }
            : Live(report.Phase, report.Attempt);
        if (phase is null)
        {
            if (Find(report.Phase) is { } over && over.Clearing == report.Attempt)
            {
                EndStop(over); // who reports is gone
            }

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
