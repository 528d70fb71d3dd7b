using Microsoft.DurableTask;

namespace PhaseFlow.Functions.Features;

/// <summary>How often an activity is tried again.</summary>
internal static class Retries
{
    /// <summary>The store is part of the engine's own footing: it is waited for, with a pause of up to a minute, for days.</summary>
    public static readonly TaskOptions Store = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 10_000, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));

    /// <summary>Another system is tried five times over about fifteen seconds; then the attempt has failed.</summary>
    public static readonly TaskOptions Remote = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 5, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));
}
