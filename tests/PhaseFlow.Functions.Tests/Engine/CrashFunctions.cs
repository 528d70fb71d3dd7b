using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>An orchestrator that does a little of everything that must survive.</summary>
public static class CrashFunctions
{
    private static readonly EntityInstanceId Total = new(nameof(Counter), "total");

    [Function(nameof(DoesEverything))]
    public static async Task<string> DoesEverything([OrchestrationTrigger] TaskOrchestrationContext context, int round)
    {
        string first = await context.CallActivityAsync<string>(nameof(ActivityFunctions.Echo), $"a{round}");
        int added = await context.Entities.CallEntityAsync<int>(Total, nameof(Counter.Add), 1);
        await context.CreateTimer(TimeSpan.FromSeconds(10), CancellationToken.None);
        string[] fanned = await Task.WhenAll(
            context.CallActivityAsync<string>(nameof(ActivityFunctions.Echo), "b"), context.CallActivityAsync<string>(nameof(ActivityFunctions.Echo), "c"));
        context.SendEvent(context.InstanceId, "self", $"{first}{added}{string.Concat(fanned)}");
        await context.Entities.SignalEntityAsync(Total, nameof(Counter.Add), 1);
        string sent = await context.WaitForExternalEvent<string>("self");
        if (round == 0)
        {
            context.ContinueAsNew(1);
            return sent;
        }

        return $"{sent} {context.NewGuid() != Guid.Empty} {await context.Entities.CallEntityAsync<int>(Total, nameof(Counter.Get))}";
    }
}
