using System.Collections.Concurrent;
using System.Diagnostics;

namespace PhaseFlow.Functions.Tests.Telemetry;

/// <summary>Listens to the spans of all hosts in this process; a test asks for those of its own trace.</summary>
internal sealed class Spans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _all = new();
    private readonly ActivityListener _listener;

    public Spans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "PhaseFlow",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _all.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public Activity[] Of(string trace) => [.. _all.Where(a => a.TraceId.ToHexString() == trace)];

    public void Dispose() => _listener.Dispose();
}
