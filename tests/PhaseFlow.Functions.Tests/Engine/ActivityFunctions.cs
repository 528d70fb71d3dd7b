using Microsoft.Azure.Functions.Worker;

namespace PhaseFlow.Functions.Tests.Engine;

public enum Mood
{
    Glad,
    Sad,
    VerySad,
}

public sealed record Parcel(string Name, Mood Mood, double? Weight, DateTime When, List<string> Tags)
{
    public static Parcel Sample { get; } = new("bøx<", Mood.VerySad, null, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), ["a"]);
}

public sealed class OutOfStockException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The activities of the conformance cases.</summary>
public sealed class ActivityFunctions(Probe probe)
{
    [Function(nameof(Echo))]
    public static string? Echo([ActivityTrigger] string? input) => input;

    [Function(nameof(EchoNumber))]
    public static int? EchoNumber([ActivityTrigger] int? input) => input;

    [Function(nameof(TakesNumber))]
    public static Task<int> TakesNumber([ActivityTrigger] int number) => Task.FromResult(number);

    [Function(nameof(ReturnsNothing))]
    public static Task ReturnsNothing([ActivityTrigger] string? input) => Task.FromResult(input);

    [Function(nameof(ReturnsParcel))]
    public static async ValueTask<Parcel> ReturnsParcel([ActivityTrigger] string? input)
    {
        await Task.Yield();
        return Parcel.Sample with { Name = input ?? Parcel.Sample.Name };
    }

    [Function(nameof(Throws))]
    public static void Throws([ActivityTrigger] string message) =>
        throw new OutOfStockException(message, new TimeoutException("too slow"));

    [Function(nameof(Counted))]
    public string Counted([ActivityTrigger] string name, string instanceId) => $"{name} {probe.Increment($"{instanceId} {name}")}";

    /// <summary>Fails until its n-th run.</summary>
    [Function(nameof(FailsUntil))]
    public int FailsUntil([ActivityTrigger] int run, string instanceId)
    {
        int attempt = probe.Increment(instanceId);
        return attempt >= run ? attempt : throw new OutOfStockException($"attempt {attempt}");
    }

    /// <summary>Waits at a gate, which is its input.</summary>
    [Function(nameof(Slow))]
    public async Task<string> Slow([ActivityTrigger] string gate, CancellationToken cancellation)
    {
        probe.Increment($"start {gate}");
        await probe.PassAsync(gate).WaitAsync(cancellation);
        probe.Increment($"end {gate}");
        return gate;
    }
}
