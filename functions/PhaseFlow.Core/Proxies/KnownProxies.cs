using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace PhaseFlow.Core.Proxies;

/// <summary>The proxies whose word about a request is taken: addresses, and networks such as <c>10.1.0.0/16</c>.</summary>
public sealed class KnownProxies
{
    private readonly List<IPNetwork> _networks = [];

    private KnownProxies()
    {
    }

    /// <summary>Nobody's word is taken.</summary>
    public static KnownProxies None { get; } = new();

    public bool IsEmpty => _networks.Count == 0;

    /// <summary>Reads a list with commas or spaces between its entries; empty is <see cref="None"/>.</summary>
    /// <param name="text">The list, or null.</param>
    /// <param name="proxies">What it says.</param>
    /// <param name="fault">Where an entry cannot be used: which, and why, as one sentence.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out KnownProxies? proxies, [NotNullWhen(false)] out string? fault)
    {
        proxies = new KnownProxies();
        foreach (string entry in (text ?? "").Split([',', ' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!TryParseEntry(entry, out IPNetwork network))
            {
                (proxies, fault) = (null, $"\"{entry}\" is neither an address nor a network such as 10.1.0.0/16.");
                return false;
            }

            if (network.PrefixLength == 0)
            {
                (proxies, fault) = (null, $"\"{entry}\" is everybody: a header that anybody can send would be believed.");
                return false;
            }

            proxies._networks.Add(network);
        }

        fault = null;
        return true;
    }

    /// <summary>Whether an address is that of a known proxy; an IPv4 address in the form of IPv6 counts as itself.</summary>
    public bool Contains(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _networks.Exists(n => n.Contains(plain));
    }

    private static bool TryParseEntry(string entry, out IPNetwork network)
    {
        if (entry.Contains('/', StringComparison.Ordinal))
        {
            return IPNetwork.TryParse(entry, out network);
        }

        network = default;
        if (!IPAddress.TryParse(entry, out IPAddress? address) || (entry != address.ToString() && !entry.Contains(':', StringComparison.Ordinal)))
        {
            return false;
        }

        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }
}
