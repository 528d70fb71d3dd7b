using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>What an orchestrator has seen of a failure.</summary>
public sealed record Seen(string Type, string Message, string? ErrorType, string? ErrorMessage, bool HasStack, string? Inner, int TaskId);

/// <summary>The orchestrators of the cases about activities and timers.</summary>
public static class TaskFunctions
{
    [Function(nameof(CallsEverything))]
    public static async Task<string> CallsEverything([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        string echoed = await context.CallActivityAsync<string>("ECHO", "x");
        string? nothing = await context.CallActivityAsync<string?>(nameof(ActivityFunctions.Echo));
        int? noNumber = await context.CallActivityAsync<int?>(nameof(ActivityFunctions.EchoNumber), input: null);
        int zero = await context.CallActivityAsync<int>(nameof(ActivityFunctions.ReturnsNothing), "x");
        Parcel parcel = await context.CallActivityAsync<Parcel>(nameof(ActivityFunctions.ReturnsParcel), new string('p', 100_000));
        return $"{echoed},{nothing ?? "null"},{noNumber?.ToString() ?? "null"},{zero},{parcel.Mood},{parcel.Weight?.ToString() ?? "null"},{parcel.When.Kind},{parcel.Name.Length}";
    }

    [Function(nameof(CatchesFailures))]
    public static async Task<List<Seen>> CatchesFailures([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var seen = new List<Seen>();
        foreach ((string name, object input) in new (string, object)[]
            { (nameof(ActivityFunctions.Throws), "a: b"), (nameof(ActivityFunctions.TakesNumber), "abc"), ("NoSuchActivity", "x") })
        {
            try
            {
                await context.CallActivityAsync(name, input);
            }
            catch (TaskFailedException e)
            {
                TaskFailureDetails d = e.FailureDetails;
                seen.Add(new Seen(e.GetType().FullName!, e.Message, d.ErrorType, d.ErrorMessage, d.StackTrace is not null, d.InnerFailure?.ErrorType, e.TaskId));
            }
        }

        return seen;
    }

    [Function(nameof(CatchesByType))]
    public static async Task<bool> CatchesByType([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            await context.CallActivityAsync(nameof(ActivityFunctions.Throws), "x");
            return false;
        }
        catch (TaskFailedException e)
        {
            return e.FailureDetails.IsCausedBy<OutOfStockException>() && e.FailureDetails.IsCausedBy<Exception>()
                && !e.FailureDetails.IsCausedBy<InvalidOperationException>();
        }
    }

    [Function(nameof(DoesNotCatch))]
    public static Task DoesNotCatch([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync(nameof(ActivityFunctions.Throws), "boom");

    [Function(nameof(Retries))]
    public static async Task<string> Retries([OrchestrationTrigger] TaskOrchestrationContext context, int succeedsAt)
    {
        var policy = new RetryPolicy(4, TimeSpan.FromSeconds(10), 3, maxRetryInterval: TimeSpan.FromSeconds(20));
        DateTime start = context.CurrentUtcDateTime;
        try
        {
            int run = await context.CallActivityAsync<int>(nameof(ActivityFunctions.FailsUntil), succeedsAt, TaskOptions.FromRetryPolicy(policy));
            return $"run {run} after {(context.CurrentUtcDateTime - start).TotalSeconds} s";
        }
        catch (TaskFailedException e)
        {
            return $"#{e.TaskId} {e.FailureDetails.ErrorMessage} after {(context.CurrentUtcDateTime - start).TotalSeconds} s";
        }
    }

    [Function(nameof(RetriesByHandler))]
    public static async Task<string> RetriesByHandler([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var seen = new List<string>();
        try
        {
            await context.CallActivityAsync(nameof(ActivityFunctions.FailsUntil), 99, TaskOptions.FromRetryHandler(retry =>
            {
                seen.Add($"{retry.LastAttemptNumber}:{retry.LastFailure.ErrorMessage}");
                return retry.LastAttemptNumber < 3;
            }));
        }
        catch (TaskFailedException e)
        {
            seen.Add($"#{e.TaskId}");
        }

        return string.Join('|', seen);
    }

    [Function(nameof(RetriesByFilter))]
    public static Task RetriesByFilter([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync(
        nameof(ActivityFunctions.FailsUntil),
        99,
        TaskOptions.FromRetryPolicy(new RetryPolicy(4, TimeSpan.FromSeconds(1)) { HandleFailure = f => !f.IsCausedBy<OutOfStockException>() }));

    [Function(nameof(FansOut))]
    public static async Task<int[]> FansOut([OrchestrationTrigger] TaskOrchestrationContext context, int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => context.CallActivityAsync<int>(nameof(ActivityFunctions.TakesNumber), i)));

    [Function(nameof(FansOutToFailures))]
    public static async Task<string> FansOutToFailures([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            await Task.WhenAll(
                context.CallActivityAsync(nameof(ActivityFunctions.Slow), "slow"),
                context.CallActivityAsync(nameof(ActivityFunctions.Throws), "first"),
                context.CallActivityAsync(nameof(ActivityFunctions.Throws), "second"));
            return "no exception";
        }
        catch (TaskFailedException e)
        {
            return e.FailureDetails.ErrorMessage;
        }
    }

    [Function(nameof(SetsTimer))]
    public static async Task<double> SetsTimer([OrchestrationTrigger] TaskOrchestrationContext context, int seconds)
    {
        DateTime start = context.CurrentUtcDateTime;
        await context.CreateTimer(TimeSpan.FromSeconds(seconds), CancellationToken.None);
        return (context.CurrentUtcDateTime - start).TotalSeconds;
    }

    [Function(nameof(SetsPastTimer))]
    public static Task SetsPastTimer([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CreateTimer(context.CurrentUtcDateTime.AddDays(-1), CancellationToken.None);

    [Function(nameof(CancelsTimer))]
    public static async Task<string> CancelsTimer([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        using var cancel = new CancellationTokenSource();
        Task timer = context.CreateTimer(TimeSpan.FromHours(1), cancel.Token);
        await context.CallActivityAsync(nameof(ActivityFunctions.Echo), "x");
        cancel.Cancel();
        try
        {
            await timer;
            return "fired";
        }
        catch (TaskCanceledException)
        {
            return timer.Status.ToString();
        }
    }

    [Function(nameof(LeavesTimer))]
    public static Task<string> LeavesTimer([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        _ = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
        return Task.FromResult("returned early");
    }

    [Function(nameof(LeavesActivity))]
    public static Task<string> LeavesActivity([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        _ = context.CallActivityAsync(nameof(ActivityFunctions.Slow), "left");
        return Task.FromResult("returned early");
    }

    [Function(nameof(WaitsSixtyDays))]
    public static async Task<string> WaitsSixtyDays([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.CreateTimer(TimeSpan.FromDays(60), CancellationToken.None);
        return "waited";
    }
}
