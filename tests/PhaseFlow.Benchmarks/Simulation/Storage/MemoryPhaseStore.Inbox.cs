using System.Collections.Immutable;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Benchmarks.Simulation.Storage;

/// <content>Attempts, and what is received for them.</content>
internal sealed partial class MemoryPhaseStore
{
    /// <summary>A mutation for tests: what was received before is not recognised.</summary>
    public bool ForgetsReports { get; init; }

    public Task<AttemptRecord> BeginAttemptAsync(AttemptStart start, DateTimeOffset now, CancellationToken cancellation)
    {
        lock (_gate)
        {
            Feature feature = Require(start.FeatureId);
            if (feature.Attempts.TryGetValue((start.PhaseNumber, start.Attempt), out AttemptRecord? known))
            {
                return Task.FromResult(known);
            }

            int over = feature.Rows.GetValueOrDefault(start.PhaseNumber)?.State is { } state ? LastOver(state) : 0;
            bool isLive = IsNewest(feature, start.PhaseNumber, start.Attempt) && over < start.Attempt;
            return Task.FromResult(AddAttempt(feature, start, isLive ? AttemptStatus.Live : AttemptStatus.Closed, now));
        }
    }

    public Task CloseAttemptAsync(AttemptStart start, DateTimeOffset now, CancellationToken cancellation)
    {
        lock (_gate)
        {
            Feature feature = Require(start.FeatureId);
            if (feature.Attempts.TryGetValue((start.PhaseNumber, start.Attempt), out AttemptRecord? known))
            {
                Version++;
                feature.Attempts[(start.PhaseNumber, start.Attempt)] = known with { Status = AttemptStatus.Closed };
            }
            else
            {
                AddAttempt(feature, start, AttemptStatus.Closed, now);
            }

            return Task.CompletedTask;
        }
    }

