using System.Net;
using System.Net.Sockets;

namespace PhaseFlow.Core.Dispatch;

/// <summary>Which addresses a request that leaves the app may go to: public ones, so that no name can lead it to what only this network reaches.</summary>
/// <remarks>
/// IPv4: all but the special-purpose blocks of RFC 6890 and the virtual address of the Azure platform. IPv6: global unicast (2000::/3) alone, without the blocks
/// that are reserved or that carry an IPv4 address in them: what is written as IPv6 cannot go around the rules of IPv4.
/// </remarks>
public static class AddressRules
{
    // RFC 6890 and its registry (IANA special-purpose addresses), in their order.
    private static readonly (IPNetwork Network, string What)[] Refused4 =
    [
        (IPNetwork.Parse("0.0.0.0/8"), "this network"),
        (IPNetwork.Parse("10.0.0.0/8"), "private"),
        (IPNetwork.Parse("100.64.0.0/10"), "shared by a carrier"),
        (IPNetwork.Parse("127.0.0.0/8"), "the loopback"),
        (IPNetwork.Parse("169.254.0.0/16"), "link-local, as the metadata services of clouds are"),
        (IPNetwork.Parse("172.16.0.0/12"), "private"),
        (IPNetwork.Parse("192.0.0.0/24"), "reserved"),
        (IPNetwork.Parse("192.0.2.0/24"), "for documentation"),
        (IPNetwork.Parse("192.88.99.0/24"), "a 6to4 relay"),
        (IPNetwork.Parse("192.168.0.0/16"), "private"),
        (IPNetwork.Parse("198.18.0.0/15"), "for benchmarks"),
        (IPNetwork.Parse("198.51.100.0/24"), "for documentation"),
        (IPNetwork.Parse("203.0.113.0/24"), "for documentation"),
        (IPNetwork.Parse("224.0.0.0/4"), "multicast"),
        (IPNetwork.Parse("240.0.0.0/4"), "reserved"),

        // Public by its number, and answered inside every virtual machine of Azure.
        (IPNetwork.Parse("168.63.129.16/32"), "the platform's own"),
    ];

    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");

    private static readonly (IPNetwork Network, string What)[] Refused6 =
    [
        (IPNetwork.Parse("::1/128"), "the loopback"),
        (IPNetwork.Parse("64:ff9b::/96"), "an IPv4 address behind NAT64"),
        (IPNetwork.Parse("64:ff9b:1::/48"), "an IPv4 address behind NAT64"),
        (IPNetwork.Parse("2001::/23"), "reserved for protocols, Teredo among them"),
        (IPNetwork.Parse("2001:db8::/32"), "for documentation"),
        (IPNetwork.Parse("2002::/16"), "an IPv4 address in 6to4 form"),
        (IPNetwork.Parse("3fff::/20"), "for documentation"),
        (IPNetwork.Parse("fc00::/7"), "unique local"),
        (IPNetwork.Parse("fe80::/10"), "link-local"),
        (IPNetwork.Parse("fec0::/10"), "site-local"),
        (IPNetwork.Parse("ff00::/8"), "multicast"),
    ];

    /// <summary>Why no connection may be made to an address, in a few words; null where one may.</summary>
    /// <param name="address">The address, as it was resolved.</param>
    /// <param name="allowLoopback">Whether 127.0.0.0/8 and ::1 are allowed; nothing else changes with it.</param>
    public static string? Refusal(IPAddress address, bool allowLoopback = false)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (IsLoopback(address))
        {
            return allowLoopback ? null : "the loopback";
        }

        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return Find(Refused4, address);
        }

        // Apart from the table: a network takes such an address for the IPv4 address in it, and so for no part of ::ffff:0:0/96.
        if (address.IsIPv4MappedToIPv6)
        {
            return "an IPv4 address in IPv6 form";
        }

        return Find(Refused6, address) ?? (Global6.Contains(address) ? null : "no public address");
    }

    /// <summary>Whether it is 127.0.0.0/8 or ::1 as such. The loopback of IPv4 in the form of IPv6 is none: no name has a reason to say that.</summary>
    public static bool IsLoopback(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return !address.IsIPv4MappedToIPv6 && IPAddress.IsLoopback(address);
    }

    private static string? Find((IPNetwork Network, string What)[] refused, IPAddress address)
    {
        foreach ((IPNetwork network, string what) in refused)
        {
            if (network.Contains(address))
            {
                return what;
            }
        }

        return null;
    }
}
