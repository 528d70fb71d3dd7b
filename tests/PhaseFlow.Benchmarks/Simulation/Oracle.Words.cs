using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Features;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Benchmarks.Simulation;

/// <content>What people were told, and what became of it (14).</content>
internal sealed partial class Oracle
{
    private readonly Dictionary<string, Wish> _wishes = new(StringComparer.Ordinal);
    private readonly Dictionary<int, long> _lastTaken = [];
    private readonly List<Wish> _unjudged = [];

    /// <summary>Somebody asks for something, under a text that nobody else uses.</summary>
    public void Asked(string name, CommandKind kind, int feature, int? phase)
    {
        FeatureRun? run = _runs.GetValueOrDefault(feature);
        _wishes.Add(name, new Wish(kind, feature, phase, world.Agenda.Now)
        {
            Attempt = phase is { } number && run?.Phases.TryGetValue(number, out PhaseState? row) == true ? row.Attempt : 0,
        });
    }

    /// <summary>What an added phase is asked for under: its number is used once.</summary>
    public static string NameOfAdded(int feature, int? phase) => FormattableString.Invariant($"phase {phase} of {feature}");

    /// <summary>How often people have asked to cancel a phase in the time of an attempt: before it they may have asked too, and not been heard yet.</summary>
    public int CancellationsSince(DateTimeOffset since, int feature, int phase) =>
        _wishes.Values.Count(w => w.Kind is CommandKind.Cancel or CommandKind.CancelPhase && w.Feature == feature && (w.Phase ?? phase) == phase && (w.IsAccepted == false ? w.At : w.TakenAt) >= since);

    /// <summary>They are told that it will be done, or that it will not.</summary>
    public void Told(string name, bool isAccepted)
    {
        Wish wish = _wishes[name];
        wish.IsAccepted = isAccepted;
        wish.IsUnsure = world.Agenda.Now - wish.At > FeatureCommands.Patience;
        _unjudged.Add(wish);
    }

    /// <summary>A run takes the entries of its inbox in the order in which they were stored.</summary>
    private void Took(InboxEntry entry, MessageOutcome outcome)
    {
        long last = _lastTaken.GetValueOrDefault(entry.FeatureId);
        Require(last < entry.Seq, 14, $"feature {entry.FeatureId} takes entry {entry.Seq} after entry {last}");
        _lastTaken[entry.FeatureId] = entry.Seq;
        if (entry.Command is { } command && (command.Kind == CommandKind.AddPhase ? NameOfAdded(entry.FeatureId, command.Phase) : command.Text ?? command.Reason) is { } name && _wishes.TryGetValue(name, out Wish? wish))
        {
            wish.Outcome = outcome;
            wish.Seq = entry.Seq;
            wish.TakenAt = world.Agenda.Now;
            _unjudged.Add(wish);
        }
    }

    private void CheckWords()
    {
        foreach (Wish wish in _unjudged)
        {
            if (wish is { Outcome: not null, Then: null })
            {
                wish.Then = world.Store.RunOf(wish.Feature);
                wish.IsLast = _lastTaken[wish.Feature] == wish.Seq;
            }

            if (wish is { IsAccepted: { } isAccepted, Outcome: { } outcome })
            {
                bool isObeyed = outcome == MessageOutcome.Applied;
                Require(isObeyed || !isAccepted || wish.IsUnsure || !wish.IsLast || HasMovedByItself(wish), 14, $"{wish.Kind} of feature {wish.Feature} {wish.Phase} is accepted, and {outcome}");

                // To cancel what is being cancelled changes nothing, so that may be refused and done.
                Require(!isObeyed || isAccepted || wish.Kind is CommandKind.Cancel or CommandKind.CancelPhase, 14, $"{wish.Kind} of feature {wish.Feature} {wish.Phase} is refused, and done");
            }
        }

        _unjudged.Clear();
    }

    private void CheckWordsAtTheEnd()
    {
        foreach (Wish wish in _wishes.Values)
        {
            Require(wish.IsAccepted != true || wish.Outcome is not null, 14, $"{wish.Kind} of feature {wish.Feature} {wish.Phase} is accepted, and nothing came of it");
        }
    }

    /// <summary>
    /// Whether a run may have come, between the answer and the moment when it took the command, to where the command does not fit: by a launch, a deadline, the word of the limiter or a
    /// stop, of which no inbox tells. What only people move must be as they were told.
    /// </summary>
    private bool HasMovedByItself(Wish wish)
    {
        FeatureRun run = wish.Then!;
        PhaseState? phase = wish.Phase is { } number && run.Phases.TryGetValue(number, out PhaseState? row) ? row : null;
        return wish.Kind switch
        {
            CommandKind.Execute or CommandKind.Cancel or CommandKind.Suspend or CommandKind.Resume or CommandKind.AddPhase => run.Status.IsFinished(),
            CommandKind.CancelPhase => phase!.Stopping != StopReason.None || phase.Status is PhaseStatus.Completed or PhaseStatus.Failed or PhaseStatus.Cancelled,
            // Where the store fails for long, what is published is behind, and it may have had its slot and lost it again.
            CommandKind.Prioritize => !phase!.Status.IsYetToStart() || phase.Attempt > wish.Attempt || world.Options.Faults > 0,
            CommandKind.Answer => phase!.Attempt > wish.Attempt || phase.Stopping != StopReason.None || !phase.Status.HoldsSlot() || phase.QuestionsAsked == 0,
            _ => false,
        };
    }

    /// <param name="Kind">What is asked.</param>
    /// <param name="Feature">Of which feature.</param>
    /// <param name="Phase">Of which phase of it.</param>
    /// <param name="At">When.</param>
    private sealed record Wish(CommandKind Kind, int Feature, int? Phase, DateTimeOffset At)
    {
        /// <summary>The attempt that the phase was at when they asked.</summary>
        public int Attempt { get; init; }

        /// <summary>What they were told; null while they wait, and for ever where the process died with the answer.</summary>
        public bool? IsAccepted { get; set; }

        /// <summary>They have waited so long for their answer that it can only say that the command is stored.</summary>
        public bool IsUnsure { get; set; }

        public MessageOutcome? Outcome { get; set; }

        public DateTimeOffset TakenAt { get; set; } = DateTimeOffset.MaxValue;

        public long Seq { get; set; }

        /// <summary>The feature when the command had been taken.</summary>
        public FeatureRun? Then { get; set; }

        /// <summary>Whether nothing else was taken with it afterwards, so that the feature is as it was for the command.</summary>
        public bool IsLast { get; set; }
    }
}
