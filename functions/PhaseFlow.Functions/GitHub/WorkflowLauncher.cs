using System.Globalization;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Http;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Webhooks;

namespace PhaseFlow.Functions.GitHub;

/// <summary>Launches agents as runs of a workflow on GitHub (<c>workflow_dispatch</c>).</summary>
/// <remarks>
/// A dispatch has no idempotency key and answers without the id of its run. So each launch first looks for a run whose title holds the <c>adw_id</c>: the
/// workflow's <c>run-name</c> puts it there. The list of runs follows a dispatch by some seconds; what slips through is caught by the workflow itself,
/// which runs one run of a phase at a time and begins with a heartbeat that a past attempt is refused.
/// </remarks>
internal sealed class WorkflowLauncher(
    GitHubSettings settings,
    IReadOnlyDictionary<string, WorkflowOptions> types,
    IGitHubApi api,
    GitHubGate gate,
    IPhaseStore store,
    WebhookSecrets secrets,
    IPublicAddress address,
    TimeProvider time) : IAgentLauncher
{
    /// <summary>Characters of a prompt that a dispatch carries beside the other inputs: GitHub takes 65,535 for all.</summary>
    public const int LongestPrompt = 60_000;

    // The clocks of the two may differ.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    public IEnumerable<string> WorkflowTypes => types.Keys;

    public bool Handles(string workflowType) => types.ContainsKey(workflowType);

    public async Task LaunchAsync(AgentLaunch launch, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(launch);
        WorkflowOptions type = types[launch.Phase.WorkflowType];
        string queueId = QueueId.Format(launch.FeatureId, launch.Phase.Number);
        string prompt = AgentPrompt.Of(launch.FeatureTitle, launch.Phase, launch.TotalPhases);
        if (prompt.Length > LongestPrompt)
        {
            throw new AgentLaunchException(string.Create(
                CultureInfo.InvariantCulture, $"The prompt has {prompt.Length} characters; a workflow on GitHub can be given {LongestPrompt}."));
        }

        if (address.Url.Length == 0)
        {
            throw new InvalidOperationException("The host does not listen: an agent could not report.");
        }

        try
        {
            RepositoryName repository = type.Repository ?? settings.Require(launch.Repository);
            AttemptRecord? attempt = await store.GetAttemptAsync(queueId, launch.Attempt, cancellation);
            if (await FindRunAsync(repository, type, launch.AdwId, attempt, cancellation) is null)
            {
                await gate.SendAsync(
                    $"the workflow {type.Workflow} of {repository}",
                    () => api.DispatchAsync(repository, type.Workflow, type.Reference, Inputs(launch, queueId, prompt), cancellation));
            }
        }
        catch (GitHubException refusal) when (refusal.IsRefusal)
        {
            throw new AgentLaunchException($"The workflow was not started: {refusal.Message}.", refusal);
        }
    }

    /// <summary>Cancels the run. True where it has ended, or the attempt is none of these.</summary>
    public async Task<bool> StopAsync(AgentRef agent, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);
        if (await PlaceAsync(agent, cancellation) is not var (attempt, type, repository))
        {
            return true;
        }

        if (await FindRunAsync(repository, type, agent.AdwId, attempt, cancellation) is not { } run)
        {
            // It may have been dispatched a moment ago: the grace passes, and by then its first step finds the attempt over.
            return false;
        }

        if (!run.IsCompleted)
        {
            await gate.SendAsync($"run {run.Id} of {repository}", () => api.CancelRunAsync(repository, run.Id, cancellation));
            run = await FindRunAsync(repository, type, agent.AdwId, attempt, cancellation) ?? run;
        }

        return run.IsCompleted;
    }

    /// <summary>Now, while the run is queued or works: GitHub ends what has lost its runner. Else when it ended.</summary>
    public async Task<DateTimeOffset?> LastSignAsync(AgentRef agent, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return await PlaceAsync(agent, cancellation) is var (attempt, type, repository)
            && await FindRunAsync(repository, type, agent.AdwId, attempt, cancellation) is { } run
            ? run.IsCompleted ? run.UpdatedAt : time.GetUtcNow()
            : null;
    }

    /// <summary>Null: what a run says is read on GitHub.</summary>
    public Task<AgentOutput?> ReadOutputAsync(AgentRef agent, long offset, int limit, CancellationToken cancellation) =>
        Task.FromResult<AgentOutput?>(null);

    private async Task<(AttemptRecord Attempt, WorkflowOptions Type, RepositoryName Repository)?> PlaceAsync(AgentRef agent, CancellationToken cancellation)
    {
        AttemptRecord? attempt = await store.GetAttemptAsync(QueueId.Format(agent.FeatureId, agent.PhaseNumber), agent.Attempt, cancellation);
        if (attempt is null || !types.TryGetValue(attempt.WorkflowType, out WorkflowOptions? type))
        {
            return null;
        }

        PhaseBrief? brief = await store.GetPhaseBriefAsync(agent.FeatureId, agent.PhaseNumber, cancellation);
        return (type.Repository ?? settings.RepositoryOf(brief?.Feature.Repository)) is { } repository ? (attempt, type, repository) : null;
    }

    private async Task<RemoteRun?> FindRunAsync(
        RepositoryName repository, WorkflowOptions type, string adwId, AttemptRecord? attempt, CancellationToken cancellation)
    {
        DateTimeOffset since = (attempt?.LaunchedAt ?? time.GetUtcNow()) - ClockSkew;
        var runs = await gate.ReadAsync(
            $"the workflow {type.Workflow} of {repository}", () => api.ListRunsAsync(repository, type.Workflow, since, cancellation));
        return runs.Where(r => r.Title.Contains(adwId, StringComparison.Ordinal)).OrderBy(r => r.IsCompleted).ThenBy(r => r.Id).FirstOrDefault();
    }

    private Dictionary<string, string> Inputs(AgentLaunch launch, string queueId, string prompt) => new()
    {
        ["PHASEFLOW_URL"] = address.Url,
        ["PHASEFLOW_QUEUE_ID"] = queueId,
        ["PHASEFLOW_FEATURE_ID"] = Text(launch.FeatureId),
        ["PHASEFLOW_PHASE_NUMBER"] = Text(launch.Phase.Number),
        ["PHASEFLOW_ATTEMPT"] = Text(launch.Attempt),
        ["PHASEFLOW_ADW_ID"] = launch.AdwId,
        ["PHASEFLOW_WEBHOOK_SECRET"] = secrets.SecretText(queueId, launch.Attempt),
        ["PHASEFLOW_PROMPT"] = prompt,
        ["PHASEFLOW_ISSUE_NUMBER"] = launch.IssueNumber is { } number ? Text(number) : "",
        ["PHASEFLOW_ISSUE_URL"] = launch.IssueUrl ?? "",
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
