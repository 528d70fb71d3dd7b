using System.Buffers;
using System.Collections.Immutable;
using System.Net;

namespace PhaseFlow.Core.Proxies;

/// <summary>The headers in which proxies say what they were asked, each split into its entries, in order.</summary>
/// <param name="For"><c>X-Forwarded-For</c>: who asked; each proxy appends who asked it.</param>
/// <param name="Proto"><c>X-Forwarded-Proto</c>: <c>http</c> or <c>https</c>.</param>
/// <param name="Host"><c>X-Forwarded-Host</c>: host, and port where it is not the usual one.</param>
/// <param name="Prefix"><c>X-Forwarded-Prefix</c>: what the proxy has taken off the path.</param>
public sealed record ForwardedHeaders(ImmutableArray<string> For, ImmutableArray<string> Proto, ImmutableArray<string> Host, ImmutableArray<string> Prefix)
{
    /// <summary>Splits the values of a header.</summary>
    public static ImmutableArray<string> Entries(IEnumerable<string?> values) =>
        [.. values.SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries)).Where(v => v.Length > 0)];
}

/// <summary>The address under which a caller knows this app, as far as known proxies say.</summary>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Host">The host, with its port where it is not the usual one.</param>
/// <param name="Prefix">What stands before every path; empty, or with a slash at its beginning and none at its end.</param>
public sealed record ForwardedOrigin(string Scheme, string Host, string Prefix)
{
    private const int MaxHost = 255;
    private const int MaxPrefix = 200;

    private static readonly SearchValues<char> NoHost = SearchValues.Create("/\\@?#%");

    /// <summary>Where a caller finds a path of this app.</summary>
    public string Of(string path) => $"{Scheme}://{Host}{Prefix}{path}";

    /// <summary>
    /// Reads what is forwarded; null where the one who connects is no known proxy, or nothing usable is said. Each proxy appends to a list, so that its end is to be trusted and its beginning
    /// may be made up: of each header, the entry of the outermost of the known proxies that follow one another counts. What is malformed is as if it were not there.
    /// </summary>
    /// <param name="peer">Who connects.</param>
    /// <param name="headers">What is said.</param>
    /// <param name="proxies">Who is believed.</param>
    /// <param name="scheme">The scheme that was connected with, for where nobody says another.</param>
    /// <param name="host">The host that was asked for, for where nobody says another.</param>
    public static ForwardedOrigin? Read(IPAddress? peer, ForwardedHeaders headers, KnownProxies proxies, string scheme, string host)
    {
        ArgumentNullException.ThrowIfNull(headers);
        ArgumentNullException.ThrowIfNull(proxies);
        if (peer is null || !proxies.Contains(peer))
        {
            return null;
        }

        int hops = 1;
        for (int i = headers.For.Length - 1; i >= 0 && AddressOf(headers.For[i]) is { } address && proxies.Contains(address); i--)
        {
            hops++;
        }

        string? said = Last(headers.Proto, hops)?.ToLowerInvariant();
        said = said is "http" or "https" ? said : null;
        string? saidHost = Last(headers.Host, hops) is { } h && IsHost(h) ? h : null;
        string? saidPrefix = Last(headers.Prefix, hops)?.TrimEnd('/') is { } p && IsPrefix(p) ? p : null;
        return said is null && saidHost is null && saidPrefix is null ? null : new ForwardedOrigin(said ?? scheme, saidHost ?? host, saidPrefix ?? "");
    }

    /// <summary>An address as proxies write it: alone, with a port, or in brackets.</summary>
    private static IPAddress? AddressOf(string entry) =>
        IPAddress.TryParse(entry, out IPAddress? address) ? address
        : IPEndPoint.TryParse(entry, out IPEndPoint? point) ? point.Address
        : null;

    private static string? Last(ImmutableArray<string> entries, int hops) => entries.IsEmpty ? null : entries[Math.Max(0, entries.Length - hops)];

    private static bool IsHost(string host) =>
        host.Length <= MaxHost
        && !host.AsSpan().ContainsAny(NoHost)
        && Uri.TryCreate($"http://{host}/", UriKind.Absolute, out Uri? url)
        && url is { AbsolutePath: "/", UserInfo: "", Query: "", Fragment: "" }
        && Uri.CheckHostName(url.IdnHost) != UriHostNameType.Unknown
        && host.All(c => c is > ' ' and < '\u007F');

    private static bool IsPrefix(string prefix) =>
        prefix.Length is > 1 and <= MaxPrefix
        && prefix[0] == '/'
        && !prefix.Contains("//", StringComparison.Ordinal)
        && prefix.Split('/').All(segment => segment is not ("." or ".."))
        && prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '.' or '_' or '~');
}
