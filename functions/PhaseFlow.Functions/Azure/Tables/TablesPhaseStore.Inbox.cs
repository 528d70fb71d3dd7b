using Azure.Data.Tables;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Feed;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <content>Reports and commands, kept from their arrival until a run has applied them.</content>
internal sealed partial class TablesPhaseStore
{
    // The raw body is kept whole; what rides in histories and answers is not.
    private const int MaxStoredText = 4000;

    public async Task<ReportReceipt> ReceiveReportAsync(ReceivedReport report, DateTimeOffset now, Action<InboxEntry>? kept, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (!QueueId.TryParse(report.QueueId, out int feature, out int phase))
        {
            throw NeverBegun(report);
        }

        ReportReceipt receipt = await _writer.RunAsync(feature, () => ReceiveAsync(feature, phase, report, now, cancellation), cancellation);
        if (receipt.Entry is { } entry)
        {
            kept?.Invoke(entry);
        }

        return receipt;
    }

    public async Task<InboxEntry> ReceiveCommandAsync(
        int featureId, FeatureCommand command, DateTimeOffset now, Action<InboxEntry>? kept, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(command);
        InboxEntry received = await _writer.RunAsync(
            featureId,
            async () =>
            {
                var write = new FeatureWrite(await RequireAsync(featureId, RowKeys.InboxStart, cancellation));
                var group = new RowGroup();
                write.Before.Add(group);
                InboxEntry entry = Receive(write, group, seq => new InboxEntry(featureId, seq, now) { Command = command with { Seq = seq } });
                if (command.Kind == CommandKind.Execute && write.From.Feature.Status == FeatureStatus.Planned)
                {
                    write.Feature["UpdatedAt"] = now;
                    SetStatus(write, group, FeatureStatus.InProgress, now);
                }

                await CommitAsync(write, cancellation);
                return entry;
            },
            cancellation);
        kept?.Invoke(received);
        return received;
    }

    public async Task<MessageOutcome?> GetOutcomeAsync(int featureId, long seq, CancellationToken cancellation) =>
        (await _tables.Features.FindAsync(RowKeys.Partition(featureId), RowKeys.Settled(seq), cancellation))?.GetString("Outcome") is { } outcome
            ? Enum.Parse<MessageOutcome>(outcome)
            : null;

    /// <summary>Gives an entry the next number of the inbox and writes it with the rest.</summary>
    private static InboxEntry Receive(FeatureWrite write, RowGroup group, Func<long, InboxEntry> entryOf)
    {
        long seq = write.From.Feature.LastSeq + 1;
        InboxEntry entry = entryOf(seq);
        group.Add(InboxRow.ToEntity(RowKeys.Inbox(seq), entry));
        write.Feature["LastSeq"] = seq;
        return entry;
    }

    private static FeatureUnknownException NeverBegun(ReceivedReport report) =>
        new($"Attempt {report.Report.Attempt} of {report.QueueId} is reported but was never begun.");

    private async Task<ReportReceipt> ReceiveAsync(int featureId, int phase, ReceivedReport received, DateTimeOffset now, CancellationToken cancellation)
    {
        AgentReport report = received.Report with
        {
            Error = StoreJson.Cap(received.Report.Error, MaxStoredText),
            Summary = StoreJson.Cap(received.Report.Summary, MaxStoredText),
        };
        string deliveryKey = RowKeys.Report(phase, report.Attempt, received.DeliveryId);
        Task<TableEntity?> delivery = _tables.Features.FindAsync(RowKeys.Partition(featureId), deliveryKey, cancellation, ["Seq"]);
        FeaturePartition? read = await ReadAsync(featureId, RowKeys.AttemptEnd, cancellation);
        TableEntity? repeated = await delivery;
        if (read?.Attempt(phase, report.Attempt) is not { } attempt)
        {
            throw NeverBegun(received);
        }

        if (repeated is not null || attempt.HasReported)
        {
            long? first = repeated?.GetInt64("Seq") ?? attempt.ReportSeq;
            return new ReportReceipt(ReceiptResult.Duplicate, read.Inbox.Find(i => i.Entry.Seq == first)?.Entry);
        }

        bool isAccepted = received.AdwIdMatches && attempt.IsLive && read.IsNewest(phase, report.Attempt);
        var write = new FeatureWrite(read);
        var group = new RowGroup();
        write.Before.Add(group);
        InboxEntry? entry = isAccepted
            ? Receive(write, group, seq => new InboxEntry(featureId, seq, now) { Report = report with { Seq = seq } })
            : null;
        if (received.AdwIdMatches)
        {
            group.Merge(Reported(attempt, report, entry, now), attempt.Row.ETag);
        }

        group.Add(ToEntity(deliveryKey, received, entry, now));
        group.Say(
            ChangePayload.ReportReceived,
            received.QueueId,
            now,
            ChangePayload.OfReport(received.QueueId, report.Attempt, report.Completed, isAccepted ? "accepted" : "stale"));
        await _writer.CommitAsync(write, cancellation);
        return new ReportReceipt(isAccepted ? ReceiptResult.Accepted : ReceiptResult.Stale, entry);
    }

    private static TableEntity Reported(AttemptRow attempt, AgentReport report, InboxEntry? entry, DateTimeOffset now)
    {
        TableEntity change = entry is null ? attempt.Change() : attempt.Close();
        change["HasReported"] = true;
        if (entry is not null)
        {
            change["ReportSeq"] = entry.Seq;
            change["ReportedAt"] = now;
            change["Completed"] = report.Completed;
            change.SetText("Error", report.Error);
            change.SetText("Usage", StoreJson.WriteOrNull(report.Usage));
        }

        return change;
    }

    /// <summary>The report as it came.</summary>
    private static TableEntity ToEntity(string key, ReceivedReport received, InboxEntry? entry, DateTimeOffset now)
    {
        var row = new TableEntity(RowKeys.Partition(received.FeatureId), key)
        {
            ["FromAgent"] = received.AdwIdMatches,
            ["ReceivedAt"] = now,
            ["Result"] = (entry is null ? ReceiptResult.Stale : ReceiptResult.Accepted).ToString(),
        };
        row.SetText("Delivery", received.DeliveryId);
        row.SetText("Body", received.Body);
        if (entry is not null)
        {
            row["Seq"] = entry.Seq;
        }

        return row;
    }
}
