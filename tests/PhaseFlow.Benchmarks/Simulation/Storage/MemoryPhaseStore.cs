using System.Collections.Immutable;
using System.Globalization;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Benchmarks.Simulation.Storage;

/// <summary>The store in memory, with everything that the contract of stores asks for. It outlives the process that is simulated.</summary>
internal sealed partial class MemoryPhaseStore : IPhaseStore
{
    private const int MaxStoredText = 4000;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, Feature> _features = [];
    private readonly Dictionary<string, (string Digest, int FeatureId)> _keys = new(StringComparer.Ordinal);
    private readonly List<Change> _changes = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Grows with each write that changes something.</summary>
    public long Version { get; private set; }

    /// <summary>What those who wait for changes wait by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public IReadOnlyList<Change> Changes => _changes;

    /// <summary>A mutation for tests: a run is not told what its feature may spend.</summary>
    public bool ForgetsCaps { get; init; }

    /// <summary>A mutation for tests: a run is given what is open in its inbox, the last first.</summary>
    public bool ReversesInboxes { get; init; }

    /// <summary>A mutation for tests: nobody is told what became of a command.</summary>
    public bool ForgetsOutcomes { get; init; }

    /// <summary>Is told of each entry that a run has applied or refused.</summary>
    public Action<InboxEntry, MessageOutcome> Settled { get; set; } = static (_, _) => { };

    /// <summary>Everything that was received and has not been settled.</summary>
    public IEnumerable<InboxEntry> OpenInbox => _features.Values.SelectMany(f => f.Open.Values);

    /// <summary>The runs of all features as published.</summary>
    public IEnumerable<FeatureRun> Features => _features.Values.Select(f => f.Run);

    /// <summary>The run of a feature as published.</summary>
    public FeatureRun RunOf(int featureId) => _features[featureId].Run;

    /// <summary>Whether nothing of any feature is left.</summary>
    public bool IsEmpty => _features.Count == 0 && _removals.Count == 0;

    /// <summary>Whether there is a feature.</summary>
    public bool Has(int featureId) => _features.ContainsKey(featureId);

    /// <summary>Whether an attempt of a phase was reported completed.</summary>
    public bool WasCompleted(int featureId, int phase) => _features[featureId].Attempts.Any(a => a.Key.Phase == phase && a.Value.Completed == true);

