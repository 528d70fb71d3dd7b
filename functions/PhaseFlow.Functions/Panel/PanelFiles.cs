using System.Collections.Frozen;
using System.Reflection;

namespace PhaseFlow.Functions.Panel;

/// <summary>The files of the panel by their paths: a fixed map of what is built into the app, so that no path can name anything else.</summary>
public static class PanelFiles
{
    public const string Page = "index.html";

    private const string Prefix = "Panel/";

    private static readonly FrozenDictionary<string, PanelFile> Files = Read();

    public static PanelFile Index => Files[Page];

    public static IEnumerable<string> Names => Files.Keys;

    /// <summary>The file of a path, such as <c>assets/index-1a2b3c.js</c>; null where there is none.</summary>
    public static PanelFile? Find(string path) => Files.GetValueOrDefault(path);

    private static FrozenDictionary<string, PanelFile> Read()
    {
        var built = Assembly.GetExecutingAssembly();
        var names = built.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        return names
            .Where(n => !n.EndsWith(".br", StringComparison.Ordinal) && !n.EndsWith(".gz", StringComparison.Ordinal))
            .ToFrozenDictionary(
                PathOf,
                n => new PanelFile(PathOf(n), Bytes(n), names.Contains(n + ".br") ? Bytes(n + ".br") : null, names.Contains(n + ".gz") ? Bytes(n + ".gz") : null),
                StringComparer.Ordinal);

        // Where it is built on Windows, the names have backslashes.
        static string PathOf(string name) => name[Prefix.Length..].Replace('\\', '/');

        byte[] Bytes(string name)
        {
            using Stream stream = built.GetManifestResourceStream(name)!;
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
    }
}