    public Task<AttemptRecord?> GetAttemptAsync(string queueId, int attempt, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult(Find(queueId, attempt));
        }
    }

    public Task<ImmutableArray<AttemptRecord>> ListAttemptsAsync(int featureId, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult<ImmutableArray<AttemptRecord>>(_features.TryGetValue(featureId, out Feature? feature) ? [.. feature.Attempts.Values] : []);
        }
    }

    public Task<bool> HeartbeatAsync(string queueId, int attempt, DateTimeOffset now, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (Find(queueId, attempt) is not { Status: AttemptStatus.Live } record)
            {
                return Task.FromResult(false);
            }

            Version++;
            _features[record.FeatureId].Attempts[(record.PhaseNumber, attempt)] =
                record with { HeartbeatAt = record.HeartbeatAt > now ? record.HeartbeatAt : now };
            return Task.FromResult(true);
        }
    }

    public Task<ReportReceipt> ReceiveReportAsync(ReceivedReport report, DateTimeOffset now, Action<InboxEntry>? kept, CancellationToken cancellation)
    {
        ReportReceipt receipt = Receive(report, now);
        if (receipt.Entry is { } entry)
        {
            kept?.Invoke(entry);
        }

        return Task.FromResult(receipt);
    }

    private ReportReceipt Receive(ReceivedReport report, DateTimeOffset now)
    {
        lock (_gate)
        {
            AgentReport said = report.Report with { Error = Cap(report.Report.Error), Summary = Cap(report.Report.Summary) };
            AttemptRecord attempt = Find(report.QueueId, said.Attempt)
                ?? throw new FeatureUnknownException($"Attempt {said.Attempt} of {report.QueueId} is reported but was never begun.");
            Feature feature = _features[attempt.FeatureId];
            StoredReport? first = ForgetsReports ? null : feature.Reports
                .Where(r => r.QueueId == report.QueueId && r.Attempt == said.Attempt && (r.DeliveryId == report.DeliveryId || r.FromAgent))
                .OrderBy(r => r.Seq is null).FirstOrDefault();
            if (first is not null)
            {
                return new ReportReceipt(ReceiptResult.Duplicate, first.Seq is { } seq ? feature.Open.GetValueOrDefault(seq) : null);
            }

            bool isAccepted = report.AdwIdMatches && (attempt.Status == AttemptStatus.Live || ForgetsReports)
                && IsNewest(feature, attempt.PhaseNumber, said.Attempt);
            InboxEntry? entry = null;
            if (isAccepted)
            {
                entry = new InboxEntry(feature.Id, ++feature.LastSeq, now) { Report = said with { Seq = feature.LastSeq } };
                feature.Open.Add(entry.Seq, entry);
                feature.Attempts[(attempt.PhaseNumber, attempt.Attempt)] = attempt with
                {
                    Status = AttemptStatus.Closed,
                    ReportedAt = now,
                    Completed = said.Completed,
                    Error = said.Error,
                    Usage = said.Usage,
                };
            }

            feature.Reports.Add(new StoredReport(report.QueueId, said.Attempt, report.DeliveryId, report.AdwIdMatches, entry?.Seq));
            AddChange(
                ChangePayload.ReportReceived,
                feature.Id,
                report.QueueId,
                now,
                ChangePayload.OfReport(report.QueueId, said.Attempt, said.Completed, isAccepted ? "accepted" : "stale"));
            return new ReportReceipt(isAccepted ? ReceiptResult.Accepted : ReceiptResult.Stale, entry);
        }
    }

    public async Task<InboxEntry> ReceiveCommandAsync(
        int featureId, FeatureCommand command, DateTimeOffset now, Action<InboxEntry>? kept, CancellationToken cancellation)
    {
        InboxEntry entry = await ReceiveAsync(featureId, command, now);
        kept?.Invoke(entry);
        return entry;
    }

    public Task<MessageOutcome?> GetOutcomeAsync(int featureId, long seq, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult(
                !ForgetsOutcomes && _features.TryGetValue(featureId, out Feature? feature) && feature.Outcomes.TryGetValue(seq, out MessageOutcome outcome) ? outcome : (MessageOutcome?)null);
        }
    }

    private Task<InboxEntry> ReceiveAsync(int featureId, FeatureCommand command, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!_features.TryGetValue(featureId, out Feature? feature))
            {
                return Task.FromException<InboxEntry>(new FeatureUnknownException($"Feature {featureId} is not stored."));
            }

            if (command.Kind == CommandKind.Execute && feature.Status == FeatureStatus.Planned)
            {
                feature.Status = FeatureStatus.InProgress;
                feature.UpdatedAt = now;
                AddChange(ChangePayload.FeatureChanged, featureId, null, now, ChangePayload.Of(featureId, FeatureStatus.InProgress));
            }

            return Task.FromResult(AddCommand(feature, command, now));
        }
    }

    public Task<ImmutableArray<InboxEntry>> ListOpenInboxAsync(DateTimeOffset receivedBefore, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult<ImmutableArray<InboxEntry>>(
            [
                .. _features.Values.SelectMany(f => f.Open.Values).Where(e => e.ReceivedAt < receivedBefore)
                    .OrderBy(e => e.ReceivedAt).ThenBy(e => e.FeatureId).ThenBy(e => e.Seq),
            ]);
        }
    }

    private Feature Require(int featureId) =>
        _features.GetValueOrDefault(featureId) ?? throw new FeatureUnknownException($"Feature {featureId} is not stored.");

    private static bool IsNewest(Feature feature, int phase, int attempt) => !feature.Attempts.Keys.Any(k => k.Phase == phase && k.Attempt > attempt);

    private static int LastOver(PhaseState row) => row.Status.HoldsSlot() || row.Status == PhaseStatus.Ready ? row.Attempt - 1 : row.Attempt;

    private static string? Cap(string? text) =>
        text is null || text.Length <= MaxStoredText ? text : text[..(char.IsHighSurrogate(text[MaxStoredText - 1]) ? MaxStoredText - 1 : MaxStoredText)];

    private AttemptRecord? Find(string queueId, int attempt) =>
        QueueId.TryParse(queueId, out int featureId, out int phase) && _features.TryGetValue(featureId, out Feature? feature)
            ? feature.Attempts.GetValueOrDefault((phase, attempt))
            : null;

    private AttemptRecord AddAttempt(Feature feature, AttemptStart start, AttemptStatus status, DateTimeOffset now)
    {
        Version++;
        var record = new AttemptRecord
        {
            QueueId = QueueId.Format(start.FeatureId, start.PhaseNumber),
            FeatureId = start.FeatureId,
            PhaseNumber = start.PhaseNumber,
            Attempt = start.Attempt,
            AdwId = start.AdwId,
            WorkflowType = start.WorkflowType,
            Status = status,
            LaunchedAt = now,
        };
        feature.Attempts.Add((start.PhaseNumber, start.Attempt), record);
        return record;
    }

    private InboxEntry AddCommand(Feature feature, FeatureCommand command, DateTimeOffset now)
    {
        Version++;
        var entry = new InboxEntry(feature.Id, ++feature.LastSeq, now) { Command = command with { Seq = feature.LastSeq } };
        feature.Open.Add(entry.Seq, entry);
        return entry;
    }

    private sealed record StoredReport(string QueueId, int Attempt, string DeliveryId, bool FromAgent, long? Seq);
}
