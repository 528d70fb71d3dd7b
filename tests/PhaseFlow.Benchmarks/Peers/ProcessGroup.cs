using System.Globalization;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>What processes have used so far, from <c>/proc</c>.</summary>
/// <param name="CpuSeconds">User and system time, of their ended children too.</param>
/// <param name="WrittenBytes">What they caused to be written to disks (<c>write_bytes</c>); null where that may not be read.</param>
internal readonly record struct ProcessUse(double CpuSeconds, long? WrittenBytes);

/// <summary>Some processes and all that they have started.</summary>
internal sealed class ProcessGroup(IEnumerable<int> roots)
{
    // USER_HZ is 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;
    private const int Parent = 1;
    private const int FirstTime = 11;
    private const int Times = 4;

    private readonly int[] _roots = [.. roots];

    /// <summary>The ids of all of them.</summary>
    public int[] Ids()
    {
        var parents = new Dictionary<int, int>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && Fields(id) is { } fields)
            {
                parents[id] = int.Parse(fields[Parent], CultureInfo.InvariantCulture);
            }
        }

        HashSet<int> found = [.. _roots];
        int before;
        do
        {
            before = found.Count;
            found.UnionWith(parents.Where(p => found.Contains(p.Value)).Select(p => p.Key));
        }
        while (found.Count > before);

        return [.. found];
    }

    public ProcessUse Use()
    {
        double ticks = 0;
        long? written = 0;
        foreach (int id in Ids())
        {
            if (Fields(id) is { } fields)
            {
                ticks += fields[FirstTime..(FirstTime + Times)].Sum(t => double.Parse(t, CultureInfo.InvariantCulture));
                written += Number(id, "io", "write_bytes:");
            }
        }

        return new ProcessUse(ticks / TicksPerSecond, written);
    }

    /// <summary>The sum of what each had in memory at most, in bytes; what processes of one program share (its code, PostgreSQL's buffers) counts once.</summary>
    public long PeakMemory()
    {
        long own = 0;
        var shared = new Dictionary<string, long>();
        foreach (int id in Ids())
        {
            long common = (Number(id, "status", "RssShmem:") ?? 0) + (Number(id, "status", "RssFile:") ?? 0);
            own += Math.Max(0, (Number(id, "status", "VmHWM:") ?? common) - common);
            string program = File.ResolveLinkTarget($"/proc/{id}/exe", returnFinalTarget: false)?.FullName ?? "";
            shared[program] = Math.Max(shared.GetValueOrDefault(program), common);
        }

        return (own + shared.Values.Sum()) * 1024;
    }

    /// <summary>Lets the peak begin anew.</summary>
    public void ResetPeak()
    {
        foreach (int id in Ids())
        {
            try
            {
                File.WriteAllText($"/proc/{id}/clear_refs", "5");
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // It has ended, or is another user's: the peak is then that of its whole life.
            }
        }
    }

    private static string[]? Fields(int id) =>
        Read(id, "stat") is { } text ? text[(text.LastIndexOf(')') + 2)..].Split(' ') : null;

    private static long? Number(int id, string file, string name)
    {
        string? line = Read(id, file)?.Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        return line is null ? null : long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }

    private static string? Read(int id, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/{file}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
