using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace PhaseFlow.EndToEnd.Tests.Crash;

/// <summary>What must hold wherever the host dies. Each check gives a sentence for each violation.</summary>
internal static class CrashChecks
{
    private const string PhaseChanged = "phase_changed";

    /// <summary>The moment at which a client looked: what runs has a slot of its own and a deadline, what waits has a reason.</summary>
    public static IEnumerable<string> OfMoment(JsonNode feature)
    {
        JsonNode[] phases = [.. feature["phases"]!.AsArray().Select(p => p!)];
        JsonNode[] running = [.. phases.Where(p => Status(p) == "running")];
        if (running.Length > CrashFeature.Slots)
        {
            yield return $"{running.Length} phases run at once";
        }

        if (running.Select(p => (int?)p["slot"]).Distinct().Count() != running.Length)
        {
            yield return "two running phases share a slot";
        }

        foreach (JsonNode phase in running.Where(p => p["timeout_at"] is null))
        {
            yield return $"{phase["queue_id"]} runs without a deadline";
        }

        foreach (JsonNode phase in phases.Where(p => Status(p) is "queued" or "ready" or "blocked" or "awaiting_approval" && p["wait_reason"] is null))
        {
            yield return $"{phase["queue_id"]} is {Status(phase)} and does not say why";
        }
    }

    /// <summary>The limiter at any moment: no slot is free while somebody waits for one, and none is held twice.</summary>
    public static IEnumerable<string> OfSlots(JsonNode slots)
    {
        int[] held = [.. slots["held"]!.AsArray().Select(h => (int)h!["slot"]!)];
        if (held.Distinct().Count() != held.Length || held.Length > CrashFeature.Slots)
        {
            yield return $"the slots {string.Join(", ", held)} are held";
        }

        if (held.Length < CrashFeature.Slots && slots["waiting"]!.AsArray().Count > 0)
        {
            yield return $"a slot is free and somebody waits for one: {slots.ToJsonString()}";
        }
    }

    /// <summary>The end: every phase ended as it must, at the attempt that it must, and nobody holds or waits for a slot.</summary>
    public static IEnumerable<string> OfEnd(JsonNode feature, JsonNode slots, IReadOnlyList<FeedEntry> feed)
    {
        if (Status(feature) != CrashFeature.Status)
        {
            yield return $"the feature is {Status(feature)}";
        }

        if ((decimal?)feature["usage"]?["cost_usd"] != CrashFeature.Cost)
        {
            yield return $"the feature has used {feature["usage"]?.ToJsonString()}";
        }

        foreach (JsonNode phase in feature["phases"]!.AsArray().Select(p => p!))
        {
            int number = (int)phase["phase_number"]!;
            ExpectedPhase expected = CrashFeature.Phases[number];
            if (Status(phase) != expected.Status || (int)phase["attempt"]! != expected.Attempts)
            {
                yield return $"phase {number} is {Status(phase)} at attempt {phase["attempt"]}: {phase["error_message"]}";
            }

            if (feed.LastOrDefault(e => e.Type == PhaseChanged && e.Phase == number) is not { } last || last.Status != Status(phase) || last.Attempt != (int)phase["attempt"]!)
            {
                yield return $"the feed does not end with what phase {number} is";
            }
        }

        if (slots["held"]!.AsArray().Count + slots["waiting"]!.AsArray().Count > 0)
        {
            yield return $"slots are held or waited for at the end: {slots.ToJsonString()}";
        }
    }

    /// <summary>The whole feed: never more at work than there are slots, statuses go forward only, nothing is launched before what it depends on, or past the cap unasked.</summary>
    public static IEnumerable<string> OfFeed(IReadOnlyList<FeedEntry> feed)
    {
        var state = new Dictionary<int, FeedEntry>();
        foreach (FeedEntry entry in feed.Where(e => e.Type == PhaseChanged))
        {
            if (state.TryGetValue(entry.Phase, out FeedEntry? before) && !Follows(before, entry))
            {
                yield return $"phase {entry.Phase} went from {before.Status} (attempt {before.Attempt}) to {entry.Status} (attempt {entry.Attempt})";
            }

            state[entry.Phase] = entry;
            if (entry.Status == "running")
            {
                foreach (int open in CrashFeature.Phases[entry.Phase].DependsOn.Where(d => state.GetValueOrDefault(d)?.Status != "completed"))
                {
                    yield return $"phase {entry.Phase} ran before phase {open} was completed";
                }
            }

            if (entry is { Phase: CrashFeature.PastTheCap, Status: "running" }
                && !feed.Any(e => e.Cursor < entry.Cursor && e is { Phase: CrashFeature.PastTheCap, Status: "awaiting_approval" }))
            {
                yield return $"phase {entry.Phase} ran past the cap, and nobody was asked";
            }

            if (state.Values.Count(e => e.Status == "running") is var running && running > CrashFeature.Slots)
            {
                yield return $"{running} phases run at once in the feed, at change {entry.Cursor}: {string.Join(", ", feed.Where(e => e.Cursor <= entry.Cursor).Select(e => e.Brief))}";
            }
        }

        foreach (IGrouping<(int, int), FeedEntry> reports in feed.Where(e => e is { Type: "report_received", Result: "accepted" }).GroupBy(e => (e.Phase, e.Attempt)))
        {
            if (reports.Count() > 1)
            {
                yield return $"{reports.Count()} reports of phase {reports.Key.Item1} attempt {reports.Key.Item2} were accepted";
            }
        }
    }

