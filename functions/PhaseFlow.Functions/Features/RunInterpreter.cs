using System.Collections.Immutable;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Features;

/// <summary>Feeds a <see cref="FeatureRun"/> with what happens and does what it wants done. It decides nothing itself.</summary>
/// <remarks>
/// One wait per event name is outstanding at any time and none is ever cancelled: a cancelled wait would swallow the next event.
/// Waits, timers and activities are all that it awaits, so that a replay takes the same path.
/// </remarks>
internal sealed class RunInterpreter
{
    /// <summary>Messages after which the history is cut off, at the next moment when nothing is under way.</summary>
    internal const int MessagesPerGeneration = 150;

    private readonly TaskOrchestrationContext _context;
    private readonly FeatureInput _input;
    private readonly ILogger _log;
    private readonly FeatureEffects _do;
    private readonly List<Task<RunMessage?>> _work = [];
    private readonly List<InboxSettlement> _settled = [];
    private FeatureRun _run;
    private FeatureRun _published;
    // Slots that other features were given: they are told once the publication that says who gave them back is stored, so that no reader ever
    // sees more phases running than there are slots.
    private readonly List<SlotGrant> _foreign = [];
    private SlotExchange _exchange = SlotExchange.Nothing;
    private SlotExchange _sent = SlotExchange.Nothing;
    private Task<SlotExchangeResult>? _exchanging;
    private Task<ImmutableArray<InboxEntry>?>? _publishing;
    private bool _isBehind;
    private bool _mustReadInbox;
    private ImmutableArray<SlotGrant> _toldWithPublication = [];
    private Task<AgentReport> _report;
    private Task<SlotGrant> _grant;
    private Task<FeatureCommand> _command;
    private Alarm? _alarm;
    private int _messages;

    public RunInterpreter(TaskOrchestrationContext context, FeatureInput input, FeatureRun run, ILogger log)
    {
        _context = context;
        _input = input;
        _run = run;
        _published = run;
        _log = log;
        _do = new FeatureEffects(context, run.FeatureId);
        _report = context.WaitForExternalEvent<AgentReport>(FeatureEvents.WorkflowCompleted);
        _grant = context.WaitForExternalEvent<SlotGrant>(FeatureEvents.SlotGranted);
        _command = context.WaitForExternalEvent<FeatureCommand>(FeatureEvents.Command);
    }

    private DateTimeOffset Now => new(DateTime.SpecifyKind(_context.CurrentUtcDateTime, DateTimeKind.Utc));

    /// <summary>Nothing is under way, and no event has come that is not taken: an orchestration that ended here would lose it.</summary>
    private bool IsIdle => _work.Count == 0 && _exchanging is null && _publishing is null
        && !_report.IsCompleted && !_grant.IsCompleted && !_command.IsCompleted;

    public async Task<FeatureStatus?> RunAsync(ImmutableArray<InboxEntry> inbox)
    {
        Apply(new Loaded(_input.StartsOver));
        Apply(inbox);
        while (true)
        {
            Exchange();
            Publish();
            if (IsIdle && (_run.Status.IsFinished() || _messages >= MessagesPerGeneration))
            {
                _alarm?.Cancel();
                if (!_run.Status.IsFinished())
                {
                    _context.ContinueAsNew(_input with { StartsOver = false, KeepsOrder = true }, preserveUnprocessedEvents: true);
                }

                return _run.Status;
            }

            SetAlarm();
            Take(await Task.WhenAny(Awaited()));
            if (_isBehind)
            {
                return await StartOverAsync();
            }
        }
    }

    /// <summary>
    /// The platform has forgotten a step of this run, and what that step published is stored: that is the truth, so the run is read anew. What is under way is
    /// asked for again there; only slots that others were given have nobody else to tell of them.
    /// </summary>
    private async Task<FeatureStatus?> StartOverAsync()
    {
        _log.RunBehind(_run.FeatureId);
        if (_exchanging is not null)
        {
            _foreign.AddRange((await _exchanging).Granted.Where(g => g.FeatureId != _run.FeatureId));
        }

        Forward(_foreign);
        _alarm?.Cancel();
        _context.ContinueAsNew(_input with { StartsOver = true, KeepsOrder = true }, preserveUnprocessedEvents: true);
        return _run.Status;
    }

    private IEnumerable<Task> Awaited()
    {
        IEnumerable<Task?> one = [_report, _grant, _command, _exchanging, _publishing, _alarm?.Task];
        return one.OfType<Task>().Concat(_work);
    }

    /// <summary>Takes the result of whatever has happened; awaiting a completed task never yields.</summary>
    private void Take(Task done)
    {
        if (done == _report)
        {
            AgentReport report = _report.Result;
            _report = _context.WaitForExternalEvent<AgentReport>(FeatureEvents.WorkflowCompleted);
            Take(report);
        }
        else if (done == _grant)
        {
            SlotGrant grant = _grant.Result;
            _grant = _context.WaitForExternalEvent<SlotGrant>(FeatureEvents.SlotGranted);
            Apply(grant);
        }
        else if (done == _command)
        {
            FeatureCommand command = _command.Result;
            _command = _context.WaitForExternalEvent<FeatureCommand>(FeatureEvents.Command);
            Take(command);
        }
        else if (done == _exchanging)
        {
            SlotExchangeResult result = _exchanging.GetAwaiter().GetResult();
            _exchanging = null;
            foreach (SlotGrant grant in result.Granted)
            {
                Apply(grant);
            }

            foreach (SlotTombstone left in result.LeftBy(_sent))
            {
                Apply(left);
            }
        }
        else if (done == _publishing)
        {
            ImmutableArray<InboxEntry>? open = _publishing.GetAwaiter().GetResult();
            _publishing = null;
            Forward(_toldWithPublication);
            _toldWithPublication = [];
            _isBehind = open is null;
            Apply(open ?? []);
        }
        else if (done == _alarm?.Task)
        {
            // A timer of the platform may fire a little early: what it was set for counts as come.
            DateTimeOffset due = _alarm.Due;
            _alarm = null;
            Apply(new TimePassed(), due > Now ? due : Now);
        }
        else if (done is Task<RunMessage?> work)
        {
            _work.Remove(work);
            if (work.GetAwaiter().GetResult() is { } message)
            {
                if (message is SlotLost lost)
                {
                    _log.SlotForgotten(_run.FeatureId, lost.Phase, lost.Attempt);
                }

                Apply(message);
            }
        }
    }

