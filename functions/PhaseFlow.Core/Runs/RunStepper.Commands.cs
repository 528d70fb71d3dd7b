using PhaseFlow.Core.Slots;

namespace PhaseFlow.Core.Runs;

/// <content>What a person asks for.</content>
internal sealed partial class RunStepper
{
    private void Obey(FeatureCommand command)
    {
        switch (command.Kind)
        {
            case CommandKind.Execute when _status == FeatureStatus.Planned:
                _status = FeatureStatus.InProgress;
                break;
            case CommandKind.Execute when _status == FeatureStatus.InProgress && !_cancelling:
                // Executing twice is executing once; and the store shows a feature as executed from the moment that it has the command.
                break;
            case CommandKind.Cancel when !_status.IsFinished():
                _cancelling = true;
                foreach (PhaseState phase in _phases)
                {
                    Cancel(phase, command.Reason);
                }

                break;
            case CommandKind.Suspend when _status == FeatureStatus.InProgress && !_cancelling:
                _status = FeatureStatus.Suspended;
                LeaveTheLine(_phases);
                break;
            case CommandKind.Resume when _status == FeatureStatus.Suspended:
                _status = FeatureStatus.InProgress;
                break;
            case CommandKind.Retry:
                Rearm(_phases.Where(MayComeAgain).ToArray());
                break;
            case CommandKind.RetryPhase when Find(command.Phase) is { } phase && MayComeAgain(phase):
                Rearm([phase]);
                break;
            case CommandKind.CancelPhase when Find(command.Phase) is { CannotBeStopped: true, Stopping: StopReason.Cancelled } phase:
                // Asked once more, a person takes it on themselves that the agent is gone.
                End(phase, PhaseStatus.Cancelled);
                break;
            case CommandKind.CancelPhase when Find(command.Phase) is { CannotBeStopped: true } phase && phase.Status.IsOver():
                EndStop(phase);
                break;
            case CommandKind.CancelPhase when Find(command.Phase) is { } phase && !phase.Status.IsSettled():
                Cancel(phase, command.Reason);
                break;
            case CommandKind.CancelPhase when Find(command.Phase) is { Status: PhaseStatus.Blocked } phase:
                Set(phase with { Status = PhaseStatus.Cancelled, FinishedAt = now, Error = command.Reason });
                break;
            case CommandKind.Approve when Find(command.Phase) is { Status: PhaseStatus.AwaitingApproval } phase:
                Set(phase with
                {
                    Status = PhaseStatus.Queued,
                    Approved = true,
                    MayPassCap = phase.MayPassCap || Spending.IsSpent(before.MaxCostUsd, _phases),
                });
                break;
            case CommandKind.Deny when Find(command.Phase) is { Status: PhaseStatus.AwaitingApproval } phase:
                Set(phase with
                {
                    Status = PhaseStatus.Failed,
                    FinishedAt = now,
                    Error = string.IsNullOrWhiteSpace(command.Reason) ? "Approval was denied." : $"Approval was denied: {command.Reason}",
                });
                break;
            case CommandKind.AddPhase when command is { Phase: { } number, Rule: { } rule } && Find(number) is null && rule.DependsOn.All(d => Find(d) is not null) && !_cancelling && _status != FeatureStatus.Cancelled:
                Set(new PhaseState { Number = number, Rule = rule });
                break;
            case CommandKind.Prioritize when command.Priority is { } priority && Find(command.Phase) is { } phase && phase.Status.IsYetToStart():
                // One that is in the line already asks again: the limiter moves it. One that leaves the line waits for the limiter's word all the same.
                Set(phase with { Priority = priority, Pending = phase.Status == PhaseStatus.Ready ? phase.Pending & ~InFlight.Slot : phase.Pending });
                break;
            case CommandKind.Ask when command is { Phase: { } number, Attempt: { } attempt, Text: { } question }:
                Ask(number, attempt, question, command.Delivery);
                break;
            case CommandKind.Answer when command is { Attempt: { } attempt, Question: { } question, Text: { } answer }
                && Find(command.Phase) is { Status: PhaseStatus.AwaitingAnswer, Stopping: StopReason.None, Question: { } open } phase && phase.Attempt == attempt && open.Number == question:
                Set(phase with { Status = PhaseStatus.Running, Question = open with { Answer = answer } });
                break;
            case CommandKind.Reconcile:
                _recounts = true;
                AskForSlotsAgain();
                break;
            default:
                Refuse(MessageOutcome.Ignored, $"{command.Kind} does not fit the state");
                break;
        }
    }

