using System.Diagnostics.Metrics;
using PhaseFlow.Core.Runs;
using PhaseFlow.Core.Slots;
using PhaseFlow.Functions.Storage;

namespace PhaseFlow.Functions.Telemetry;

/// <summary>The figures of the app: the instruments of the meter <c>PhaseFlow</c>, beside the count of what sweeps find.</summary>
/// <remarks>Names and units follow the conventions of OpenTelemetry. An instrument that nobody listens to costs a comparison.</remarks>
public sealed class PhaseFlowMetrics
{
    /// <summary>How old what was seen of the limiter may be to be told. Each sweep looks; where several processes serve the app, only those that have looked speak.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromMinutes(3);

    // Seconds. From a slot that is free at once to agents that work for half a day.
    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        HistogramBucketBoundaries = [0.005, 0.05, 0.5, 1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 43_200],
    };

    private readonly TimeProvider _time;
    private readonly Histogram<double> _wait;
    private readonly Histogram<double> _work;
    private readonly Counter<long> _tokens;
    private readonly Counter<double> _cost;
    private readonly Counter<long> _reports;
    private LimiterSight? _sight;

    public PhaseFlowMetrics(IMeterFactory meters, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _time = time;
        Meter meter = meters.Create(TelemetryNames.Meter);
        _wait = meter.CreateHistogram("phaseflow.slot.wait.duration", "s", "How long an attempt waited for its slot.", tags: null, Buckets);
        _work = meter.CreateHistogram("phaseflow.attempt.duration", "s", "How long an attempt held its slot.", tags: null, Buckets);
        _tokens = meter.CreateCounter<long>("phaseflow.agent.token.usage", "{token}", "Tokens that agents reported to have used.");
        _cost = meter.CreateCounter<double>("phaseflow.agent.cost", "USD", "What agents reported to have cost.");
        _reports = meter.CreateCounter<long>("phaseflow.reports", "{report}", "Reports of agents.");
        meter.CreateObservableGauge("phaseflow.slot.usage", () => Observe(s => s.Used), "{slot}", "Slots in use.");
        meter.CreateObservableGauge("phaseflow.slot.limit", () => Observe(s => s.Capacity), "{slot}", "Slots that there are.");
        meter.CreateObservableGauge("phaseflow.queue.depth", () => Observe(s => s.Waiting), "{phase}", "Phases that wait for a slot.");
    }

    /// <summary>Whether anybody listens to what a publication tells.</summary>
    public bool IsOn => _wait.Enabled || _work.Enabled || _tokens.Enabled || _cost.Enabled;

    /// <summary>The limiter as it now stands.</summary>
    public void Saw(SlotLedger ledger)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        Volatile.Write(ref _sight, new LimiterSight(_time.GetUtcNow(), ledger.Held.Length, ledger.Capacity, ledger.Waiting.Length));
    }

    /// <summary>An attempt got its slot.</summary>
    public void Waited(TimeSpan wait, string workflowType) => _wait.Record(Math.Max(0, wait.TotalSeconds), Tag(TelemetryNames.WorkflowType, workflowType));

    /// <summary>An attempt gave its slot back.</summary>
    public void Worked(TimeSpan work, string workflowType, string outcome) =>
        _work.Record(Math.Max(0, work.TotalSeconds), Tag(TelemetryNames.WorkflowType, workflowType), Tag(TelemetryNames.Outcome, outcome));

    /// <summary>What an attempt has used, as far as its report says.</summary>
    public void Used(AgentUsage usage, string workflowType)
    {
        ArgumentNullException.ThrowIfNull(usage);
        KeyValuePair<string, object?> type = Tag(TelemetryNames.WorkflowType, workflowType);
        _tokens.Add(usage.InputTokens, type, Tag(TelemetryNames.TokenType, "input"));
        _tokens.Add(usage.OutputTokens, type, Tag(TelemetryNames.TokenType, "output"));
        _cost.Add((double)usage.CostUsd, type);
    }

    /// <summary>A report came, and was answered.</summary>
    public void Reported(bool completed, ReceiptResult result) =>
        _reports.Add(1, Tag(TelemetryNames.Outcome, completed ? "completed" : "failed"), Tag(TelemetryNames.Result, result switch
        {
            ReceiptResult.Accepted => "accepted",
            ReceiptResult.Duplicate => "duplicate",
            _ => "stale",
        }));

    private static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);

    private IEnumerable<Measurement<int>> Observe(Func<LimiterSight, int> what) =>
        Volatile.Read(ref _sight) is { } sight && _time.GetUtcNow() - sight.At <= Freshness ? [new Measurement<int>(what(sight))] : [];

    private sealed record LimiterSight(DateTimeOffset At, int Used, int Capacity, int Waiting);
}
