namespace PhaseFlow.Benchmarks.Peers;

/// <summary>The PostgreSQL of this machine, with a new database cluster for each start.</summary>
internal sealed class PostgresServer
{
    private const string User = "postgres";

    private readonly string _programs;

    private PostgresServer(string programs, string version)
    {
        _programs = programs;
        Version = version;
    }

    public string Version { get; }

    // It refuses to run as root; setpriv becomes what it starts, so that the id stays.
    private static string[] AsUser => Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--init-groups"] : [];

    /// <summary>Finds the programs.</summary>
    /// <exception cref="PeerException">They are not there; the message says what to install.</exception>
    public static async Task<PostgresServer> FindAsync()
    {
        foreach (string folder in await CandidatesAsync())
        {
            if (File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "initdb")))
            {
                string version = await ServerProcess.RunAsync([Path.Combine(folder, "postgres"), "--version"]);
                return new PostgresServer(folder, $"PostgreSQL {version.Trim().Split(' ')[2]}");
            }
        }

        throw new PeerException("postgres and initdb are not there: DBOS needs PostgreSQL (Debian: apt install postgresql)");
    }

    /// <summary>Makes a cluster with the defaults, and serves it on a free port of the loopback.</summary>
    public async Task<(ServerProcess Server, string Url)> StartAsync(string folder)
    {
        string data = Path.Combine(folder, "postgres");
        await ServerProcess.RunAsync(
            Environment.IsPrivilegedProcess ? ["install", "-d", "-o", User, "-g", User, "-m", "0700", data] : ["install", "-d", "-m", "0700", data]);

        // Unflushed is only what is made here; the server itself flushes.
        await ServerProcess.RunAsync(
            [.. AsUser, Path.Combine(_programs, "initdb"), "-D", data, "-U", User, "--auth=trust", "--encoding=UTF8", "--no-sync"], data);
        int port = Loopback.FreePorts(1)[0];
        ServerProcess server = ServerProcess.Start(
            "PostgreSQL",
            [.. AsUser, Path.Combine(_programs, "postgres"), "-D", data, "-c", "listen_addresses=127.0.0.1", "-c", $"port={port}", "-c", "unix_socket_directories=", "-c", "log_line_prefix="],
            data,
            new Dictionary<string, string> { ["LC_MESSAGES"] = "C" },
            announcement: "LOG:  database system is ready",
            stopSignal: "INT");
        await server.AnnouncedAsync();
        return (server, $"postgresql://{User}@127.0.0.1:{port}/peers");
    }

    private static async Task<IEnumerable<string>> CandidatesAsync()
    {
        var folders = new List<string>();
        try
        {
            folders.Add((await ServerProcess.RunAsync(["pg_config", "--bindir"])).Trim());
        }
        catch (PeerException)
        {
            // It comes with the headers, which need not be there.
        }

        const string Debian = "/usr/lib/postgresql";
        if (Directory.Exists(Debian))
        {
            folders.AddRange(Directory.EnumerateDirectories(Debian).OrderByDescending(d => d, StringComparer.Ordinal).Select(d => Path.Combine(d, "bin")));
        }

        folders.AddRange((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator));
        return folders;
    }
}
