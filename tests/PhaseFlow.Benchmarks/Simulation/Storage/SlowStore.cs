using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Benchmarks.Simulation.Storage;

/// <summary>A store as the process sees it: each call takes its time before and after, and some fail.</summary>
/// <remarks>A call that fails after it was carried out is what a lost connection looks like.</remarks>
internal sealed class SlowStore(IPhaseStore inner, Func<Task> wait) : IPhaseStore
{
    public Task<FeatureCreation> CreateFeatureAsync(FeaturePlan plan, IdempotencyKey? idempotency, DateTimeOffset now, CancellationToken cancellation) =>
        Do(() => inner.CreateFeatureAsync(plan, idempotency, now, cancellation));

    public Task<bool> SetPhasesAsync(int featureId, ImmutableArray<PhasePlan> phases, DateTimeOffset now, CancellationToken cancellation) =>
        Do(() => inner.SetPhasesAsync(featureId, phases, now, cancellation));

    public Task<InboxEntry?> AddPhaseAsync(int featureId, PhasePlan phase, int expectedPhaseCount, DateTimeOffset now, CancellationToken cancellation) =>
        Do(() => inner.AddPhaseAsync(featureId, phase, expectedPhaseCount, now, cancellation));

    public Task<StoredFeature?> GetFeatureAsync(int featureId, CancellationToken cancellation) => Do(() => inner.GetFeatureAsync(featureId, cancellation));

    public Task<Page<StoredFeature>> ListFeaturesAsync(FeatureFilter filter, CancellationToken cancellation) => Do(() => inner.ListFeaturesAsync(filter, cancellation));

    public Task<ImmutableArray<StoredFeature>> ListOpenFeaturesAsync(CancellationToken cancellation) => Do(() => inner.ListOpenFeaturesAsync(cancellation));

    public Task<PhaseBrief?> GetPhaseBriefAsync(int featureId, int phaseNumber, CancellationToken cancellation) =>
        Do(() => inner.GetPhaseBriefAsync(featureId, phaseNumber, cancellation));

    public Task<LoadedRun?> LoadRunAsync(int featureId, CancellationToken cancellation) => Do(() => inner.LoadRunAsync(featureId, cancellation));

    public Task<ImmutableArray<InboxEntry>?> PublishAsync(RunPublication publication, DateTimeOffset now, CancellationToken cancellation) =>
        Do(() => inner.PublishAsync(publication, now, cancellation));

    public Task<AttemptRecord> BeginAttemptAsync(AttemptStart start, DateTimeOffset now, CancellationToken cancellation) =>
        Do(() => inner.BeginAttemptAsync(start, now, cancellation));

    public Task CloseAttemptAsync(AttemptStart start, DateTimeOffset now, CancellationToken cancellation) => Do(async () =>
    {
        await inner.CloseAttemptAsync(start, now, cancellation);
        return true;
    });

    public Task<AttemptRecord?> GetAttemptAsync(string queueId, int attempt, CancellationToken cancellation) =>
        Do(() => inner.GetAttemptAsync(queueId, attempt, cancellation));

    public Task<ImmutableArray<AttemptRecord>> ListAttemptsAsync(int featureId, CancellationToken cancellation) =>
        Do(() => inner.ListAttemptsAsync(featureId, cancellation));

    public Task<bool> HeartbeatAsync(string queueId, int attempt, DateTimeOffset now, CancellationToken cancellation) =>
        Do(() => inner.HeartbeatAsync(queueId, attempt, now, cancellation));

    public Task<ReportReceipt> ReceiveReportAsync(ReceivedReport report, DateTimeOffset now, Action<InboxEntry>? kept, CancellationToken cancellation) =>
        Do(() => inner.ReceiveReportAsync(report, now, kept, cancellation));

    public Task<InboxEntry> ReceiveCommandAsync(
        int featureId, FeatureCommand command, DateTimeOffset now, Action<InboxEntry>? kept, CancellationToken cancellation) =>
        Do(() => inner.ReceiveCommandAsync(featureId, command, now, kept, cancellation));

    public Task<MessageOutcome?> GetOutcomeAsync(int featureId, long seq, CancellationToken cancellation) => Do(() => inner.GetOutcomeAsync(featureId, seq, cancellation));

    public Task<ImmutableArray<InboxEntry>> ListOpenInboxAsync(DateTimeOffset receivedBefore, CancellationToken cancellation) =>
        Do(() => inner.ListOpenInboxAsync(receivedBefore, cancellation));

    public Task<ChangePage> ReadChangesAsync(long after, int limit, CancellationToken cancellation) => Do(() => inner.ReadChangesAsync(after, limit, cancellation));

    public Task<ImmutableArray<EndedFeature>> ListEndedFeaturesAsync(DateTimeOffset before, EndedFeature? after, int limit, CancellationToken cancellation) =>
        Do(() => inner.ListEndedFeaturesAsync(before, after, limit, cancellation));

    public Task<bool> BeginRemovalAsync(int featureId, DateTimeOffset endedBefore, DateTimeOffset now, CancellationToken cancellation) =>
        Do(() => inner.BeginRemovalAsync(featureId, endedBefore, now, cancellation));

    public Task<ImmutableArray<FeatureRemoval>> ListRemovalsAsync(int limit, CancellationToken cancellation) => Do(() => inner.ListRemovalsAsync(limit, cancellation));

    public Task<FeatureRemoval?> GetRemovalAsync(int featureId, CancellationToken cancellation) => Do(() => inner.GetRemovalAsync(featureId, cancellation));

    public Task FinishRemovalAsync(int featureId, CancellationToken cancellation) => Do(async () =>
    {
        await inner.FinishRemovalAsync(featureId, cancellation);
        return true;
    });

    public Task<int> TrimChangesAsync(DateTimeOffset before, int limit, CancellationToken cancellation) => Do(() => inner.TrimChangesAsync(before, limit, cancellation));

    public Task WaitForChangesAsync(long after, TimeSpan wait, CancellationToken cancellation) => inner.WaitForChangesAsync(after, wait, cancellation);

    public Task CheckAsync(CancellationToken cancellation) => inner.CheckAsync(cancellation);

    private async Task<T> Do<T>(Func<Task<T>> call)
    {
        await wait();
        T result = await call();
        await wait();
        return result;
    }
}