    /// <summary>The agent waits for a person, with its slot: it still uses the machine, and its deadline stands.</summary>
    private void Ask(int number, int attempt, string question, string? delivery)
    {
        if (Live(number, attempt) is not { } phase)
        {
            return;
        }

        if (phase.Status == PhaseStatus.AwaitingAnswer || phase.Question?.IsAskedBy(delivery, question) == true || phase.EarlierQuestions?.Find(delivery) is not null)
        {
            Refuse(MessageOutcome.Ignored, "it has asked already");
        }
        else if (phase.Stopping != StopReason.None)
        {
            Refuse(MessageOutcome.Ignored, "it is being stopped");
        }
        else
        {
            int asked = phase.QuestionsAsked + 1;
            Set(phase with
            {
                Status = PhaseStatus.AwaitingAnswer,
                QuestionsAsked = asked,
                Question = new PhaseQuestion(asked, question, now) { Id = delivery },
                EarlierQuestions = EarlierQuestion.Of(phase.Question, phase.EarlierQuestions),
            });
        }
    }

    private void Cancel(PhaseState phase, string? reason)
    {
        string error = string.IsNullOrWhiteSpace(reason) ? "Cancelled." : $"Cancelled: {reason}";
        if (phase.Status.HoldsSlot())
        {
            if (phase.Stopping != StopReason.Cancelled)
            {
                Set(Stop(phase, StopReason.Cancelled, error));
            }
        }
        else if (!phase.Status.IsSettled() || phase.Status == PhaseStatus.Blocked)
        {
            Set(LeaveTheLine(phase) with { Status = PhaseStatus.Cancelled, FinishedAt = now, NotBefore = null, Error = error });
        }
    }

    private static bool MayComeAgain(PhaseState phase) => phase.Status is PhaseStatus.Failed or PhaseStatus.Cancelled || (phase.Status.HoldsSlot() && phase.Stopping == StopReason.Cancelled);

    /// <remarks>
    /// Who cancels what waits for a slot sees it cancelled at once, and may ask for it again. Where it was given its slot in that moment its agent has to be stopped first:
    /// then that is waited for, and what was asked for is done all the same.
    /// </remarks>
    private void Rearm(PhaseState[] phases)
    {
        if (phases.Length == 0)
        {
            Refuse(MessageOutcome.Ignored, "nothing has failed or was cancelled");
            return;
        }

        if (_cancelling)
        {
            _cancelling = false;
            _status = FeatureStatus.InProgress;
        }

        foreach (PhaseState phase in phases)
        {
            PhaseState again = phase with { AttemptBudget = phase.Attempt + phase.Rule.MaxAttempts };

            // A denied approval is asked for again; one that was given holds.
            Set(again.Status.HoldsSlot() ? again with { Stopping = StopReason.Withdrawn } : again with { Status = PhaseStatus.Queued, NotBefore = null, FinishedAt = null });
        }
    }

    /// <summary>Takes those of the phases that wait for a slot out of the waiting line.</summary>
    private void LeaveTheLine(IEnumerable<PhaseState> phases)
    {
        foreach (PhaseState phase in phases.Where(p => p.Status == PhaseStatus.Ready).ToArray())
        {
            Set(LeaveTheLine(phase) with { Status = PhaseStatus.Queued });
        }
    }

    /// <summary>Takes a phase out of the waiting line. The attempt is over without having been made, and does not count against the budget.</summary>
    /// <remarks>
    /// Its number is not used again: a grant for it may be under way from another feature, and must not be taken for the
    /// answer to a later request, or two agents would work in one slot. Until the limiter has said that it had no slot, its way out is under way.
    /// </remarks>
    private PhaseState LeaveTheLine(PhaseState phase)
    {
        if (phase.Status != PhaseStatus.Ready)
        {
            return phase;
        }

        _released.Add(new SlotRelease(Name(phase), phase.Attempt, FromLine: true));
        return phase with { AttemptBudget = phase.AttemptBudget + 1, ReadyAt = null, Pending = InFlight.Slot };
    }
}
