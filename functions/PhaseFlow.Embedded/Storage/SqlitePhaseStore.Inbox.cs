using System.Collections.Immutable;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Embedded.Storage;

/// <content>Reports and commands, kept from their arrival until a run has applied them.</content>
internal sealed partial class SqlitePhaseStore
{
    // The raw body is kept whole; what rides in histories and answers is not.
    private const int MaxStoredText = 4000;
    private const string InboxColumns = "feature_id, seq, received_at, report, command";

    public Task<ReportReceipt> ReceiveReportAsync(ReceivedReport report, DateTimeOffset now, Action<InboxEntry>? kept, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(report);
        return WriteAsync(
            session => Receive(session, report, now),
            canWait: false,
            receipt =>
            {
                if (receipt.Entry is { } entry)
                {
                    kept?.Invoke(entry);
                }

                return receipt.Entry is not null;
            },
            cancellation);
    }

    public Task<InboxEntry> ReceiveCommandAsync(
        int featureId, FeatureCommand command, DateTimeOffset now, Action<InboxEntry>? kept, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(command);
        return WriteAsync(
            session => AddCommand(session, featureId, command, now),
            canWait: false,
            entry =>
            {
                kept?.Invoke(entry);
                return kept is not null;
            },
            cancellation);
    }

    public Task<MessageOutcome?> GetOutcomeAsync(int featureId, long seq, CancellationToken cancellation) =>
        database.ReadAsync(
            session => session.QueryFirst(
                "SELECT outcome FROM inbox WHERE feature_id = ?1 AND seq = ?2 AND outcome IS NOT NULL",
                row => (MessageOutcome?)Enum.Parse<MessageOutcome>(row.GetString(0)),
                featureId,
                seq),
            cancellation);

    public Task<ImmutableArray<InboxEntry>> ListOpenInboxAsync(DateTimeOffset receivedBefore, CancellationToken cancellation) =>
        database.ReadAsync(
            session => session.Query(
                $"SELECT {InboxColumns} FROM inbox INDEXED BY inbox_open_by_feature WHERE outcome IS NULL AND received_at < ?1 ORDER BY received_at, feature_id, seq",
                ToInboxEntry,
                StoreJson.ToMilliseconds(receivedBefore)).ToImmutableArray(),
            cancellation);

    private ReportReceipt Receive(SqliteSession session, ReceivedReport received, DateTimeOffset now)
    {
        AgentReport report = received.Report with
        {
            Error = StoreJson.Cap(received.Report.Error, MaxStoredText),
            Summary = StoreJson.Cap(received.Report.Summary, MaxStoredText),
        };
        AttemptRecord attempt = FindAttempt(session, received.QueueId, report.Attempt)
            ?? throw new FeatureUnknownException($"Attempt {report.Attempt} of {received.QueueId} is reported but was never begun.");
        if (FindRepeated(session, received) is { } first)
        {
            return new ReportReceipt(ReceiptResult.Duplicate, first.Seq is { } seq ? FindOpen(session, attempt.FeatureId, seq) : null);
        }

        bool isAccepted = received.AdwIdMatches && attempt.Status == AttemptStatus.Live && IsNewest(session, received.QueueId, report.Attempt);
        InboxEntry? entry = null;
        if (isAccepted)
        {
            long seq = NextSeq(session, attempt.FeatureId);
            entry = new InboxEntry(attempt.FeatureId, seq, now) { Report = report with { Seq = seq } };
            AddToInbox(session, entry);
            session.Execute(
                """
                UPDATE attempts SET status = 'Closed', reported_at = ?3, completed = ?4, error = ?5, usage = ?6 WHERE queue_id = ?1 AND attempt = ?2
                """,
                received.QueueId,
                report.Attempt,
                StoreJson.ToMilliseconds(now),
                report.Completed,
                report.Error,
                StoreJson.WriteOrNull(report.Usage));
        }

        ReceiptResult result = isAccepted ? ReceiptResult.Accepted : ReceiptResult.Stale;
        session.Execute(
            """
            INSERT INTO reports (queue_id, attempt, delivery_id, from_agent, received_at, result, feature_id, seq, body)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """,
            received.QueueId,
            report.Attempt,
            received.DeliveryId,
            received.AdwIdMatches,
            StoreJson.ToMilliseconds(now),
            result.ToString(),
            attempt.FeatureId,
            entry?.Seq,
            received.Body);
        AddChange(
            session,
            ChangePayload.ReportReceived,
            attempt.FeatureId,
            received.QueueId,
            now,
            ChangePayload.OfReport(received.QueueId, report.Attempt, report.Completed, isAccepted ? "accepted" : "stale"));
        return new ReportReceipt(result, entry);
    }

    /// <summary>The report that this one repeats: of the same delivery, or the one that the attempt's own agent gave.</summary>
    private static Repeated? FindRepeated(SqliteSession session, ReceivedReport received) =>
        session.QueryFirst(
            """
            SELECT seq FROM reports WHERE queue_id = ?1 AND attempt = ?2 AND (delivery_id = ?3 OR from_agent = 1)
            ORDER BY seq IS NULL LIMIT 1
            """,
            row => new Repeated(row.IsDBNull(0) ? null : row.GetInt64(0)),
            received.QueueId,
            received.Report.Attempt,
            received.DeliveryId);

    private static InboxEntry? FindOpen(SqliteSession session, int featureId, long seq) =>
        session.QueryFirst(
            $"SELECT {InboxColumns} FROM inbox WHERE feature_id = ?1 AND seq = ?2 AND outcome IS NULL", ToInboxEntry, featureId, seq);

    private InboxEntry AddCommand(SqliteSession session, int featureId, FeatureCommand command, DateTimeOffset now)
    {
        long seq = NextSeq(session, featureId);
        var entry = new InboxEntry(featureId, seq, now) { Command = command with { Seq = seq } };
        AddToInbox(session, entry);
        if (command.Kind == CommandKind.Execute
            && session.Execute(
                "UPDATE features SET status = ?2, updated_at = ?3 WHERE id = ?1 AND status = ?4",
                featureId,
                nameof(FeatureStatus.InProgress),
                StoreJson.ToMilliseconds(now),
                nameof(FeatureStatus.Planned)) > 0)
        {
            AddChange(session, ChangePayload.FeatureChanged, featureId, null, now, ChangePayload.Of(featureId, FeatureStatus.InProgress));
        }

        return entry;
    }

    private static long NextSeq(SqliteSession session, int featureId) =>
        session.QueryFirst<long?>(
            "UPDATE features SET last_seq = last_seq + 1 WHERE id = ?1 RETURNING last_seq", row => row.GetInt64(0), featureId)
        ?? throw new FeatureUnknownException($"Feature {featureId} is not stored.");

    private static void AddToInbox(SqliteSession session, InboxEntry entry) =>
        session.Execute(
            "INSERT INTO inbox (feature_id, seq, received_at, report, command) VALUES (?1, ?2, ?3, ?4, ?5)",
            entry.FeatureId,
            entry.Seq,
            StoreJson.ToMilliseconds(entry.ReceivedAt),
            StoreJson.WriteOrNull(entry.Report),
            StoreJson.WriteOrNull(entry.Command));

    private static InboxEntry ToInboxEntry(SqliteRow row) => new(row.GetInt32(0), row.GetInt64(1), row.Time(2))
    {
        Report = StoreJson.ReadOrDefault<AgentReport>(row.Text(3)),
        Command = StoreJson.ReadOrDefault<FeatureCommand>(row.Text(4)),
    };

    private sealed record Repeated(long? Seq);
}
