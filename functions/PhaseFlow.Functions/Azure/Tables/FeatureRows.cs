using System.Collections.Immutable;
using System.Globalization;
using Azure;
using Azure.Data.Tables;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Azure.Tables;

/// <summary>The feature's own row. Every write of its partition changes it on condition of its ETag, so that they happen one after the other.</summary>
internal sealed record FeatureRow(int Id, ETag ETag)
{
    public required FeaturePlan Plan { get; init; }

    /// <summary>Which submission made it.</summary>
    public required string Creation { get; init; }

    /// <summary>The row of the key that it was submitted with; null where it had none.</summary>
    public required string? Key { get; init; }

    /// <summary>Whether it was taken out: what is left of it is nobody's feature any more.</summary>
    public required bool Removing { get; init; }

    /// <summary>Which plan's phases are its phases.</summary>
    public required string PlanKey { get; init; }

    public required FeatureStatus Status { get; init; }

    public required bool Cancelling { get; init; }

    public required long Version { get; init; }

    /// <summary>The version whose publication began and may have stopped half-way.</summary>
    public required long Writing { get; init; }

    public required InboxPosition Inbox { get; init; }

    public required long LastSeq { get; init; }

    public required long LastOutbox { get; init; }

    /// <summary>Whether the index knows that there may be work in the inbox or the outbox.</summary>
    public required bool Working { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public static FeatureRow Of(TableEntity row)
    {
        int id = row.GetInt32("Id")!.Value;
        return new FeatureRow(id, row.ETag)
        {
            Plan = new FeaturePlan
            {
                Id = id,
                Title = row.GetString("Title"),
                Description = row.RequiredText("Description"),
                Repository = row.GetString("Repository"),
                Priority = row.GetInt32("Priority")!.Value,
                MaxCostUsd = row.GetString("MaxCostUsd") is { } cap ? decimal.Parse(cap, CultureInfo.InvariantCulture) : null,
                Phases = [],
            },
            Creation = row.GetString("Creation"),
            Key = row.GetString("Key"),
            Removing = row.GetBoolean("Removing") ?? false,
            PlanKey = row.GetString("Plan"),
            Status = row.Name<FeatureStatus>("Status"),
            Cancelling = row.GetBoolean("Cancelling") ?? false,
            Version = row.GetInt64("Version") ?? 0,
            Writing = row.GetInt64("Writing") ?? 0,
            Inbox = StoreJson.ReadOrDefault<InboxPosition>(row.Text("Inbox")) ?? InboxPosition.Start,
            LastSeq = row.GetInt64("LastSeq") ?? 0,
            LastOutbox = row.GetInt64("LastOutbox") ?? 0,
            Working = row.GetBoolean("Working") ?? false,
            CreatedAt = row.GetDateTimeOffset("CreatedAt")!.Value,
            UpdatedAt = row.GetDateTimeOffset("UpdatedAt")!.Value,
        };
    }
}

/// <summary>A phase as planned and as it runs; no state until the run has it.</summary>
internal sealed record PhaseRow(TableEntity Row, PhasePlan Plan, string? StateJson, DateTimeOffset UpdatedAt)
{
    public PhaseState? State => StoreJson.ReadOrDefault<PhaseState>(StateJson);

    public static PhaseRow Of(TableEntity row) => new(
        row, StoreJson.Read<PhasePlan>(row.RequiredText("Plan")), row.Text("State"), row.GetDateTimeOffset("UpdatedAt")!.Value);

    /// <summary>The rows of a phase that is planned: the phase, and apart from it what its agent is told.</summary>
    public static TableEntity[] ToEntities(string partition, string planKey, PhasePlan phase, PhaseState? state, DateTimeOffset now)
    {
        var row = new TableEntity(partition, RowKeys.Phase(planKey, phase.Number)) { ["UpdatedAt"] = now };
        row.SetText("Plan", StoreJson.Write(phase with { Content = "" }));
        row.SetText("State", StoreJson.WriteOrNull(state));
        var content = new TableEntity(partition, RowKeys.Content(planKey, phase.Number)) { ["Number"] = phase.Number };
        content.SetText("Content", phase.Content);
        return [row, content];
    }
}

/// <summary>An entry of the inbox that no run has applied.</summary>
internal sealed record InboxRow(TableEntity Row, InboxEntry Entry)
{
    public static InboxRow Of(TableEntity row) => new(
        row,
        new InboxEntry(row.GetInt32("Feature")!.Value, row.GetInt64("Seq")!.Value, row.GetDateTimeOffset("ReceivedAt")!.Value)
        {
            Report = StoreJson.ReadOrDefault<AgentReport>(row.Text("Report")),
            Command = StoreJson.ReadOrDefault<FeatureCommand>(row.Text("Command")),
        });

    public static TableEntity ToEntity(string rowKey, InboxEntry entry)
    {
        var row = new TableEntity(RowKeys.Partition(entry.FeatureId), rowKey)
        {
            ["Feature"] = entry.FeatureId,
            ["Seq"] = entry.Seq,
            ["ReceivedAt"] = entry.ReceivedAt,
        };
        row.SetText("Report", StoreJson.WriteOrNull(entry.Report));
        row.SetText("Command", StoreJson.WriteOrNull(entry.Command));
        return row;
    }
}

/// <summary>What is to be told to the change feed and the index. It is written with the rows that it is about.</summary>
internal sealed record OutboxRow(TableEntity Row, long Seq, ImmutableArray<OutboxChange> Changes)
{
    public static OutboxRow Of(TableEntity row) => new(
        row, row.GetInt64("Seq")!.Value, [.. StoreJson.Read<OutboxChange[]>(row.RequiredText("Changes"))]);

    public static OutboxRow New(int featureId, long seq, IEnumerable<OutboxChange> changes)
    {
        var row = new TableEntity(RowKeys.Partition(featureId), RowKeys.Outbox(seq)) { ["Seq"] = seq };
        OutboxChange[] list = [.. changes];
        row.SetText("Changes", StoreJson.Write(list));
        return new OutboxRow(row, seq, [.. list]);
    }
}

/// <summary>A change that waits for its place in the feed.</summary>
internal sealed record OutboxChange(string Type, string? QueueId, DateTimeOffset At, string Data);
