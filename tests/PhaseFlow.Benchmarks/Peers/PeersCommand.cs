using System.Globalization;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>The same work on PhaseFlow and on its peers, in interleaved rounds of one run.</summary>
internal static class PeersCommand
{
    private static readonly string[] All = ["phaseflow", "restate", "dbos"];
    private static readonly string[] MemoryFileSystems = ["tmpfs", "ramfs"];

    public static async Task<int> RunAsync(string[] args)
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("peers: processes are measured through /proc, so it runs on Linux alone.");
            return 2;
        }

        string data = Path.Combine(Option(args, "--data", "/var/tmp"), $"phaseflow-peers-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(data);
            File.SetUnixFileMode(data, (UnixFileMode)0b111_101_101); // the database's own user must get through
            await RunAsync(args, data);
            return 0;
        }
        catch (Exception fault) when (fault is PeerException or HttpRequestException or TimeoutException or FormatException)
        {
            Console.Error.WriteLine($"peers: {fault.Message}");
            return 1;
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task RunAsync(string[] args, string data)
    {
        int rounds = (int)Arguments.Number(args, "--rounds", 3);
        int phases = (int)Math.Clamp(Arguments.Number(args, "--phases", 50), 2, 200);
        var atLeast = TimeSpan.FromSeconds(Arguments.Number(args, "--seconds", 4));
        // What compiles as it runs (.NET, V8) does so before anything is measured. The runtime of .NET takes that long until its compiler is idle, on two cores that have other work.
        var warmUp = TimeSpan.FromSeconds(Arguments.Number(args, "--warm-up", 20));
        int[] sizes = [.. Option(args, "--features", "1,16,64").Split(',').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
        string format = new DriveInfo(data).DriveFormat;
        if (MemoryFileSystems.Contains(format))
        {
            throw new PeerException($"{data} is in memory ({format}), where nothing is flushed: name a folder on a disk with --data.");
        }

        Func<IPeer>[] peers = await PeersAsync(Option(args, "--only", string.Join(',', All)).Split(','), Option(args, "--work", NodePackages.DefaultFolder()));
        bool countFlushes = await FlushCounter.IsAvailableAsync();
        Describe(peers, format, countFlushes, $"chains of {phases} phases in waves for {atLeast.TotalSeconds} s, {rounds} rounds, each system started anew and warmed up for {warmUp.TotalSeconds} s in each");

        await using LaunchBoard board = await LaunchBoard.StartAsync();
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(5) };
        var figures = new SortedDictionary<(int Size, int Peer), List<PeerFigures>>();
        for (int round = 0; round < rounds; round++)
        {
            for (int turn = 0; turn < peers.Length; turn++)
            {
                int who = (round + turn) % peers.Length;
                string folder = Directory.CreateDirectory(Path.Combine(data, $"{round}-{who}")).FullName;
                await using IPeer peer = peers[who]();
                await peer.StartAsync(new PeerSite(folder, board.Url, sizes.Max(), http));
                var driver = new PeerDriver(peer, board, http);
                await driver.RunAsync(new PeerLoad(Math.Min(16, sizes.Max()), phases, warmUp), flushes: null);
                foreach (int size in sizes)
                {
                    FlushCounter? flushes = countFlushes ? await FlushCounter.AttachAsync(data, new ProcessGroup(peer.Processes.Select(p => p.Id))) : null;
                    PeerFigures seen = await driver.RunAsync(new PeerLoad(size, phases, atLeast), flushes);
                    Console.WriteLine($"round {round + 1}, {size} features, {peer.Name}: {seen}");
                    if (!figures.TryGetValue((size, who), out List<PeerFigures>? all))
                    {
                        figures[(size, who)] = all = [];
                    }

                    all.Add(seen);
                }
            }
        }

        Console.WriteLine();
        Console.WriteLine(PeerFigures.Head);
        foreach (((int size, int who), List<PeerFigures> all) in figures)
        {
            Console.WriteLine(PeerFigures.Row(size, peers[who]().Name, all));
        }

        Console.WriteLine();
        Console.WriteLine("median (lowest to highest of the rounds). Checked in every wave: cap held, each phase launched once and in its order, every feature completed.");
    }

    private static void Describe(Func<IPeer>[] peers, string format, bool countFlushes, string work)
    {
        Console.WriteLine($"machine    {Machine.Describe()}, data on {format}");
        foreach (Func<IPeer> peer in peers)
        {
            Console.WriteLine($"{peer().Name,-10} {peer().Durability}");
        }

        Console.WriteLine($"work       {work}");
        if (!countFlushes)
        {
            Console.WriteLine("flushes    not counted: there is no perf here, or this user may not use it (Debian: apt install linux-perf, and run as root)");
        }
    }

    private static async Task<Func<IPeer>[]> PeersAsync(string[] names, string work)
    {
        if (names.Except(All).FirstOrDefault() is { } unknown)
        {
            throw new PeerException($"there is no system {unknown}: name some of {string.Join(", ", All)} with --only.");
        }

        NodePackages? packages = names is ["phaseflow"] ? null : await NodePackages.InstallAsync(Path.GetFullPath(work));
        PostgresServer? postgres = names.Contains("dbos") ? await PostgresServer.FindAsync() : null;
        return
        [
            .. All.Where(names.Contains).Select<string, Func<IPeer>>(name => name switch
            {
                "phaseflow" => () => new PhaseFlowPeer(),
                "restate" => () => new RestatePeer(packages!),
                _ => () => new DbosPeer(packages!, postgres!),
            }),
        ];
    }

    private static string Option(string[] args, string name, string fallback)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : fallback;
    }
}
