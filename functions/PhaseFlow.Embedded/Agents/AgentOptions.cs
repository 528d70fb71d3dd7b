namespace PhaseFlow.Embedded.Agents;

/// <summary>Settings of the agents that run as local processes: <c>PhaseFlow__Agents__{workflow_type}__…</c>.</summary>
internal sealed class AgentOptions
{
    public const string Section = "PhaseFlow:Agents";

    /// <summary>By workflow type, whatever the case: that is how settings are compared.</summary>
    public Dictionary<string, AgentTypeOptions> Types { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>Settings of one workflow type.</summary>
internal sealed class AgentTypeOptions
{
    /// <summary>What <c>sh</c> runs for an attempt. Default none: the workflow type is not run here.</summary>
    public string? Command { get; set; }

    /// <summary>Where the command runs, relative to the settings file that says it, else to where the host was started. Default: a folder of the feature's own in the data folder.</summary>
    public string? WorkingDirectory { get; set; }

    /// <summary>Bytes of output that are kept of an attempt: three quarters from the beginning, the rest from the end. Default 10 MiB.</summary>
    public long OutputLimit { get; set; } = 10 * 1024 * 1024;

    /// <summary>For <c>shell</c> alone: whether the shell block of a phase may be run. Default false, because whoever submits a phase then runs code here.</summary>
    public bool Enabled { get; set; }
}