    public Task<FeatureCreation> CreateFeatureAsync(FeaturePlan plan, IdempotencyKey? idempotency, DateTimeOffset now, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (idempotency is not null && _keys.TryGetValue(idempotency.Key, out (string Digest, int FeatureId) used))
            {
                return Task.FromResult(new FeatureCreation(used.Digest == idempotency.BodyDigest ? CreationResult.Repeated : CreationResult.KeyReused, used.FeatureId));
            }

            int id = plan.Id ?? NextFreeId();
            if (_features.ContainsKey(id) || _retired.Contains(id))
            {
                return Task.FromResult(new FeatureCreation(CreationResult.IdTaken, id));
            }

            var feature = new Feature(plan with { Id = id, Phases = [] }, now) { ForgetsCap = ForgetsCaps };
            _features.Add(id, feature);
            AddPhases(feature, plan.Phases, now);
            AddChange(ChangePayload.FeatureChanged, id, null, now, ChangePayload.Of(id, FeatureStatus.Planned));
            if (idempotency is not null)
            {
                _keys.Add(idempotency.Key, (idempotency.BodyDigest, id));
            }

            return Task.FromResult(new FeatureCreation(CreationResult.Created, id));
        }
    }

    public Task<bool> SetPhasesAsync(int featureId, ImmutableArray<PhasePlan> phases, DateTimeOffset now, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_features.TryGetValue(featureId, out Feature? feature)
                || feature.Status != FeatureStatus.Planned || feature.Version > 0 || feature.Rows.Count > 0 || feature.Open.Count > 0)
            {
                return Task.FromResult(false);
            }

            AddPhases(feature, phases, now);
            feature.UpdatedAt = now;
            AddChange(ChangePayload.FeatureChanged, featureId, null, now, ChangePayload.Of(featureId, FeatureStatus.Planned));
            return Task.FromResult(true);
        }
    }

    public Task<InboxEntry?> AddPhaseAsync(int featureId, PhasePlan phase, int expectedPhaseCount, DateTimeOffset now, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_features.TryGetValue(featureId, out Feature? feature) || feature.Rows.Count != expectedPhaseCount || feature.Rows.ContainsKey(phase.Number))
            {
                return Task.FromResult<InboxEntry?>(null);
            }

            feature.Rows.Add(phase.Number, new Row(phase, null, now));
            return Task.FromResult<InboxEntry?>(AddCommand(
                feature, new FeatureCommand(0, CommandKind.AddPhase) { Phase = phase.Number, Rule = PhaseRule.Of(phase) }, now));
        }
    }

    public Task<StoredFeature?> GetFeatureAsync(int featureId, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult(_features.TryGetValue(featureId, out Feature? feature) ? feature.Show(withContents: true) : null);
        }
    }

    public Task<Page<StoredFeature>> ListFeaturesAsync(FeatureFilter filter, CancellationToken cancellation)
    {
        lock (_gate)
        {
            Feature[] all =
            [
                .. _features.Values.Reverse().Where(f => filter.Status is null || f.Status == filter.Status).Where(f =>
                    filter.Text is null || $"{f.Plan.Title}\n{f.Plan.Repository}\n{f.Plan.Description}".Contains(filter.Text, StringComparison.OrdinalIgnoreCase)),
            ];
            int limit = Math.Clamp(filter.Limit, 1, 200);
            long before = long.TryParse(filter.Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out long last) ? last : long.MaxValue;
            Feature[] rest = [.. all.Where(f => f.Id < before)];
            string? next = rest.Length > limit ? rest[limit - 1].Id.ToString(CultureInfo.InvariantCulture) : null;
            return Task.FromResult(new Page<StoredFeature>([.. rest.Take(limit).Select(f => f.Show(withContents: false))], next, all.Length));
        }
    }

    public Task<ImmutableArray<StoredFeature>> ListOpenFeaturesAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult<ImmutableArray<StoredFeature>>(
                [.. _features.Values.Where(f => f.Status is FeatureStatus.InProgress or FeatureStatus.Suspended).Select(f => f.Show(withContents: false))]);
        }
    }

    public Task<PhaseBrief?> GetPhaseBriefAsync(int featureId, int phaseNumber, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult(_features.TryGetValue(featureId, out Feature? feature) && feature.Rows.TryGetValue(phaseNumber, out Row? row)
                ? new PhaseBrief(
                    feature.Plan,
                    feature.Rows.Count,
                    row.Plan,
                    row.Plan.DependsOn.Distinct().ToImmutableSortedDictionary(d => d, d => feature.Rows.TryGetValue(d, out Row? other) ? other.Plan.Title : ""))
                : null);
        }
    }

    public Task<ChangePage> ReadChangesAsync(long after, int limit, CancellationToken cancellation)
    {
        lock (_gate)
        {
            ImmutableArray<Change> page = [.. _changes.Skip((int)Math.Clamp(after, _trimmed, int.MaxValue)).Take(Math.Clamp(limit, 1, 1000))];
            return Task.FromResult(ChangePage.After(after, page, _changes.Count));
        }
    }

    public async Task WaitForChangesAsync(long after, TimeSpan wait, CancellationToken cancellation)
    {
        Task changed;
        lock (_gate)
        {
            if (_changes.Count > after)
            {
                return;
            }

            changed = _changed.Task;
        }

        await Task.WhenAny(changed, Task.Delay(wait, Time, cancellation));
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Forgets everything, also what it has removed.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            Version++;
            _features.Clear();
            _keys.Clear();
            _changes.Clear();
            _retired.Clear();
            _removals.Clear();
            _trimmed = 0;
        }
    }

    public Task CheckAsync(CancellationToken cancellation) => Task.CompletedTask;

    private static void AddPhases(Feature feature, ImmutableArray<PhasePlan> phases, DateTimeOffset now)
    {
        foreach (PhasePlan phase in phases)
        {
            feature.Rows.Add(phase.Number, new Row(phase, new PhaseState { Number = phase.Number, Rule = PhaseRule.Of(phase) }, now));
        }
    }

    private int NextFreeId()
    {
        long next = Math.Max(_features.Keys.LastOrDefault(), _retired.Max) + 1L;
        return next <= int.MaxValue ? (int)next : Enumerable.Range(1, int.MaxValue).First(id => !_features.ContainsKey(id) && !_retired.Contains(id));
    }

    private void AddChange(string type, int featureId, string? queueId, DateTimeOffset now, string data)
    {
        Version++;
        _changes.Add(new Change(_changes.Count + 1, type, featureId, queueId, now, data));
        TaskCompletionSource wake = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        wake.SetResult();
    }

    private sealed record Row(PhasePlan Plan, PhaseState? State, DateTimeOffset UpdatedAt);

    private sealed class Feature(FeaturePlan plan, DateTimeOffset createdAt)
    {
        public FeaturePlan Plan { get; } = plan;

        public bool ForgetsCap { get; init; }

        public int Id => Plan.Id!.Value;

        public FeatureStatus Status { get; set; }

        public bool Cancelling { get; set; }

        public long Version { get; set; }

        public InboxPosition Inbox { get; set; } = InboxPosition.Start;

        public DateTimeOffset CreatedAt { get; } = createdAt;

        public DateTimeOffset UpdatedAt { get; set; } = createdAt;

        public long LastSeq { get; set; }

        public SortedDictionary<int, Row> Rows { get; } = [];

        /// <summary>What has been received and not been settled.</summary>
        public SortedDictionary<long, InboxEntry> Open { get; } = [];

        /// <summary>What became of what has been settled.</summary>
        public Dictionary<long, MessageOutcome> Outcomes { get; } = [];

        public SortedDictionary<(int Phase, int Attempt), AttemptRecord> Attempts { get; } = [];

        public List<StoredReport> Reports { get; } = [];

        public FeatureRun Run => new()
        {
            FeatureId = Id,
            Priority = Plan.Priority,
            MaxCostUsd = ForgetsCap ? null : Plan.MaxCostUsd,
            Status = Status,
            Cancelling = Cancelling,
            Version = Version,
            Inbox = Inbox,
            Phases = PhaseTable.Of(Rows.Values.Select(r => r.State).OfType<PhaseState>()),
        };

        public StoredFeature Show(bool withContents) => new()
        {
            Plan = Plan with { Phases = [.. Rows.Values.Select(r => withContents ? r.Plan : r.Plan with { Content = "" })] },
            Run = Run,
            CreatedAt = CreatedAt,
            UpdatedAt = UpdatedAt,
            PhaseUpdatedAt = Rows.ToImmutableSortedDictionary(r => r.Key, r => r.Value.UpdatedAt),
        };
    }
}
