using PhaseFlow.Benchmarks.Fuzzing;

namespace PhaseFlow.Functions.Tests.Fuzzing;

/// <summary>Inputs that are almost right, through the real pipeline.</summary>
public sealed class FuzzTests
{
    [Fact]
    public async Task Host_WhenInputsAreAlmostRight_NeverFailsAndChangesNothingItRefuses()
    {
        FuzzResult result = await Fuzzer.RunAsync(seed: 1, inputs: 20_000);

        Assert.Empty(result.Faults);
        Assert.Equal(20_000, result.Inputs);
        Assert.InRange(result.Accepted, 1000, 19_000); // both sides of every check are reached
    }
}