    /// <summary>What the agents themselves wrote: each attempt ran once, after what it depends on had ended.</summary>
    public static IEnumerable<string> OfLog(string[] lines)
    {
        foreach (IGrouping<string, string> same in lines.GroupBy(l => l).Where(g => g.Count() > 1))
        {
            yield return $"'{same.Key}' was run {same.Count()} times";
        }

        foreach ((int number, ExpectedPhase phase) in CrashFeature.Phases)
        {
            string[] expected = [.. Enumerable.Range(1, phase.Attempts).Select(a => string.Create(CultureInfo.InvariantCulture, $"start {number} {a}"))];
            string[] started = [.. lines.Where(l => l.StartsWith(string.Create(CultureInfo.InvariantCulture, $"start {number} "), StringComparison.Ordinal)).Distinct()];

            // Its time may run out while its host is away, before it was begun.
            if (number != CrashFeature.NeverEnding && !started.SequenceEqual(expected))
            {
                yield return $"phase {number} should have run {phase.Attempts} times and ran as: {string.Join(", ", started)}";
            }

            int first = Array.FindIndex(lines, l => started.Contains(l));
            foreach (int dependency in phase.DependsOn)
            {
                string end = string.Create(CultureInfo.InvariantCulture, $"end {dependency} {CrashFeature.Phases[dependency].Attempts}");
                if (first >= 0 && Array.IndexOf(lines, end) is var ended && (ended < 0 || ended > first))
                {
                    yield return $"the agent of phase {number} ran before that of phase {dependency} had ended";
                }
            }
        }
    }

    /// <summary>What was seen before a crash is there after it, word for word.</summary>
    public static IEnumerable<string> OfMemory(IEnumerable<FeedEntry> seen, IReadOnlyList<FeedEntry> feed)
    {
        Dictionary<long, string> now = feed.ToDictionary(e => e.Cursor, e => e.Text);
        return seen.Where(e => now.GetValueOrDefault(e.Cursor) != e.Text).Select(e => $"change {e.Cursor} was told and is gone: {e.Text}");
    }

    /// <summary>The file: sound, every report applied once, nothing open.</summary>
    public static IEnumerable<string> OfFile(string database)
    {
        SQLitePCL.Batteries_V2.Init();
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        (string Sql, string Expected)[] checks =
        [
            ("PRAGMA integrity_check", "ok"),
            ("SELECT count(*) FROM features", "1"),
            ("SELECT count(*) FROM inbox WHERE outcome IS NULL", "0"),
            ("SELECT count(*) FROM attempts WHERE status = 'Live'", "0"),
            ("SELECT count(*) FROM (SELECT 1 FROM reports WHERE result = 'Accepted' GROUP BY queue_id, attempt HAVING count(*) > 1)", "0"),
            ("SELECT (SELECT count(*) FROM reports WHERE result = 'Accepted') - (SELECT count(*) FROM inbox WHERE report IS NOT NULL)", "0"),
            ("SELECT count(*) > 6 FROM issues", "0"),
            ("SELECT count(*) - count(DISTINCT marker) FROM issue_comments", "0"),
        ];
        foreach ((string sql, string expected) in checks)
        {
            using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // constants
            command.CommandText = sql;
#pragma warning restore CA2100
            string found = Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture) ?? "";
            if (found != expected)
            {
                yield return $"{sql}: {found} in place of {expected}";
            }
        }
    }

    private static string Status(JsonNode node) => (string)node["status"]!;

    // A status may be passed over, because one publication tells all that has come; it never goes back but by a new attempt.
    private static bool Follows(FeedEntry before, FeedEntry after) =>
        after.Attempt > before.Attempt ? Rank(before) < Ended : after.Attempt == before.Attempt && Rank(before) <= Rank(after) && (Rank(before) < Ended || before.Status == after.Status);

    private const int Ended = 5;

    private static int Rank(FeedEntry entry) => entry.Status switch
    {
        "queued" => entry.Attempt == 0 ? 0 : 4,
        "awaiting_approval" => 1,
        "ready" => 2,
        "running" => 3,
        _ => Ended,
    };
}
