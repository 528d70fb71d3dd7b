using System.Globalization;
using Microsoft.Data.Sqlite;
using PhaseFlow.Embedded.Hosting;
using PhaseFlow.EndToEnd.Tests.Hosting;
using Xunit;
using Xunit.Abstractions;

namespace PhaseFlow.EndToEnd.Tests.Crash;

/// <summary>A host that is killed while it forgets a feature: the next one forgets the rest.</summary>
public sealed class PruneCrashTests(ITestOutputHelper log)
{
    private const int Points = 16;
    private const int AtOnce = 4;
    private const int Killed = 128 + 9;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly string[] Tables =
    [
        "features", "phases", "phase_contents", "attempts", "inbox", "reports", "issues", "issue_comments", "removals", "removed_attempts",
        "engine_instances", "engine_inputs", "engine_history", "engine_activities", "engine_timers", "engine_messages",
    ];

    // Set to the seed that a failure prints, to see it again.
    private static readonly int Seed = int.TryParse(Environment.GetEnvironmentVariable("PHASEFLOW_TEST_SEED"), CultureInfo.InvariantCulture, out int seed)
        ? seed
        : Random.Shared.Next();

    [Fact]
    public async Task Host_WhenItIsKilledWhileItForgetsAFeature_ForgetsTheRestAtTheNextStart()
    {
        using var finished = new DataFolder();
        PhaseFlowExit run = await PhaseFlowProcess.RunAsync(finished, "run", DataFolder.Sample("diamond.md"), "--plain", "--port", "0");
        Assert.True(run.Code == 0, run.ToString());
        Assert.NotEmpty(Directory.EnumerateDirectories(Path.Combine(finished.Data, "agents")));
        string[] passed = await LiveAsync(finished, at: null);
        log.WriteLine($"seed {Seed}, {passed.Length} points");

        using var turns = new SemaphoreSlim(AtOnce);
        await Task.WhenAll(CrashSuite.Sample(passed.Length, Points, Seed).Select(async point =>
        {
            await turns.WaitAsync();
            try
            {
                await KillAsync(finished, point);
            }
            finally
            {
                turns.Release();
            }
        }));

        Assert.All(["commit", "release", "delete"], kind => Assert.Contains(passed, p => p.Contains($" {kind}", StringComparison.Ordinal)));
    }

    private static async Task KillAsync(DataFolder finished, int point)
    {
        using DataFolder copy = CopyOf(finished);
        await LiveAsync(copy, point, isCopy: true);
        await LiveAsync(copy, at: null, isCopy: true);

        Assert.True(Left(copy).Length == 0, $"seed {Seed}, killed at point {point}: {Left(copy)}");
        Assert.Equal("ok", Ask<string>(copy, "PRAGMA integrity_check"));
        Assert.NotEmpty(Directory.EnumerateFileSystemEntries(Path.Combine(copy.Data, "work")));
    }

    /// <summary>One life of a host that keeps features for a moment: until it is killed, or nothing is left. Gives the points that it passed.</summary>
    private static async Task<string[]> LiveAsync(DataFolder origin, int? at, bool isCopy = false)
    {
        DataFolder folder = isCopy ? origin : CopyOf(origin);
        string points = Path.Combine(folder.Root, $"points-{at}.log");
        var settings = new Dictionary<string, string>
        {
            [CrashPoints.LogVariable] = points,
            ["PhaseFlow__Retention__FinishedFeatures"] = "00:00:00.001",
            ["PhaseFlow__Retention__Interval"] = "1s",
        };
        if (at is not null)
        {
            settings[CrashPoints.AtVariable] = string.Create(CultureInfo.InvariantCulture, $"{at}");
        }

        await using PhaseFlowProcess host = PhaseFlowProcess.Start(folder, settings, "serve", "--port", "0");
        Task<PhaseFlowExit> ended = host.ExitAsync();
        using var patience = new CancellationTokenSource(Patience);
        while (!ended.IsCompleted && Left(folder).Length > 0)
        {
            Assert.False(patience.IsCancellationRequested, $"seed {Seed}, point {at}: it does not forget {Left(folder)}");
            await Task.WhenAny(ended, Task.Delay(TimeSpan.FromMilliseconds(20)));
        }

        if (!ended.IsCompleted)
        {
            await host.InterruptAsync();
        }

        PhaseFlowExit exit = await ended;
        Assert.True((exit.Code == Killed && at is not null) || exit.Code == 130, $"seed {Seed}, point {at}: {exit}");

        // Where the one before was killed when all was done, this one ends before it has passed anything.
        string[] passed = File.Exists(points) ? await File.ReadAllLinesAsync(points) : [];
        if (!isCopy)
        {
            folder.Dispose();
        }

        return passed;
    }

    private static DataFolder CopyOf(DataFolder origin)
    {
        var copy = new DataFolder();
        foreach (string file in Directory.EnumerateFiles(origin.Data, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy.Data, Path.GetRelativePath(origin.Data, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return copy;
    }

    /// <summary>What is left of the feature: rows, by table, and folders of its attempts.</summary>
    private static string Left(DataFolder folder)
    {
        string agents = Path.Combine(folder.Data, "agents");
        IEnumerable<string> rows = Tables.Select(table => (table, Rows: Ask<long>(folder, $"SELECT count(*) FROM {table}")))
            .Where(t => t.Rows > 0).Select(t => $"{t.table} {t.Rows}");
        return string.Join(", ", rows.Concat(Directory.EnumerateDirectories(agents).Select(Path.GetFileName)));
    }

    private static T Ask<T>(DataFolder folder, string sql)
    {
        SQLitePCL.Batteries_V2.Init();
        using var connection = new SqliteConnection($"Data Source={folder.Database};Mode=ReadWrite;Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (T)command.ExecuteScalar()!;
    }
}
