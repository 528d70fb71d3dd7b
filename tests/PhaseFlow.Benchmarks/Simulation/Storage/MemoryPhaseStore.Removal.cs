using System.Collections.Immutable;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Benchmarks.Simulation.Storage;

/// <content>How features and changes go.</content>
internal sealed partial class MemoryPhaseStore
{
    private readonly SortedSet<int> _retired = [];
    private readonly SortedDictionary<int, FeatureRemoval> _removals = [];
    private int _trimmed;

    public Task<ImmutableArray<EndedFeature>> ListEndedFeaturesAsync(
        DateTimeOffset before, EndedFeature? after, int limit, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult<ImmutableArray<EndedFeature>>(
            [
                .. _features.Values.Where(f => f.Status.IsFinished() && f.UpdatedAt < before)
                    .Select(f => new EndedFeature(f.Id, f.UpdatedAt)).OrderBy(f => f.EndedAt).ThenBy(f => f.FeatureId)
                    .Where(f => after is null || (f.EndedAt, f.FeatureId).CompareTo((after.EndedAt, after.FeatureId)) > 0)
                    .Take(limit),
            ]);
        }
    }

    public Task<bool> BeginRemovalAsync(int featureId, DateTimeOffset endedBefore, DateTimeOffset now, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_features.TryGetValue(featureId, out Feature? feature)
                || !feature.Status.IsFinished()
                || feature.UpdatedAt >= endedBefore
                || feature.Open.Count > 0
                || feature.Attempts.Values.Any(a => a.Status == AttemptStatus.Live))
            {
                return Task.FromResult(false);
            }

            _features.Remove(featureId);
            _retired.Add(featureId);
            _removals.Add(featureId, new FeatureRemoval(
                featureId,
                [.. feature.Rows.Keys],
                [.. feature.Attempts.Values.Select(a => new AttemptStart(featureId, a.PhaseNumber, a.Attempt, a.AdwId, a.WorkflowType))]));
            foreach (string key in _keys.Where(k => k.Value.FeatureId == featureId).Select(k => k.Key).ToArray())
            {
                _keys.Remove(key);
            }

            AddChange(ChangePayload.FeatureRemoved, featureId, null, now, ChangePayload.OfRemoval(featureId));
            return Task.FromResult(true);
        }
    }

    public Task<ImmutableArray<FeatureRemoval>> ListRemovalsAsync(int limit, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult<ImmutableArray<FeatureRemoval>>([.. _removals.Values.Take(limit)]);
        }
    }

    public Task<FeatureRemoval?> GetRemovalAsync(int featureId, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult(_removals.GetValueOrDefault(featureId));
        }
    }

    public Task FinishRemovalAsync(int featureId, CancellationToken cancellation)
    {
        lock (_gate)
        {
            _removals.Remove(featureId);
            return Task.CompletedTask;
        }
    }

    public Task<int> TrimChangesAsync(DateTimeOffset before, int limit, CancellationToken cancellation)
    {
        lock (_gate)
        {
            int count = 1 + _changes.Skip(_trimmed).SkipLast(1).Take(limit).ToList().FindLastIndex(c => c.At < before);
            _trimmed += count;
            return Task.FromResult(count);
        }
    }
}
