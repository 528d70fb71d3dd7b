using System.Collections.Immutable;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using PhaseFlow.Core.Plans;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Remote;
using PhaseFlow.Functions.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Agents;

/// <summary>An attempt to launch.</summary>
/// <param name="Agent">The attempt.</param>
/// <param name="WorkflowType">Chooses the launcher.</param>
/// <param name="IssueNumber">The issue that it works on; null where the phase has none yet.</param>
/// <param name="Dependencies">What the phase depends on, for a new issue.</param>
public sealed record LaunchRequest(AgentRef Agent, string WorkflowType, int? IssueNumber, ImmutableArray<PhaseIssue> Dependencies);

/// <summary>The outcome of a launch.</summary>
/// <param name="IssueNumber">The issue of the phase, where there is one.</param>
/// <param name="Error">Null where the launcher has the attempt, else why it cannot.</param>
public sealed record LaunchResult(int? IssueNumber, string? Error)
{
    /// <summary>Where the issue or the launcher was not to be had yet: when to ask again, and why. The attempt has not been launched.</summary>
    public RemoteDelay? Delay { get; init; }

    /// <summary>Whether the agent may be at work in spite of the error.</summary>
    public bool MayHaveStarted { get; init; }

    /// <summary>Whether the limiter does not have the slot of the attempt: nothing was done.</summary>
    public bool LacksSlot { get; init; }
}

/// <summary>An attempt's agent to stop or to ask after.</summary>
public sealed record CancelRequest(AgentRef Agent, string WorkflowType);

/// <summary>
/// Launches the agent of an attempt, on the issue of its phase: found by its hidden marker, or else created just now. A repeat is a no-op by the
/// marker and by the <c>adw_id</c>.
/// </summary>
/// <remarks>The issue is not an activity of its own: between a report and the next launch each durable step is waited for.</remarks>
public sealed class LaunchAgentActivity(IPhaseStore store, IEnumerable<IAgentLauncher> launchers, IIssueTracker issues, ISlotProof proof, TimeProvider time)
{
    [Function(nameof(LaunchAgentActivity))]
    public async Task<LaunchResult> RunAsync([ActivityTrigger] LaunchRequest request, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        AgentRef agent = request.Agent;
        Task<bool> proving = proof.HasSlotAsync(client, agent, cancellation);
        PhaseBrief? brief = await store.GetPhaseBriefAsync(agent.FeatureId, agent.PhaseNumber, cancellation);
        if (!await proving)
        {
            return new LaunchResult(request.IssueNumber, Error: null) { LacksSlot = true };
        }

        if (brief is null)
        {
            return new LaunchResult(request.IssueNumber, "The plan of the phase is not in the store.");
        }

        if (launchers.For(request.WorkflowType) is not { } launcher)
        {
            return new LaunchResult(
                request.IssueNumber,
                $"No agent is configured for workflow_type '{request.WorkflowType}'. Set {AgentLaunchers.SettingOf(request.WorkflowType)}.");
        }

        int? issue = request.IssueNumber;
        try
        {
            Task<AttemptRecord> beginning = store.BeginAttemptAsync(agent.ToStart(request.WorkflowType), time.GetUtcNow(), cancellation);
            if (!issues.IsLocal)
            {
                await beginning; // nothing is done outside for an attempt that is not on record
            }

            // In the same log neither needs the other, so they are written together.
            Task<int> issuing = IssueAsync(request, brief, cancellation);
            await Task.WhenAll(beginning, issuing);
            issue = await issuing;
            if ((await beginning).Status == AttemptStatus.Closed)
            {
                // It was stopped, or has reported, before this launch came through: a launch now would be one too many.
                return new LaunchResult(issue, Error: null);
            }

            await launcher.LaunchAsync(ToLaunch(agent, brief, issue.Value), cancellation);
            return new LaunchResult(issue, Error: null);
        }
        catch (AgentLaunchException refusal)
        {
            if (!refusal.MayHaveStarted)
            {
                await store.CloseAttemptAsync(agent.ToStart(request.WorkflowType), time.GetUtcNow(), cancellation);
            }

            // A launch of the same attempt by a step that the platform has forgotten may still be under way, past the store and not yet at the receiver: that is told to stop it before the
            // slot is given on.
            return new LaunchResult(issue, refusal.Message) { MayHaveStarted = refusal.MayHaveStarted || proof.MayBeLaunchedTwice };
        }
        catch (TryLaterException later)
        {
            return new LaunchResult(issue, Error: null) { Delay = later.Delay };
        }
    }

