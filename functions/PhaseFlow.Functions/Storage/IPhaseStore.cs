using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;

namespace PhaseFlow.Functions.Storage;

/// <summary>Keeps what the app must not forget: plans, the queue, attempts, the inbox and the change feed.</summary>
/// <remarks>
/// Every write is atomic and durable when it returns. A write may be tried twice: each is a no-op the second time. The rows of the queue are the
/// stored form of a <see cref="FeatureRun"/>, written by <see cref="PublishAsync"/> alone once the feature exists.
/// </remarks>
public interface IPhaseStore
{
    /// <summary>Stores a planned feature with its phases queued, under its own id or the next one that no feature ever had.</summary>
    /// <param name="plan">A valid plan. Its phases may be empty: they are generated later.</param>
    /// <param name="idempotency">Makes a repeat answer with the first feature; null stores unconditionally.</param>
    /// <param name="now">The moment (UTC).</param>
    /// <param name="cancellation">Gives up waiting; the write may still happen.</param>
    Task<FeatureCreation> CreateFeatureAsync(FeaturePlan plan, IdempotencyKey? idempotency, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>Gives phases to a planned feature that has none. False where it has some, has started or is unknown.</summary>
    Task<bool> SetPhasesAsync(int featureId, ImmutableArray<PhasePlan> phases, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>
    /// Adds a phase: the plan's row, and the <see cref="CommandKind.AddPhase"/> command in the inbox, at once. Null where the feature is unknown,
    /// has a phase of that number already, or the version given is no longer the plan's (read again and decide anew).
    /// </summary>
    Task<InboxEntry?> AddPhaseAsync(int featureId, PhasePlan phase, int expectedPhaseCount, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>One feature with everything about its phases; null where unknown.</summary>
    Task<StoredFeature?> GetFeatureAsync(int featureId, CancellationToken cancellation);

    /// <summary>Features, newest first.</summary>
    Task<Page<StoredFeature>> ListFeaturesAsync(FeatureFilter filter, CancellationToken cancellation);

    /// <summary>Every feature that has started and not finished, with its rows: what the queue shows and the sweep checks.</summary>
    Task<ImmutableArray<StoredFeature>> ListOpenFeaturesAsync(CancellationToken cancellation);

    /// <summary>What a launch needs of one phase, whatever the size of its feature; null where unknown.</summary>
    Task<PhaseBrief?> GetPhaseBriefAsync(int featureId, int phaseNumber, CancellationToken cancellation);

    /// <summary>The run as last published, and the inbox entries that it has not applied, in order. Null where the feature is unknown.</summary>
    Task<LoadedRun?> LoadRunAsync(int featureId, CancellationToken cancellation);

    /// <summary>
    /// Writes what changed in a run, settles inbox entries and appends to the change feed, in one transaction. One that does not follow the stored version
    /// (<see cref="RunPublication.Follows"/>) changes nothing and gives null: the run is behind what is stored.
    /// A row that holds a slot gets the record of its attempt with it. Returns the entries of the inbox that are still open.
    /// A phase whose addition was refused leaves the plan. An attempt that the row of its phase has left is closed.
    /// </summary>
    Task<ImmutableArray<InboxEntry>?> PublishAsync(RunPublication publication, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>Records that an attempt is being launched; a repeat returns the first record unchanged.</summary>
    Task<AttemptRecord> BeginAttemptAsync(AttemptStart start, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>
    /// Closes an attempt for its launcher: from then on it must not be launched. Records it as never launched where it is unknown.
    /// </summary>
    Task CloseAttemptAsync(AttemptStart start, DateTimeOffset now, CancellationToken cancellation);

    Task<AttemptRecord?> GetAttemptAsync(string queueId, int attempt, CancellationToken cancellation);

    /// <summary>All attempts of a feature, by phase and attempt.</summary>
    Task<ImmutableArray<AttemptRecord>> ListAttemptsAsync(int featureId, CancellationToken cancellation);

    /// <summary>Records a sign of life. False where the attempt is unknown or over.</summary>
    Task<bool> HeartbeatAsync(string queueId, int attempt, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>
    /// Stores a report before anything acts on it. The first for an attempt is <see cref="ReceiptResult.Accepted"/>, or <see cref="ReceiptResult.Stale"/>
    /// where the attempt is over or is not the phase's newest; any further from the attempt's agent, or with the delivery id of an earlier one for that attempt,
    /// is a <see cref="ReceiptResult.Duplicate"/>, with the first's entry while that is open. A stale report has no entry: it takes no number of the inbox.
    /// </summary>
    /// <param name="report">The report.</param>
    /// <param name="now">When it came.</param>
    /// <param name="kept">
    /// Gets the receipt's entry as soon as nothing that is stored because of it can be there without it. A store that keeps one log calls it before the flush;
    /// it must be short.
    /// </param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="FeatureUnknownException">The attempt was never begun, or its feature is gone.</exception>
    Task<ReportReceipt> ReceiveReportAsync(ReceivedReport report, DateTimeOffset now, Action<InboxEntry>? kept, CancellationToken cancellation);

    /// <summary>
    /// Stores a command before anything acts on it. The command's <c>Seq</c> is ignored and given anew. With <see cref="CommandKind.Execute"/>, a planned
    /// feature is in progress at once, in the same write and with one entry of the feed: who was told that it is executed finds it in the queue.
    /// </summary>
    /// <param name="featureId">The feature.</param>
    /// <param name="command">The command.</param>
    /// <param name="now">When it came.</param>
    /// <param name="kept">As for a report. In a store that keeps one log, what is raised there comes to the run in the order of the inbox.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="FeatureUnknownException">There is no such feature, or no more.</exception>
    Task<InboxEntry> ReceiveCommandAsync(int featureId, FeatureCommand command, DateTimeOffset now, Action<InboxEntry>? kept, CancellationToken cancellation);

    /// <summary>What the run has made of an entry; null while it is open, and where there is none.</summary>
    Task<MessageOutcome?> GetOutcomeAsync(int featureId, long seq, CancellationToken cancellation);

    /// <summary>Entries received before a moment that no run has applied yet, over all features.</summary>
    Task<ImmutableArray<InboxEntry>> ListOpenInboxAsync(DateTimeOffset receivedBefore, CancellationToken cancellation);

    /// <summary>
    /// Changes after a cursor, oldest first; 0 is the oldest that is kept. A cursor from before what is kept comes back <see cref="ChangePage.IsExpired"/> with the
    /// oldest that is kept; so does one from beyond the end, of a feed that is gone, with the end and no change.
    /// </summary>
    Task<ChangePage> ReadChangesAsync(long after, int limit, CancellationToken cancellation);

    /// <summary>The cursor of the newest change; 0 where there is none.</summary>
    async Task<long> LastChangeAsync(CancellationToken cancellation)
    {
        long cursor = 0;
        while (await ReadChangesAsync(cursor, 500, cancellation) is { Changes.IsEmpty: false } page)
        {
            cursor = page.Cursor;
        }

        return cursor;
    }

    /// <summary>Returns when there is a change after the cursor, or when the wait is over.</summary>
    Task WaitForChangesAsync(long after, TimeSpan wait, CancellationToken cancellation);

    /// <summary>Features that have ended and not changed since a moment, those that ended first before the others.</summary>
    /// <param name="before">The moment.</param>
    /// <param name="after">Where the list before ended; null begins.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<ImmutableArray<EndedFeature>> ListEndedFeaturesAsync(
        DateTimeOffset before, EndedFeature? after, int limit, CancellationToken cancellation);

    /// <summary>
    /// Takes a feature out, decided with the write: it must have ended, not have changed since a moment, and have nothing open in its inbox and no live attempt. From then
    /// on it is unknown to everything but <see cref="ListRemovalsAsync"/>, its id is never given again, the keys that it was submitted with are free, and
    /// the feed says that it was removed. False where it is not so, or unknown.
    /// </summary>
    Task<bool> BeginRemovalAsync(int featureId, DateTimeOffset endedBefore, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>The features that were taken out and of which something may be left.</summary>
    Task<ImmutableArray<FeatureRemoval>> ListRemovalsAsync(int limit, CancellationToken cancellation);

    /// <summary>What is left of one that was taken out; null where nothing is.</summary>
    Task<FeatureRemoval?> GetRemovalAsync(int featureId, CancellationToken cancellation);

    /// <summary>Removes, in small transactions, all that the store has of a feature that was taken out. Its last step forgets the removal itself.</summary>
    Task FinishRemovalAsync(int featureId, CancellationToken cancellation);

    /// <summary>
    /// Removes the oldest changes of the feed that were stored before a moment, never the newest of all, and says how many it removed; fewer than the limit where no more are so old.
    /// What stands before a change that is so old is as old, whatever its date: the clock was ahead when it was stored.
    /// </summary>
    Task<int> TrimChangesAsync(DateTimeOffset before, int limit, CancellationToken cancellation);

    /// <summary>Throws where the store cannot be written to.</summary>
    Task CheckAsync(CancellationToken cancellation);
}
