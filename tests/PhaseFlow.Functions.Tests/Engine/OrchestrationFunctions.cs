using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>The orchestrators of the cases about orchestrations.</summary>
public sealed class OrchestrationFunctions(Probe probe)
{
    [Function(nameof(ThrowsItself))]
    public static Task ThrowsItself([OrchestrationTrigger] TaskOrchestrationContext context) =>
        throw new InvalidOperationException("bad state", new ArgumentNullException(nameof(context)));

    [Function(nameof(Returns))]
    public static async Task<object?> Returns([OrchestrationTrigger] TaskOrchestrationContext context, string kind)
    {
        await context.CallActivityAsync(nameof(ActivityFunctions.Echo), "x");
        return kind switch { "record" => Parcel.Sample, "text" => "text", _ => null };
    }

    [Function(nameof(ReadsInput))]
    public static string ReadsInput([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        Parcel parcel = context.GetInput<Parcel>()!;
        return $"{parcel.Name},{parcel.Mood},{parcel.Weight?.ToString() ?? "null"},{parcel.Tags?.Count ?? 0}";
    }

    [Function(nameof(SetsStatus))]
    public static async Task<string> SetsStatus([OrchestrationTrigger] TaskOrchestrationContext context, string kind)
    {
        if (kind == "never")
        {
            return "ok";
        }

        context.SetCustomStatus("first");
        await context.WaitForExternalEvent<string>("go");
        if (kind == "null")
        {
            context.SetCustomStatus(null);
        }
        else if (kind == "twice")
        {
            context.SetCustomStatus("a");
            context.SetCustomStatus(new { Step = 1, Mood = Mood.VerySad });
        }
        else
        {
            try
            {
                context.SetCustomStatus(new string('s', 20_000));
            }
            catch (ArgumentException)
            {
                return "caught";
            }
        }

        await context.CallActivityAsync(nameof(ActivityFunctions.Echo), "x");
        return "ok";
    }

    [Function(nameof(ContinuesAfterBuffering))]
    public static async Task<string> ContinuesAfterBuffering([OrchestrationTrigger] TaskOrchestrationContext context, string input)
    {
        if (input is "keep" or "discard")
        {
            await context.WaitForExternalEvent<string>("next");
            context.ContinueAsNew("second", preserveUnprocessedEvents: input == "keep");
            return "not seen";
        }

        context.SetCustomStatus("second generation");
        return await context.WaitForExternalEvent<string>("go") + "," + await context.WaitForExternalEvent<string>("go");
    }

    [Function(nameof(ContinuesInALoop))]
    public static async Task<string> ContinuesInALoop([OrchestrationTrigger] TaskOrchestrationContext context, List<int> got)
    {
        got.Add(await context.WaitForExternalEvent<int>("go"));
        await context.CallActivityAsync(nameof(ActivityFunctions.Echo), "x");
        if (got.Count == 10)
        {
            return string.Join(',', got);
        }

        context.ContinueAsNew(got);
        return string.Empty;
    }

    [Function(nameof(ContinuesWithOpenWork))]
    public static async Task<string> ContinuesWithOpenWork([OrchestrationTrigger] TaskOrchestrationContext context, int generation)
    {
        if (generation == 0)
        {
            _ = context.CallActivityAsync<string>(nameof(ActivityFunctions.Slow), "old");
            _ = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            await context.CallActivityAsync(nameof(ActivityFunctions.Echo), "x");
            context.ContinueAsNew(1);
            return string.Empty;
        }

        context.SetCustomStatus("second generation");
        await context.WaitForExternalEvent<string>("go");
        return await context.CallActivityAsync<string>(nameof(ActivityFunctions.Echo), "second");
    }

    [Function(nameof(ContinuesAThousandTimes))]
    public static int ContinuesAThousandTimes([OrchestrationTrigger] TaskOrchestrationContext context, int n)
    {
        if (n < 1000)
        {
            context.ContinueAsNew(n + 1);
        }

        return n;
    }

    [Function(nameof(MakesGuids))]
    public async Task<Guid[]> MakesGuids([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        Guid a = context.NewGuid();
        Guid b = context.NewGuid();
        probe.Write($"{a} {b}");
        await context.CallActivityAsync(nameof(ActivityFunctions.Echo), "x");
        Guid c = context.NewGuid();
        return [a, b, c];
    }

    [Function(nameof(NotesReplays))]
    public async Task NotesReplays([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        probe.Write($"a {context.IsReplaying}");
        await context.CallActivityAsync(nameof(ActivityFunctions.Echo), "x");
        probe.Write($"b {context.IsReplaying}");
        await context.CallActivityAsync(nameof(ActivityFunctions.Echo), "x");
        probe.Write($"c {context.IsReplaying}");
    }

    [Function(nameof(ReadsTheClock))]
    public async Task<bool> ReadsTheClock([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        DateTime first = context.CurrentUtcDateTime;
        probe.Write($"{first:O}");
        DateTime again = context.CurrentUtcDateTime;
        await context.CallActivityAsync(nameof(ActivityFunctions.Slow), "clock");
        return first == again && first.Kind == DateTimeKind.Utc && context.CurrentUtcDateTime > first;
    }

    /// <summary>Does something else when it runs again.</summary>
    [Function(nameof(ChangesItsMind))]
    public async Task<string> ChangesItsMind([OrchestrationTrigger] TaskOrchestrationContext context, string instead)
    {
        if (probe.Increment("run " + context.InstanceId) == 1)
        {
            await context.CallActivityAsync(nameof(ActivityFunctions.Slow), "mind");
        }

        switch (instead)
        {
            case "other":
                await context.CallActivityAsync(nameof(ActivityFunctions.Echo), "x");
                break;
            case "timer":
                await context.CreateTimer(TimeSpan.FromSeconds(1), CancellationToken.None);
                break;
            case "nothing":
                await context.WaitForExternalEvent<string>("go");
                break;
            default:
                await Task.WhenAll(
                    context.CallActivityAsync(nameof(ActivityFunctions.Slow), "mind"), context.CallActivityAsync(nameof(ActivityFunctions.Echo), "extra"));
                break;
        }

        return instead;
    }

    [Function(nameof(AwaitsSomethingElse))]
    public async Task<string> AwaitsSomethingElse([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await probe.PassAsync("illegal");
        return await context.CallActivityAsync<string>(nameof(ActivityFunctions.Echo), "x");
    }

    [Function(nameof(LeavesItsContext))]
    public async Task<string> LeavesItsContext([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await probe.PassAsync("illegal").ConfigureAwait(false);
        return await context.CallActivityAsync<string>(nameof(ActivityFunctions.Echo), "x");
    }
}
