namespace PhaseFlow.Functions.Agents;

/// <summary>Launches nothing: the attempt waits for the report of an agent that something else starts.</summary>
public sealed class ExternalLauncher : IAgentLauncher
{
    public IEnumerable<string> WorkflowTypes => [Core.Plans.WorkflowTypes.External];

    public bool Handles(string workflowType) => workflowType == Core.Plans.WorkflowTypes.External;

    public Task LaunchAsync(AgentLaunch launch, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>True: no agent here outlives the attempt, and what an outside one says later is stale.</summary>
    public Task<bool> StopAsync(AgentRef agent, CancellationToken cancellation) => Task.FromResult(true);

    public Task<DateTimeOffset?> LastSignAsync(AgentRef agent, CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);

    public Task<AgentOutput?> ReadOutputAsync(AgentRef agent, long offset, int limit, CancellationToken cancellation) =>
        Task.FromResult<AgentOutput?>(null);
}
