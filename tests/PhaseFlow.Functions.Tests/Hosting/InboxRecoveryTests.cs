using Microsoft.Extensions.DependencyInjection;
using PhaseFlow.Core.Plans;
using PhaseFlow.Core.Runs;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Tests.Hosting;

/// <summary>What a process stored before it ended, and did not come to raise.</summary>
public sealed class InboxRecoveryTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_WhenACommandWasStoredAndNeverRaised_RaisesItAtOnce()
    {
        int id;
        await using (EmbeddedHost host = await StartAsync())
        {
            var store = host.Services.GetRequiredService<IPhaseStore>();
            var plan = new FeaturePlan
            {
                Title = "Stored",
                Phases = [new PhasePlan { Number = 1, Title = "One", WorkflowType = WorkflowTypes.External }],
            };
            id = (await store.CreateFeatureAsync(plan, null, TimeProvider.System.GetUtcNow(), CancellationToken.None)).FeatureId;
            await store.ReceiveCommandAsync(id, new FeatureCommand(0, CommandKind.Execute), TimeProvider.System.GetUtcNow(), CancellationToken.None);
        }

        await using EmbeddedHost again = await StartAsync();

        var after = again.Services.GetRequiredService<IPhaseStore>();
        await Engine.EngineHost.UntilAsync(
            async () => (await after.GetFeatureAsync(id, CancellationToken.None))!.Run.Phases[1].Status == PhaseStatus.Running, "the phase runs");
    }

    // The sweep is an hour away.
    private Task<EmbeddedHost> StartAsync() => EmbeddedHost.StartAsync(
        new HostSettings { DataFolder = _folder.Path, Port = 0, Overrides = new Dictionary<string, string?> { ["PhaseFlow:Sweep:Interval"] = "1h" } },
        CancellationToken.None);
}
