using PhaseFlow.Core.Plans;

namespace PhaseFlow.Functions.Agents;

/// <summary>An attempt to launch.</summary>
public sealed record AgentLaunch
{
    public required int FeatureId { get; init; }

    public required string FeatureTitle { get; init; }

    public required string? Repository { get; init; }

    public required PhasePlan Phase { get; init; }

    /// <summary>How many phases the feature has.</summary>
    public required int TotalPhases { get; init; }

    public required int Attempt { get; init; }

    public required string AdwId { get; init; }

    public required int? IssueNumber { get; init; }

    public required string? IssueUrl { get; init; }
}

/// <summary>Names an attempt's agent.</summary>
public sealed record AgentRef(int FeatureId, int PhaseNumber, int Attempt, string AdwId);

/// <summary>A part of an attempt's captured output.</summary>
/// <param name="Text">The bytes from the offset on, as UTF-8 text.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="NextOffset">Where to go on.</param>
/// <param name="IsComplete">Whether the agent has ended and nothing more will come.</param>
/// <param name="IsTruncated">Whether output beyond the cap was dropped.</param>
public sealed record AgentOutput(string Text, long Offset, long NextOffset, bool IsComplete, bool IsTruncated);

/// <summary>Starts and stops the agents of some workflow types.</summary>
/// <remarks>Each operation is idempotent by <c>adw_id</c>: an attempt is never started twice, and never after it was stopped.</remarks>
public interface IAgentLauncher
{
    /// <summary>Whether it is responsible for a workflow type.</summary>
    bool Handles(string workflowType);

    /// <summary>The workflow types that it launches, as far as it can list them.</summary>
    IEnumerable<string> WorkflowTypes => [];

    /// <summary>Why it could not launch a workflow type that it handles, as one sentence; null where it could.</summary>
    string? Refusal(string workflowType) => null;

    /// <summary>
    /// Starts the agent. Throws <see cref="AgentLaunchException"/> where that cannot succeed, and <see cref="Remote.TryLaterException"/> where it
    /// has not been tried yet: the attempt then waits with its slot.
    /// </summary>
    Task LaunchAsync(AgentLaunch launch, CancellationToken cancellation);

    /// <summary>Stops the agent. True where it is known to be gone.</summary>
    Task<bool> StopAsync(AgentRef agent, CancellationToken cancellation);

    /// <summary>The last sign of life that the launcher itself can see, such as output; null where it sees none.</summary>
    Task<DateTimeOffset?> LastSignAsync(AgentRef agent, CancellationToken cancellation);

    /// <summary>The captured output; null where there is none.</summary>
    Task<AgentOutput?> ReadOutputAsync(AgentRef agent, long offset, int limit, CancellationToken cancellation);

    /// <summary>Whether the agent may still be at work as far as the launcher can see, whatever has become of its attempt.</summary>
    Task<bool> MayWorkAsync(AgentRef agent, CancellationToken cancellation) => Task.FromResult(false);

    /// <summary>Removes what is kept of an attempt of a feature that is kept no longer, such as its output. A repeat changes nothing.</summary>
    Task ForgetAsync(AgentRef agent, CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary>An agent cannot be launched, and trying again at once would not help.</summary>
public sealed class AgentLaunchException : Exception
{
    public AgentLaunchException()
    {
    }

    /// <summary>Whether its agent may be at work all the same: an earlier try of the launch was not answered.</summary>
    public bool MayHaveStarted { get; init; }

    public AgentLaunchException(string message)
        : base(message)
    {
    }

    public AgentLaunchException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
