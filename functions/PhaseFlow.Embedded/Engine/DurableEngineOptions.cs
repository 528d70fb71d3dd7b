namespace PhaseFlow.Embedded.Engine;

/// <summary>How the durable engine runs.</summary>
internal sealed class DurableEngineOptions
{
    /// <summary>How many orchestrations, and how many entities, stay in memory between their steps. Default 10,000.</summary>
    public int HotInstances { get; set; } = 10_000;

    /// <summary>Forget every execution after each step and replay it at the next, and pass every entity state through JSON. Default false.</summary>
    public bool ReplayAlways { get; set; }

    /// <summary>How many activities run at once. Most of them wait for a flush most of the time. Default 512.</summary>
    public int MaxConcurrentActivities { get; set; } = 512;

    /// <summary>How many steps of instances and entities one transaction takes at most; what is left goes into the next. Default 10,000.</summary>
    public int MaxStepsPerBatch { get; set; } = 10_000;

    /// <summary>
    /// Activities that write to the engine's own file, or find there what was written because of them, before they do anything outside. They start when their batch
    /// is handed to the writer: what they write comes after it in the log. All others start when it is on disk. Default none.
    /// </summary>
    public IReadOnlySet<string> WriteFirst { get; set; } = new HashSet<string>();

    /// <summary>Makes the ids of instances that are started without one.</summary>
    public Func<Guid> NewId { get; set; } = Guid.NewGuid;
}
