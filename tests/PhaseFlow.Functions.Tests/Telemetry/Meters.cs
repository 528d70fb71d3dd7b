using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PhaseFlow.Functions.Tests.Telemetry;

/// <summary>Makes meters, and listens to them and to no others.</summary>
internal sealed class Meters : IMeterFactory
{
    private readonly Dictionary<string, Meter> _meters = [];
    private readonly MeterListener _listener = new();

    /// <summary>What was measured: instrument, value and tags as <c>name=value</c>, in the order of their names.</summary>
    public ConcurrentQueue<Measured> All { get; } = new();

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        return _meters.TryGetValue(options.Name, out Meter? meter) ? meter : _meters[options.Name] = new Meter(options);
    }

    /// <summary>Listens from now on.</summary>
    public Meters Listen()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == this)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
        return this;
    }

    /// <summary>The values of the gauges at this moment.</summary>
    public Measured[] Observe()
    {
        All.Clear();
        _listener.RecordObservableInstruments();
        return [.. All];
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (Meter meter in _meters.Values)
        {
            meter.Dispose();
        }
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        All.Enqueue(new Measured(instrument.Name, instrument.Unit, value, string.Join(' ', tags.ToArray().OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key}={t.Value}"))));
}

/// <summary>One measurement.</summary>
internal sealed record Measured(string Instrument, string? Unit, double Value, string Tags);
