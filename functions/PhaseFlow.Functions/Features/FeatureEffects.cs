using Microsoft.DurableTask;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Agents;
using PhaseFlow.Functions.Issues;
using PhaseFlow.Functions.Remote;

namespace PhaseFlow.Functions.Features;

/// <summary>Turns each effect of a run into activities, and their outcome into the run's next message.</summary>
internal sealed class FeatureEffects(TaskOrchestrationContext context, int featureId)
{
    /// <summary>How long a comment is tried that another system puts off.</summary>
    private static readonly TimeSpan CommentPatience = TimeSpan.FromDays(1);

    private DateTimeOffset Now => new(DateTime.SpecifyKind(context.CurrentUtcDateTime, DateTimeKind.Utc));

    public Task<RunMessage?> StartAsync(RunEffect effect, FeatureRun run) => effect switch
    {
        LaunchPhase launch => LaunchAsync(launch, run),
        StopAgent stop => StopAsync(stop),
        ProbeAgent probe => ProbeAsync(probe),
        CommentOutcome comment => CommentAsync(comment, run),
        _ => throw new InvalidOperationException($"Nothing does {effect.GetType().Name}."),
    };

    private async Task<RunMessage?> LaunchAsync(LaunchPhase launch, FeatureRun run)
    {
        PhaseState phase = run.Phases[launch.Phase];
        var request = new LaunchRequest(
            Ref(launch.Phase, launch.Attempt), launch.WorkflowType, phase.IssueNumber, phase.IssueNumber is null ? PhaseIssue.OfDependencies(run, phase) : []);
        try
        {
            LaunchResult result = await context.CallActivityAsync<LaunchResult>(nameof(LaunchAgentActivity), request, Retries.Remote);
            return result.LacksSlot ? new SlotLost(launch.Phase, launch.Attempt)
                : result.Delay is { } delay ? new LaunchDelayed(launch.Phase, launch.Attempt, delay.Until, delay.Reason, result.IssueNumber)
                : result.Error is null ? new Launched(launch.Phase, launch.Attempt, result.IssueNumber)
                : new LaunchFailed(launch.Phase, launch.Attempt, result.Error, result.MayHaveStarted) { IssueNumber = result.IssueNumber };
        }
        catch (TaskFailedException failure)
        {
            return new LaunchFailed(launch.Phase, launch.Attempt, $"The agent could not be launched: {Reason(failure)}", MayHaveStarted: true);
        }
    }

    private async Task<RunMessage?> StopAsync(StopAgent stop)
    {
        try
        {
            // Not tried again here: the run asks again, and shows meanwhile why.
            bool confirmed = await context.CallActivityAsync<bool>(
                nameof(CancelAgentActivity), new CancelRequest(Ref(stop.Phase, stop.Attempt), stop.WorkflowType));
            return new AgentStopped(stop.Phase, stop.Attempt, confirmed);
        }
        catch (TaskFailedException failure)
        {
            return new AgentStopped(stop.Phase, stop.Attempt, Confirmed: false, Reason(failure));
        }
    }

    private async Task<RunMessage?> ProbeAsync(ProbeAgent probe)
    {
        try
        {
            DateTimeOffset? sign = await context.CallActivityAsync<DateTimeOffset?>(
                nameof(ProbeAgentActivity), new CancelRequest(Ref(probe.Phase, probe.Attempt), probe.WorkflowType), Retries.Remote);
            return new AgentProbed(probe.Phase, probe.Attempt, sign);
        }
        catch (TaskFailedException)
        {
            // Nobody could be asked, which says nothing of the agent: it is asked for again, and its deadline stands.
            return new AgentProbed(probe.Phase, probe.Attempt, Now);
        }
    }

    private async Task<RunMessage?> CommentAsync(CommentOutcome comment, FeatureRun run)
    {
        PhaseState phase = run.Phases[comment.Phase];
        if (phase.IssueNumber is not null)
        {
            try
            {
                CommentRequest request = CommentRequest.Of(run, phase);
                DateTimeOffset end = Now + CommentPatience;
                while (await context.CallActivityAsync<RemoteDelay?>(nameof(PostCommentActivity), request, Retries.Remote) is { } delay && delay.Until < end)
                {
                    DateTimeOffset soonest = Now + FeatureRun.ShortestDelay;
                    await context.CreateTimer((delay.Until > soonest ? delay.Until : soonest).UtcDateTime, CancellationToken.None);
                }
            }
            catch (TaskFailedException)
            {
                // The comment is a courtesy: the outcome stands in the queue, the feed and the panel.
            }
        }

        return null;
    }

    private AgentRef Ref(int phase, int attempt) => new(featureId, phase, attempt, AdwId.Of(featureId, phase, attempt));

    private static string Reason(TaskFailedException failure) => failure.FailureDetails?.ErrorMessage ?? failure.Message;
}
