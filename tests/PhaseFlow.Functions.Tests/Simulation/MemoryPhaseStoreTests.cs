using PhaseFlow.Benchmarks.Simulation.Storage;
using PhaseFlow.Functions.Storage;
using PhaseFlow.Functions.Tests.Storage;

namespace PhaseFlow.Functions.Tests.Simulation;

/// <summary>The store of the simulation promises what every store does.</summary>
public sealed class MemoryPhaseStoreTests : PhaseStoreContract
{
    protected override Task<IPhaseStore> OpenAsync() => Task.FromResult<IPhaseStore>(new MemoryPhaseStore());
}
