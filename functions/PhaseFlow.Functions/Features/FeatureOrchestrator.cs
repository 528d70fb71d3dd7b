using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using PhaseFlow.Core.Runs;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Features;

/// <summary>What a feature's orchestration starts from: everything else is read from the store by its first activity.</summary>
/// <param name="FeatureId">The feature.</param>
public sealed record FeatureInput(int FeatureId)
{
    /// <summary>Whether it goes on from what is stored because the platform had forgotten a step.</summary>
    public bool StartsOver { get; init; }

    /// <summary>Whether an entry of the inbox waits for those before it. Histories of before this was so go on as they began, until they are cut off.</summary>
    public bool KeepsOrder { get; init; }
}

/// <summary>Runs one feature from wherever it stands to its end: new, retried, recovered and continued runs all start here.</summary>
public static class FeatureOrchestrator
{
    [Function(nameof(FeatureOrchestrator))]
    public static async Task<FeatureStatus?> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        ILogger log = context.CreateReplaySafeLogger(nameof(FeatureOrchestrator));
        FeatureInput input = context.GetInput<FeatureInput>() ?? throw new InvalidOperationException("The orchestration needs a feature id.");
        LoadedRun? loaded = await context.CallActivityAsync<LoadedRun?>(nameof(LoadRunActivity), input, Retries.Store);
        if (loaded is null)
        {
            log.FeatureUnknown(input.FeatureId);
            return null;
        }

        return await new RunInterpreter(context, input, loaded.Run, log).RunAsync(loaded.Inbox);
    }
}
