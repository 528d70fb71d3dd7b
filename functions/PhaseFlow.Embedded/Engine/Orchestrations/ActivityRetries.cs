using Microsoft.DurableTask;

namespace PhaseFlow.Embedded.Engine.Orchestrations;

/// <summary>Calls an activity again as its retry options say. It is part of the orchestrator's code: its waits are durable timers.</summary>
internal static class ActivityRetries
{
    public static async Task<T> CallAsync<T>(TaskOrchestrationContext context, TaskRetryOptions options, Func<Task<T>> call)
    {
        DateTime first = context.CurrentUtcDateTime;
        for (int attempt = 1; ; attempt++)
        {
            TaskFailureDetails failure;
            try
            {
                return await call();
            }
            catch (TaskFailedException e) when (MayRetry(options.Policy, attempt, e.FailureDetails, context.CurrentUtcDateTime - first))
            {
                failure = e.FailureDetails;
                if (options.Handler is { } handler)
                {
                    var retry = new RetryContext(context, attempt, failure, context.CurrentUtcDateTime - first, CancellationToken.None);
                    if (!await handler(retry))
                    {
                        throw;
                    }
                }
            }

            if (options.Policy is { } policy)
            {
                await context.CreateTimer(Interval(policy, attempt), CancellationToken.None);
            }
        }
    }

    private static bool MayRetry(RetryPolicy? policy, int attempt, TaskFailureDetails failure, TimeSpan elapsed) =>
        policy is null
        || (attempt < policy.MaxNumberOfAttempts
            && (policy.RetryTimeout == Timeout.InfiniteTimeSpan || elapsed < policy.RetryTimeout)
            && (policy.FailureFilter is null || policy.FailureFilter(failure)));

    private static TimeSpan Interval(RetryPolicy policy, int attempt)
    {
        double ticks = policy.FirstRetryInterval.Ticks * Math.Pow(policy.BackoffCoefficient, attempt - 1);
        return ticks >= policy.MaxRetryInterval.Ticks ? policy.MaxRetryInterval : TimeSpan.FromTicks((long)ticks);
    }
}
