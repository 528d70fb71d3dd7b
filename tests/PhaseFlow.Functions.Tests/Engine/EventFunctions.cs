using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>The orchestrators of the cases about events.</summary>
public static class EventFunctions
{
    [Function(nameof(WaitsOnce))]
    public static async Task<string> WaitsOnce([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SetCustomStatus("waiting");
        return "got " + await context.WaitForExternalEvent<string>("go");
    }

    [Function(nameof(WorksThenWaits))]
    public static async Task<string> WorksThenWaits([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SetCustomStatus("working");
        await context.CallActivityAsync(nameof(ActivityFunctions.Slow), "work");
        context.SetCustomStatus("worked");
        string first = await context.WaitForExternalEvent<string>("go");
        string second = await context.WaitForExternalEvent<string>("go");
        return $"{first},{second}";
    }

    [Function(nameof(WaitsAtOnce))]
    public static async Task<string> WaitsAtOnce([OrchestrationTrigger] TaskOrchestrationContext context, int waits)
    {
        context.SetCustomStatus("waiting");
        string[] got = await Task.WhenAll(Enumerable.Range(0, waits).Select(_ => context.WaitForExternalEvent<string>("go")));
        return string.Join(',', got);
    }

    [Function(nameof(WaitsAfterBuffering))]
    public static async Task<string> WaitsAfterBuffering([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.WaitForExternalEvent<string>("start");
        string[] got = await Task.WhenAll(context.WaitForExternalEvent<string>("go"), context.WaitForExternalEvent<string>("go"));
        return string.Join(',', got);
    }

    [Function(nameof(TimesOutThenWaits))]
    public static async Task<string> TimesOutThenWaits([OrchestrationTrigger] TaskOrchestrationContext context, string pause)
    {
        string first;
        try
        {
            first = await context.WaitForExternalEvent<string>("go", TimeSpan.FromSeconds(10));
        }
        catch (TaskCanceledException e)
        {
            first = e.Message;
        }

        context.SetCustomStatus("timed out");
        if (pause.Length > 0)
        {
            await context.WaitForExternalEvent<string>(pause);
        }

        return first + "|" + await context.WaitForExternalEvent<string>("go");
    }

    [Function(nameof(CancelsThenWaits))]
    public static async Task<string> CancelsThenWaits([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        using var cancel = new CancellationTokenSource();
        Task<string> cancelled = context.WaitForExternalEvent<string>("go", cancel.Token);
        cancel.Cancel();
        string first;
        try
        {
            first = await cancelled;
        }
        catch (TaskCanceledException)
        {
            first = "cancelled";
        }

        string second = await context.WaitForExternalEvent<string>("go");
        return $"{first},{second}";
    }

    [Function(nameof(EventOrTimer))]
    public static async Task<string> EventOrTimer([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        using var cancel = new CancellationTokenSource();
        Task<string> wait = context.WaitForExternalEvent<string>("go");
        Task timer = context.CreateTimer(TimeSpan.FromHours(1), cancel.Token);
        context.SetCustomStatus("waiting");
        if (await Task.WhenAny(wait, timer) == timer)
        {
            return "timer";
        }

        cancel.Cancel();
        return $"{await wait}, timer {timer.Status}";
    }

    [Function(nameof(Sends))]
    public static Task Sends([OrchestrationTrigger] TaskOrchestrationContext context, string target)
    {
        context.SendEvent(target, "go", "hello");
        return Task.CompletedTask;
    }

    [Function(nameof(SendsToItself))]
    public static async Task<string> SendsToItself([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SendEvent(context.InstanceId, "go", "self");
        return await context.WaitForExternalEvent<string>("go");
    }

    [Function(nameof(WaitsForNumber))]
    public static async Task<string> WaitsForNumber([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SetCustomStatus("waiting");
        try
        {
            return $"{await context.WaitForExternalEvent<int>("go")}";
        }
        catch (Exception e)
        {
            return $"caught {e.GetType().Name}";
        }
    }

    [Function(nameof(WaitsForParcel))]
    public static async Task<Parcel?> WaitsForParcel([OrchestrationTrigger] TaskOrchestrationContext context) =>
        await context.WaitForExternalEvent<Parcel?>("go");

    [Function(nameof(WaitsForTwenty))]
    public static async Task<string> WaitsForTwenty([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var got = new List<int>();
        while (got.Count < 20)
        {
            got.Add(await context.WaitForExternalEvent<int>("go"));
        }

        return string.Join(',', got);
    }

    [Function(nameof(WaitsForTwoNames))]
    public static async Task<string> WaitsForTwoNames([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.WaitForExternalEvent<string>("start");
        var got = new List<string>();
        foreach (string name in new[] { "a", "a", "b", "b" })
        {
            got.Add(await context.WaitForExternalEvent<string>(name));
        }

        return string.Join(',', got);
    }
}
