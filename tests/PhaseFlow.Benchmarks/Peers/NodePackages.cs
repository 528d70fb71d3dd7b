using System.Globalization;
using System.Text.Json;

namespace PhaseFlow.Benchmarks.Peers;

/// <summary>The peers that npm has, in a folder outside of the repository, with the drivers beside them.</summary>
internal sealed class NodePackages
{
    private const int LeastNode = 20;
    private const string Manifest = "package.json";

    private readonly string _folder;

    private NodePackages(string folder) => _folder = folder;

    /// <summary>The server's own program: what npm starts is a script around it.</summary>
    public string RestateServer =>
        Directory.EnumerateDirectories(Path.Combine(_folder, "node_modules", "@restatedev"), "restate-server-*")
            .Select(package => Path.Combine(package, "bin", "restate-server"))
            .FirstOrDefault(File.Exists) ?? throw new PeerException("npm has no Restate server for this machine.");

    /// <summary>Where packages are kept unless <c>--work</c> says otherwise: the user's cache.</summary>
    public static string DefaultFolder()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : Path.Combine(home, ".cache");
        return Path.Combine(cache, "phaseflow", "peers");
    }

    /// <summary>Installs what is not there yet, without the install scripts of packages, and copies the drivers.</summary>
    public static async Task<NodePackages> InstallAsync(string folder)
    {
        await RequireNodeAsync();
        string source = Path.Combine(AppContext.BaseDirectory, "bench");
        string wanted = await File.ReadAllTextAsync(Path.Combine(source, Manifest));
        string stamp = Path.Combine(folder, "node_modules", ".installed");
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        if (!File.Exists(stamp) || await File.ReadAllTextAsync(stamp) != wanted)
        {
            Console.WriteLine($"installing the peers with npm, in {folder}");
            await ServerProcess.RunAsync(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"], folder);
            await File.WriteAllTextAsync(stamp, wanted);
        }

        return new NodePackages(folder);
    }

    public string VersionOf(string package)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "node_modules", package, Manifest)));
        return json.RootElement.GetProperty("version").GetString()!;
    }

    /// <summary>Starts a driver; it announces where it listens.</summary>
    public ServerProcess Start(string script, IReadOnlyDictionary<string, string> environment) =>
        ServerProcess.Start(script, ["node", Path.Combine(_folder, script)], _folder, environment, announcement: "listening on ");

    private static async Task RequireNodeAsync()
    {
        const string Advice = "the peers need Node 20 or later with npm (Debian: apt install nodejs npm)";
        string version;
        try
        {
            version = await ServerProcess.RunAsync(["node", "--version"]);
            await ServerProcess.RunAsync(["npm", "--version"]);
        }
        catch (PeerException)
        {
            throw new PeerException($"node or npm is not there: {Advice}");
        }

        if (int.Parse(version.Trim().TrimStart('v').Split('.')[0], CultureInfo.InvariantCulture) < LeastNode)
        {
            throw new PeerException($"node is {version.Trim()}: {Advice}");
        }
    }
}
