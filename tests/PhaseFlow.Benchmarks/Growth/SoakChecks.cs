using System.Text.Json;

namespace PhaseFlow.Benchmarks.Growth;

/// <summary>What must be true when the work is done.</summary>
internal static class SoakChecks
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>What the feed has told is what can be read, at a moment at which neither changes.</summary>
    public static async Task FoldIsTheReadModelAsync(LoadClient client, FeedFold fold, SoakRun run)
    {
        string difference = "there was no quiet moment";
        for (int tries = 0; tries < 200; tries++)
        {
            long end = await EndOfFeedAsync(client);
            Dictionary<int, (string Status, Dictionary<string, string> Phases)> read = await ReadAsync(client);
            if (await EndOfFeedAsync(client) != end || fold.Cursor != end)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50));
                continue;
            }

            difference = Difference(read, fold);
            if (difference.Length == 0)
            {
                return;
            }
        }

        run.Fault($"the fold of the feed is not what is read: {difference}");
    }

    /// <summary>After the retention nothing is left of any feature, and nothing is held.</summary>
    public static async Task NothingIsLeftAsync(LoadClient client, FeedFold fold, DataFiles files, SoakRun run)
    {
        JsonElement slots = await client.GetAsync("/api/v1/slots");
        if (slots.GetProperty("held").GetArrayLength() + slots.GetProperty("waiting").GetArrayLength() > 0)
        {
            run.Fault($"slots are held or waited for at the end: {slots.GetRawText()}");
        }

        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        string left = Left(files);
        while (left.Length > 0 && System.Diagnostics.Stopwatch.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200));
            left = Left(files);
        }

        if (left.Length > 0)
        {
            run.Fault($"after the retention there is left: {left}");
        }

        if (fold.Removed != run.Features)
        {
            run.Fault($"{run.Features} features were made, and the feed has told of {fold.Removed} that went");
        }
    }

    private static string Left(DataFiles files) => string.Join(", ", files.Rows()
        .Where(t => t.Value > (t.Key is "changes" or "retired_ids" ? 1 : 0)).Select(t => FormattableString.Invariant($"{t.Key} {t.Value}")));

    private static string Difference(Dictionary<int, (string Status, Dictionary<string, string> Phases)> read, FeedFold fold)
    {
        (Dictionary<int, string> features, Dictionary<string, string> phases) = fold.Picture();
        foreach ((int id, (string status, Dictionary<string, string> rows)) in read)
        {
            if (features.GetValueOrDefault(id) != status)
            {
                return $"feature {id} is {status}, and the feed says {features.GetValueOrDefault(id)}";
            }

            // A phase of which the feed has said nothing is as it was planned.
            (string queueId, string row) = rows.FirstOrDefault(r => phases.GetValueOrDefault(r.Key, "queued") != r.Value);
            if (queueId is not null)
            {
                return $"{queueId} is {row}, and the feed says {phases.GetValueOrDefault(queueId)}";
            }
        }

        int[] extra = [.. features.Keys.Except(read.Keys).Take(3)];
        return extra.Length == 0 ? "" : $"the feed knows of features that are not there: {string.Join(", ", extra)}";
    }

    private static async Task<long> EndOfFeedAsync(LoadClient client) => (await client.GetAsync("/api/v1/events?after=latest")).GetProperty("cursor").GetInt64();

    private static async Task<Dictionary<int, (string Status, Dictionary<string, string> Phases)>> ReadAsync(LoadClient client)
    {
        var read = new Dictionary<int, (string, Dictionary<string, string>)>();
        string? cursor = null;
        do
        {
            JsonElement page = await client.GetAsync($"/api/v1/planned-features?limit=200{(cursor is null ? "" : $"&cursor={cursor}")}");
            foreach (JsonElement feature in page.GetProperty("features").EnumerateArray())
            {
                read[feature.GetProperty("id").GetInt32()] = (
                    feature.GetProperty("status").GetString()!,
                    feature.GetProperty("phases").EnumerateArray().ToDictionary(p => p.GetProperty("queue_id").GetString()!, p => p.GetProperty("status").GetString()!));
            }

            cursor = page.TryGetProperty("next_cursor", out JsonElement next) ? next.GetString() : null;
        }
        while (cursor is not null);
        return read;
    }
}