    private async Task<int> IssueAsync(LaunchRequest request, PhaseBrief brief, CancellationToken cancellation) =>
        request.IssueNumber ?? (await issues.CreateAsync(IssueTemplate.Draft(brief, request.Dependencies), cancellation)).Number;

    private AgentLaunch ToLaunch(AgentRef agent, PhaseBrief brief, int issue) => new()
    {
        FeatureId = agent.FeatureId,
        FeatureTitle = brief.Feature.Title,
        Repository = brief.Feature.Repository,
        Phase = brief.Phase,
        TotalPhases = brief.TotalPhases,
        Attempt = agent.Attempt,
        AdwId = agent.AdwId,
        IssueNumber = issue,
        IssueUrl = issues.UrlOf(brief.Feature.Repository, issue),
    };
}

/// <summary>Stops the agent of an attempt, and closes the attempt so that a late launch does not start it.</summary>
public sealed class CancelAgentActivity(IPhaseStore store, IEnumerable<IAgentLauncher> launchers, TimeProvider time)
{
    /// <summary>How long the launchers may take: more than one try over HTTP can be given.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>True where the agent is known to be gone. Throws where it could not be told.</summary>
    [Function(nameof(CancelAgentActivity))]
    public async Task<bool> RunAsync([ActivityTrigger] CancelRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        await store.CloseAttemptAsync(request.Agent.ToStart(request.WorkflowType), time.GetUtcNow(), cancellation);

        // Where the settings have changed since the launch, whoever may have launched it is asked.
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            bool gone = true;
            foreach (IAgentLauncher launcher in launchers.For(request.WorkflowType) is { } known ? [known] : launchers)
            {
                gone &= await launcher.StopAsync(request.Agent, both.Token);
            }

            return gone;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new TimeoutException($"The stop was not answered within {PhaseDuration.Format(Timeout)}.");
        }
    }
}

/// <summary>Finds the last sign of life of an attempt's agent: a heartbeat, or what its launcher can see.</summary>
public sealed class ProbeAgentActivity(IPhaseStore store, IEnumerable<IAgentLauncher> launchers)
{
    [Function(nameof(ProbeAgentActivity))]
    public async Task<DateTimeOffset?> RunAsync([ActivityTrigger] CancelRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        AgentRef agent = request.Agent;
        AttemptRecord? attempt = await store.GetAttemptAsync(QueueId.Format(agent.FeatureId, agent.PhaseNumber), agent.Attempt, cancellation);
        DateTimeOffset? seen = launchers.For(request.WorkflowType) is { } launcher ? await launcher.LastSignAsync(agent, cancellation) : null;
        return attempt?.HeartbeatAt is { } beat && (seen is null || beat > seen) ? beat : seen;
    }
}

/// <summary>Small helpers around launchers.</summary>
public static class AgentLaunchers
{
    /// <summary>The launcher that is responsible for a workflow type, if any.</summary>
    public static IAgentLauncher? For(this IEnumerable<IAgentLauncher> launchers, string workflowType) =>
        launchers.FirstOrDefault(l => l.Handles(workflowType));

    /// <summary>What sets up a workflow type, for a person.</summary>
    public static string SettingOf(string workflowType) =>
        workflowType == WorkflowTypes.Shell ? "PhaseFlow__Agents__shell__Enabled=true" : $"PhaseFlow__Agents__{workflowType}__Command or __Url";

    /// <summary>The stored form of an agent's name.</summary>
    public static AttemptStart ToStart(this AgentRef agent, string workflowType)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return new AttemptStart(agent.FeatureId, agent.PhaseNumber, agent.Attempt, agent.AdwId, workflowType);
    }
}
