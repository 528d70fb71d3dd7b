using System.Text.Json;

namespace PhaseFlow.Benchmarks.Growth;

/// <summary>What a client believes that reads the change feed alone, from its first entry on.</summary>
internal sealed class FeedFold(HttpClient http, int capacity, Action<string> fault)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, string> _features = [];
    private readonly Dictionary<int, Dictionary<string, string>> _phases = [];
    private int _running;
    private long _cursor;

    public long Removed { get; private set; }

    public long Cursor => Volatile.Read(ref _cursor);

    /// <summary>The features and the phases that have changed, by id, as the feed has told them.</summary>
    public (Dictionary<int, string> Features, Dictionary<string, string> Phases) Picture()
    {
        lock (_gate)
        {
            return (new Dictionary<int, string>(_features), _phases.Values.SelectMany(p => p).ToDictionary());
        }
    }

    /// <summary>Follows the feed until it is cancelled.</summary>
    public async Task FollowAsync(CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events?after=0");
            request.Headers.Add("Accept", "text/event-stream");
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            response.EnsureSuccessStatusCode();
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
            while (await reader.ReadLineAsync(cancellation) is { } line)
            {
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    using var entry = JsonDocument.Parse(line.AsMemory(6));
                    Apply(entry.RootElement);
                }
            }

            fault("the feed has ended");
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Enough was heard.
        }
        catch (Exception e)
        {
            fault($"the feed has failed: {e.Message}");
        }
    }

    private void Apply(JsonElement entry)
    {
        long cursor = entry.GetProperty("cursor").GetInt64();
        if (cursor != _cursor + 1)
        {
            fault($"the feed goes from {_cursor} to {cursor}");
        }

        lock (_gate)
        {
            int feature = entry.GetProperty("feature_id").GetInt32();
            JsonElement data = entry.GetProperty("data");
            switch (entry.GetProperty("type").GetString())
            {
                case "feature_changed":
                    _features[feature] = data.GetProperty("status").GetString()!;
                    break;
                case "feature_removed":
                    Removed++;
                    _features.Remove(feature);
                    _phases.Remove(feature);
                    break;
                case "phase_changed":
                    Apply(feature, entry.GetProperty("queue_id").GetString()!, data.GetProperty("status").GetString()!);
                    break;
            }
        }

        Volatile.Write(ref _cursor, cursor);
    }

    private void Apply(int feature, string queueId, string status)
    {
        if (!_phases.TryGetValue(feature, out Dictionary<string, string>? phases))
        {
            _phases.Add(feature, phases = []);
        }

        _running += (status == "running" ? 1 : 0) - (phases.GetValueOrDefault(queueId) == "running" ? 1 : 0);
        phases[queueId] = status;
        if (_running > capacity)
        {
            fault($"the feed shows {_running} phases at work, and there are {capacity} slots");
        }
    }
}