    /// <summary>
    /// Events may come in another order than their entries were stored in, and one of a killed host much later. What people were told holds for the order of the inbox:
    /// so the inbox is read, with the next publication, and all that is open is applied in that order.
    /// </summary>
    private void Take(InboxMessage entry)
    {
        if (_input.KeepsOrder && entry.Seq > 0 && !_run.Inbox.Contains(entry.Seq) && _run.Inbox.LacksBefore(entry.Seq))
        {
            _mustReadInbox = true;
        }
        else
        {
            Apply(entry);
        }
    }

    private void Apply(SlotGrant grant)
    {
        if (grant.FeatureId != _run.FeatureId)
        {
            _foreign.Add(grant);
        }
        else if (QueueId.TryParse(grant.QueueId, out _, out int phase))
        {
            Apply(new SlotGranted(phase, grant.Attempt, grant.Slot));
        }
    }

    private void Apply(SlotTombstone left)
    {
        if (QueueId.TryParse(left.QueueId, out _, out int phase))
        {
            Apply(new LeftTheLine(phase, left.Attempt));
            _messages--; // It is no message of its own: histories of before have none, and are cut off where they were.
        }
    }

    private void Apply(ImmutableArray<InboxEntry> entries)
    {
        foreach (InboxEntry entry in entries)
        {
            if (!_run.Inbox.Contains(entry.Seq) && ((RunMessage?)entry.Report ?? entry.Command) is { } message)
            {
                Apply(message);
            }
        }
    }

    private void Apply(RunMessage message) => Apply(message, Now);

    private void Apply(RunMessage message, DateTimeOffset now)
    {
        _messages++;
        bool repeated = message is InboxMessage { Seq: > 0 } entry && _run.Inbox.Contains(entry.Seq);
        RunStep step = _run.Apply(message, now);
        _run = step.Run;
        if (step.Outcome != MessageOutcome.Applied)
        {
            _log.MessageRefused(_run.FeatureId, message.GetType().Name, step.Outcome, step.Reason);
        }

        if (message is InboxMessage { Seq: > 0 } settled && !repeated)
        {
            _settled.Add(new InboxSettlement(settled.Seq, step.Outcome, step.Reason));
        }

        foreach (RunEffect effect in step.Effects)
        {
            if (effect is ExchangeSlots exchange)
            {
                _exchange = _exchange.Then(exchange.Exchange);
            }
            else
            {
                _work.Add(_do.StartAsync(effect, _run));
            }
        }
    }

    private void Exchange()
    {
        if (_exchanging is null && !_exchange.IsNothing)
        {
            _exchanging = _context.Entities.CallEntityAsync<SlotExchangeResult>(SlotLimiter.Id, nameof(SlotLimiter.Exchange), _exchange);
            _sent = _exchange;
            _exchange = SlotExchange.Nothing;
        }
    }

    /// <summary>Publishes what is new. What the limiter is about to answer is waited for, so that one publication tells both.</summary>
    private void Publish()
    {
        if (_publishing is not null || _exchanging is not null)
        {
            return;
        }

        if (_settled.Count == 0 && SaysTheSame() && !_mustReadInbox)
        {
            Forward(_foreign);
            _foreign.Clear();
            return;
        }

        // Who gave a slot back comes before who was given it, so that no beginning of the feed shows more at work than there are slots.
        ImmutableArray<PhaseState> changed =
        [
            .. _run.Phases.ChangedSince(_published.Phases).OrderBy(p => p.Status.HoldsSlot()),
        ];
        var publication = new RunPublication(
            _run.FeatureId, _run.Version, _run.Status, _run.Cancelling, _run.Inbox, changed, [.. _settled])
        {
            Base = _published.Version,
        };
        _settled.Clear();
        _mustReadInbox = false;
        _toldWithPublication = [.. _foreign];
        _foreign.Clear();
        _published = _run;
        _publishing = _context.CallActivityAsync<ImmutableArray<InboxEntry>?>(nameof(PublishRunActivity), publication, Retries.Store);
    }

    private void Forward(IEnumerable<SlotGrant> grants)
    {
        foreach (SlotGrant grant in grants)
        {
            _context.SendEvent(FeatureEvents.InstanceId(grant.FeatureId), FeatureEvents.SlotGranted, grant);
        }
    }

    private bool SaysTheSame() =>
        _run.Status == _published.Status && _run.Cancelling == _published.Cancelling
        && !_run.Phases.ChangedSince(_published.Phases).Any();

    private void SetAlarm()
    {
        if (_run.NextWake() is { } due && (_alarm is null || due < _alarm.Due))
        {
            _alarm?.Cancel();
            var cancellation = new CancellationTokenSource();
            _alarm = new Alarm(due, _context.CreateTimer(due.UtcDateTime, cancellation.Token), cancellation.Cancel);
        }
    }

    /// <summary>A durable timer. One that is set too early is left to fire: the run then finds nothing due.</summary>
    private sealed record Alarm(DateTimeOffset Due, Task Task, Action Cancel);
}
