using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace PhaseFlow.Benchmarks.Growth;

/// <summary>Feature after feature, each carried out by agents that report at once, fail, or are stopped.</summary>
internal sealed class SoakRun
{
    public const int PhasesOfAFeature = 10;

    private const int KindCount = 10;
    private const int Retries = 3;
    private const int Fails = 7;
    private const int Cancelled = 9;

    private readonly HostProcess _host;
    private readonly LoadClient _client;
    private readonly SoakLoad _load;
    private readonly ConcurrentDictionary<(int Feature, int Phase, int Attempt), bool> _launched = new();
    private readonly ConcurrentDictionary<(int Feature, int Phase, int Attempt), bool> _live = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Lock _pace = new();
    private TimeSpan _next;
    private int _features;
    private int _liveCount;
    private long _done;

    public SoakRun(HostProcess host, LoadClient client, SoakLoad load)
    {
        (_host, _client, _load) = (host, client, load);
        host.Fault = Fault;
        host.Launched = Launched;
        host.Stopped = stopped => Ended((stopped.FeatureId, stopped.Phase, stopped.Attempt));
    }

    /// <summary>Reports that were accepted.</summary>
    public long Done => Interlocked.Read(ref _done);

    public int Launches => _launched.Count;

    public int Features => Volatile.Read(ref _features);

    public IReadOnlyCollection<string> Faults => _faults;

    public void Fault(string what) => _faults.Enqueue(what);

    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, _load.AtOnce).Select(_ => Task.Run(WorkAsync)));

    private async Task WorkAsync()
    {
        while (Done < _load.Phases && _faults.Count < 100)
        {
            int index = Interlocked.Increment(ref _features) - 1;
            await Task.Delay(Turn());

            try
            {
                await FeatureAsync(index % KindCount);
            }
            catch (Exception e)
            {
                Fault($"a feature has failed: {e.Message}");
            }
        }
    }

    /// <summary>How long the next feature has to wait. What was late is not caught up: a burst would be a load of its own.</summary>
    private TimeSpan Turn()
    {
        lock (_pace)
        {
            TimeSpan now = Stopwatch.GetElapsedTime(_start);
            TimeSpan due = now > _next ? now : _next;
            _next = due + TimeSpan.FromSeconds((double)PhasesOfAFeature / _load.Rate);
            return due - now;
        }
    }

    private async Task FeatureAsync(int kind)
    {
        int id = await _client.ExecuteAsync(PhasesOfAFeature, chain: true, attempts: 2);
        for (int phase = 1; phase <= PhasesOfAFeature; phase++)
        {
            bool goesOn = await AttemptAsync(id, phase, 1, kind);
            if (!goesOn && kind != Cancelled)
            {
                goesOn = await AttemptAsync(id, phase, 2, kind);
            }

            if (!goesOn)
            {
                break;
            }
        }

        _host.Forget(id);
    }

    /// <summary>True where the next phase follows.</summary>
    private async Task<bool> AttemptAsync(int id, int phase, int attempt, int kind)
    {
        Launch launch = await _host.Of(id).ReadAsync();
        if ((launch.Phase, launch.Attempt) != (phase, attempt))
        {
            Fault($"feature {id} launched phase {launch.Phase} attempt {launch.Attempt} where phase {phase} attempt {attempt} was due");
        }

        if (kind == Cancelled && phase == PhasesOfAFeature / 2)
        {
            HttpStatusCode cancelled = await _client.PostAsync(FormattableString.Invariant($"/api/v1/planned-features/{id}/cancel"));
            if (cancelled != HttpStatusCode.Accepted)
            {
                Fault($"the cancel of feature {id} was answered with {cancelled}");
            }

            return false;
        }

        bool completed = kind switch
        {
            Retries => phase != 4 || attempt == 2,
            Fails => phase != PhasesOfAFeature,
            _ => true,
        };
        Ended((id, phase, attempt));
        string answer = await _client.ReportAsync(launch, completed);
        if (answer != "accepted")
        {
            Fault($"a report of feature {id} phase {phase} attempt {attempt} was answered with {answer}");
        }

        Interlocked.Increment(ref _done);
        return completed;
    }

    private void Launched(Launch launch)
    {
        (int FeatureId, int Phase, int Attempt) key = (launch.FeatureId, launch.Phase, launch.Attempt);
        if (!_launched.TryAdd(key, true))
        {
            Fault($"{key} was launched twice");
        }

        _live.TryAdd(key, true);
        if (Interlocked.Increment(ref _liveCount) > _load.AtOnce)
        {
            Fault($"{key} was launched beyond the cap of {_load.AtOnce}");
        }
    }

    private void Ended((int Feature, int Phase, int Attempt) key)
    {
        if (_live.TryRemove(key, out _))
        {
            Interlocked.Decrement(ref _liveCount);
        }
    }
}
