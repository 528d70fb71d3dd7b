using System.Collections.Concurrent;
using System.Net;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace PhaseFlow.Functions.Agents.Dispatch;

/// <summary>What a host answered.</summary>
/// <param name="Status">The status code.</param>
/// <param name="RetryAfter">How long it asks to be left alone, if it does.</param>
/// <param name="Text">The beginning of its body.</param>
internal sealed record DispatchAnswer(HttpStatusCode Status, TimeSpan? RetryAfter, string Text)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>Whether the same request may be answered otherwise in a while.</summary>
    public bool IsTransient => (int)Status >= 500 || IsBusy;

    /// <summary>Whether the host is well and only asks for patience.</summary>
    public bool IsBusy => Status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425;
}

/// <summary>How dispatches stand a host that is slow, busy or down: a timeout for each try, few retries, and a circuit breaker for each host.</summary>
internal sealed class DispatchPolicy(TimeSpan timeout, TimeProvider time)
{
    /// <summary>Tries after the first; the phase's own launch is tried again after these.</summary>
    public const int MaxRetries = 3;

    /// <summary>The longest wait that a host can ask for.</summary>
    public static readonly TimeSpan MaxRetryAfter = TimeSpan.FromSeconds(30);

    /// <summary>How long a host that fails is left alone: shorter than a launch is tried for, so that a launch outlives it.</summary>
    public static readonly TimeSpan BreakDuration = TimeSpan.FromSeconds(5);

    /// <summary>How many tries within <see cref="SamplingDuration"/> must have failed before a host is left alone.</summary>
    public const int BreakThreshold = 8;

    private static readonly TimeSpan SamplingDuration = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, ResiliencePipeline<DispatchAnswer>> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _lastFailures = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The pipeline of a host.</summary>
    /// <param name="authority">Host and port.</param>
    public ResiliencePipeline<DispatchAnswer> For(string authority) => _hosts.GetOrAdd(authority, Build);

    /// <summary>What the last try said before a host was left alone.</summary>
    public string? LastFailureOf(string authority) => _lastFailures.GetValueOrDefault(authority);

    /// <summary>Whether a failure may pass by itself. A refused address is none: it is the same at the next try, or an attack.</summary>
    internal static bool IsTransient(Exception? fault) =>
        fault is TimeoutRejectedException or HttpRequestException { InnerException: not AddressRefusedException } or IOException;

    private ResiliencePipeline<DispatchAnswer> Build(string authority) => new ResiliencePipelineBuilder<DispatchAnswer> { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions<DispatchAnswer>
        {
            MaxRetryAttempts = MaxRetries,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(500),
            UseJitter = true,
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result?.IsTransient ?? IsTransient(args.Outcome.Exception)),
            DelayGenerator = args => ValueTask.FromResult(Bounded(args.Outcome.Result?.RetryAfter)),
        })
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions<DispatchAnswer>
        {
            FailureRatio = 0.9,
            MinimumThroughput = BreakThreshold,
            SamplingDuration = SamplingDuration,
            BreakDuration = BreakDuration,
            OnOpened = args =>
            {
                _lastFailures[authority] = args.Outcome.Exception?.Message ?? $"it answered {(int)args.Outcome.Result!.Status}.";
                return default;
            },
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result is { } answer ? answer.IsTransient && !answer.IsBusy : IsTransient(args.Outcome.Exception)),
        })
        .AddTimeout(new TimeoutStrategyOptions { Timeout = timeout })
        .Build();

    // Null leaves the delay to the backoff.
    private static TimeSpan? Bounded(TimeSpan? asked) => asked is not { } wait ? null
        : wait < TimeSpan.Zero ? TimeSpan.Zero
        : wait > MaxRetryAfter ? MaxRetryAfter
        : wait;
}
