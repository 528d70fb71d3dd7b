using Azure.Data.Tables;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>An attempt as stored.</summary>
/// <param name="Row">The row.</param>
/// <param name="Record">What it says.</param>
/// <param name="HasReported">Whether its own agent's report has come, accepted or stale.</param>
/// <param name="ReportSeq">That report's number in the inbox, where it was accepted.</param>
internal sealed record AttemptRow(TableEntity Row, AttemptRecord Record, bool HasReported, long? ReportSeq)
{
    public bool IsLive => Record.Status == AttemptStatus.Live;

    public static AttemptRow Of(TableEntity row) => new(
        row,
        new AttemptRecord
        {
            QueueId = QueueId.Format(row.GetInt32("Feature")!.Value, row.GetInt32("Phase")!.Value),
            FeatureId = row.GetInt32("Feature")!.Value,
            PhaseNumber = row.GetInt32("Phase")!.Value,
            Attempt = row.GetInt32("Attempt")!.Value,
            AdwId = row.GetString("AdwId"),
            WorkflowType = row.GetString("WorkflowType"),
            Status = row.Name<AttemptStatus>("Status"),
            LaunchedAt = row.GetDateTimeOffset("LaunchedAt")!.Value,
            HeartbeatAt = row.GetDateTimeOffset("HeartbeatAt"),
            ReportedAt = row.GetDateTimeOffset("ReportedAt"),
            Completed = row.GetBoolean("Completed"),
            Error = row.Text("Error"),
            Usage = StoreJson.ReadOrDefault<AgentUsage>(row.Text("Usage")),
        },
        row.GetBoolean("HasReported") ?? false,
        row.GetInt64("ReportSeq"));

    public static TableEntity ToEntity(AttemptStart start, AttemptStatus status, DateTimeOffset now) =>
        new(RowKeys.Partition(start.FeatureId), RowKeys.Attempt(start.PhaseNumber, start.Attempt))
        {
            ["Feature"] = start.FeatureId,
            ["Phase"] = start.PhaseNumber,
            ["Attempt"] = start.Attempt,
            ["AdwId"] = start.AdwId,
            ["WorkflowType"] = start.WorkflowType,
            ["Status"] = status.ToString(),
            ["LaunchedAt"] = now,
        };

    /// <summary>A merge of this row.</summary>
    public TableEntity Change() => new(Row.PartitionKey, Row.RowKey);

    public TableEntity Close()
    {
        TableEntity change = Change();
        change["Status"] = nameof(AttemptStatus.Closed);
        return change;
    }
}
