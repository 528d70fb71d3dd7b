using System.Collections.Concurrent;

namespace PhaseFlow.Functions.Tests.Engine;

/// <summary>What the functions of the cases share with their test: counters, a log, and gates that activities wait at.</summary>
public sealed class Probe
{
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private readonly ConcurrentQueue<string> _log = new();

    public IReadOnlyList<string> Log => [.. _log];

    public int Count(string name) => _counts.GetValueOrDefault(name);

    public int Increment(string name) => _counts.AddOrUpdate(name, 1, (_, n) => n + 1);

    public void Write(string line) => _log.Enqueue(line);

    /// <summary>Ends when the test lets it.</summary>
    public Task PassAsync(string gate) => Gate(gate).Task;

    public void Release(string gate) => Gate(gate).TrySetResult();

    public void ReleaseAll()
    {
        foreach (string gate in _gates.Keys)
        {
            Release(gate);
        }
    }

    private TaskCompletionSource Gate(string name) =>
        _gates.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
