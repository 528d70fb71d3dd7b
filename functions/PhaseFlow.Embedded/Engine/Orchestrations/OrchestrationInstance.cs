using Microsoft.DurableTask.Client;
using PhaseFlow.Embedded.Engine.Persistence;

namespace PhaseFlow.Embedded.Engine.Orchestrations;

/// <summary>An orchestration instance in memory: its record, its living orchestrator when there is one, and what has come for it.</summary>
internal sealed class OrchestrationInstance(string id) : HotItem
{
    public string Id { get; } = id;

    /// <summary>False for an id that nothing was started with, or that was purged.</summary>
    public bool Exists { get; set; }

    public string Name { get; set; } = string.Empty;

    public OrchestrationRuntimeStatus Status { get; set; }

    public long Generation { get; set; }

    public int NextSeq { get; set; }

    public string? Input { get; set; }

    public string? Output { get; set; }

    public string? CustomStatus { get; set; }

    public string? Tags { get; set; }

    public DateTime CreatedAt { get; set; }

    public DateTime UpdatedAt { get; set; }

    /// <summary>The time of the last episode of this generation.</summary>
    public DateTime LastEpisode { get; set; }

    public OrchestrationExecution? Live { get; set; }

    /// <summary>The whole history of the generation, kept only when executions are not.</summary>
    public List<HistoryEvent>? History { get; set; }

    /// <summary>Events of the generation that the next batch stores.</summary>
    public List<HistoryEvent> Unwritten { get; set; } = [];

    /// <summary>Events that a new generation begins with and that have not been applied yet.</summary>
    public List<HistoryEvent>? Beginning { get; set; }

    public Queue<EngineMessage> Inbox { get; } = new();

    public override bool IsBusy => IsQueued || Inbox.Count > 0;

    public bool HasEnded => Status is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;

    public static OrchestrationInstance From(InstanceRow row) => new(row.Id)
    {
        Exists = true,
        Name = row.Name,
        Status = row.Status,
        Generation = row.Generation,
        NextSeq = row.NextSeq,
        Input = row.Input,
        Output = row.Output,
        CustomStatus = row.CustomStatus,
        Tags = row.Tags,
        CreatedAt = row.CreatedAt,
        UpdatedAt = row.UpdatedAt,
    };

    public InstanceRow ToRow() =>
        new(Id, Name, Status, Generation, NextSeq + Unwritten.Count, CreatedAt, UpdatedAt, Output, CustomStatus, Tags);

    public void Append(in HistoryEvent e)
    {
        Unwritten.Add(e);
        History?.Add(e);
    }

    public void DropLive()
    {
        Live?.Dispose();
        Live = null;
    }
}
