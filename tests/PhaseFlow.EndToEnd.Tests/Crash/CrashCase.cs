using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.EndToEnd.Tests.Hosting;

namespace PhaseFlow.EndToEnd.Tests.Crash;

/// <summary>How a case ended.</summary>
/// <param name="Points">Where it was killed, life by life: number and name.</param>
/// <param name="Violations">What did not hold; empty where it survived.</param>
/// <param name="Passed">The points that the last life passed.</param>
internal sealed record CrashOutcome(IReadOnlyList<string> Points, IReadOnlyList<string> Violations, IReadOnlyList<string> Passed)
{
    public override string ToString() => $"killed at {string.Join(", then at ", Points)}: {string.Join("; ", Violations)}";
}

/// <summary>One feature, run to its end by a host that is killed at given points: at the first in its first life, at the second in its second, …</summary>
internal sealed class CrashCase(IReadOnlyList<int> at) : IDisposable
{
    private const int Killed = 128 + 9;
    private const int Interrupted = 128 + 2;

    // Below that of the sweep: what is recovered must be recovered without it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DataFolder _folder = new();
    private readonly Dictionary<long, FeedEntry> _seen = [];
    private readonly List<string> _violations = [];
    private readonly List<string> _points = [];
    private bool _ended;

    public void Dispose() => _folder.Dispose();

    public async Task<CrashOutcome> RunAsync()
    {
        IReadOnlyList<string> passed = [];
        for (int life = 0; _violations.Count == 0 && !_ended; life++)
        {
            passed = await LiveAsync(life);
        }

        if (_violations.Count == 0)
        {
            _violations.AddRange(CrashChecks.OfFile(_folder.Database));
        }

        return new CrashOutcome(_points, _violations, passed);
    }

    private async Task<string[]> LiveAsync(int life)
    {
        string log = Path.Combine(_folder.Root, string.Create(CultureInfo.InvariantCulture, $"points-{life}.log"));
        var settings = new Dictionary<string, string> { [CrashPoints.LogVariable] = log };
        if (life < at.Count)
        {
            settings[CrashPoints.AtVariable] = at[life].ToString(CultureInfo.InvariantCulture);
        }

        await using PhaseFlowProcess host = PhaseFlowProcess.Start(_folder, settings, "serve", "--allow-shell", "--port", "0");
        string? fault = null;
        try
        {
            await WorkAsync(await host.UrlAsync());
            await host.InterruptAsync();
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException or InvalidOperationException or TaskCanceledException or TimeoutException)
        {
            // The host's death, or a fault of it: how it ended tells.
            fault = e.Message;
            if (e is TimeoutException)
            {
                await host.KillAsync();
                _violations.Add(fault);
            }
        }

        PhaseFlowExit exit = await host.ExitAsync();
        string[] passed = File.Exists(log) ? await File.ReadAllLinesAsync(log) : [];
        if (exit.Code == Killed && life < at.Count && passed.Length == at[life])
        {
            _points.Add(passed[^1]);
            _ended = false;
        }
        else if (exit.Code != Interrupted || fault is not null)
        {
            _violations.Add($"life {life + 1}: {fault} {exit}");
        }

        return passed;
    }

    /// <summary>Does what a person does, until the feature is over and all that can be said of it is checked.</summary>
    private async Task WorkAsync(string url)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new CrashClient(url);
        await client.SubmitAsync();
        var feed = new List<FeedEntry>();
        while (true)
        {
            JsonNode feature = await client.FeatureAsync();
            Note(CrashChecks.OfMoment(feature));
            Note(CrashChecks.OfSlots(await client.SlotsAsync()));
            foreach (JsonNode phase in feature["phases"]!.AsArray().Select(p => p!).Where(p => (string)p["status"]! == "awaiting_approval"))
            {
                await client.ApproveAsync((string)phase["queue_id"]!);
            }

            if ((string)feature["status"]! != "in_progress" && (string)feature["status"]! != "planned")
            {
                await EndAsync(client, feature, feed);
                return;
            }

            if (patience.IsCancellationRequested)
            {
                throw new TimeoutException($"it does not go on: {Brief(feature)}");
            }

            await ReadAsync(client, feed);
        }
    }

    private async Task EndAsync(CrashClient client, JsonNode feature, List<FeedEntry> feed)
    {
        JsonNode slots = await client.SlotsAsync();
        while (!feed.Exists(e => e is { Type: "feature_changed", Status: CrashFeature.Status }))
        {
            await ReadAsync(client, feed);
        }

        Note(CrashChecks.OfEnd(feature, slots, feed));
        Note(CrashChecks.OfFeed(feed));
        Note(CrashChecks.OfMemory(_seen.Values, feed));
        Note(CrashChecks.OfLog(await File.ReadAllLinesAsync(_folder.StartsOf(CrashFeature.Id))));
        _ended = true;
    }

    private async Task ReadAsync(CrashClient client, List<FeedEntry> feed)
    {
        foreach (FeedEntry entry in await client.ChangesAsync(feed.Count == 0 ? 0 : feed[^1].Cursor))
        {
            feed.Add(entry);
            if (_seen.TryAdd(entry.Cursor, entry) is false && _seen[entry.Cursor].Text != entry.Text)
            {
                _violations.Add($"change {entry.Cursor} was told as {_seen[entry.Cursor].Text} and then as {entry.Text}");
            }
        }
    }

    private void Note(IEnumerable<string> violations) => _violations.AddRange(violations);

    private static string Brief(JsonNode feature) => string.Join(
        ", ", feature["phases"]!.AsArray().Select(p => $"{p!["phase_number"]} {p["status"]} (attempt {p["attempt"]}) {p["wait_reason"]}".TrimEnd()));
}
