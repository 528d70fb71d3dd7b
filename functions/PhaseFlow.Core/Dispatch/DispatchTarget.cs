using System.Net;

namespace PhaseFlow.Core.Dispatch;

/// <summary>Which addresses of the web agents may be dispatched to.</summary>
/// <param name="Hosts">The hosts that are allowed.</param>
/// <param name="AllowLoopback">Whether this machine is allowed as well, and without https.</param>
public sealed record DispatchTarget(HostAllowList Hosts, bool AllowLoopback)
{
    /// <summary>Why a request may not go to an address of the web, as the rest of a sentence that begins with it; null where it may.</summary>
    public string? Refusal(string? text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Host.Length == 0)
        {
            return "is no address such as https://agents.example.com/launch";
        }

        if (url.UserInfo.Length > 0)
        {
            return "has a user name or a password: requests are signed instead";
        }

        bool isLocal = IsLoopback(url);
        if (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && isLocal && AllowLoopback))
        {
            return AllowLoopback ? "is not https, and not of this machine" : "is not https";
        }

        if (isLocal)
        {
            return AllowLoopback ? null : "is of this machine: PhaseFlow__Dispatch__AllowLoopback=true allows that";
        }

        if (IPAddress.TryParse(url.IdnHost, out IPAddress? address) && AddressRules.Refusal(address) is { } what)
        {
            return $"is not allowed: {url.IdnHost} is {what}";
        }

        return Hosts.Allows(url.IdnHost) ? null : $"is not allowed: PhaseFlow__Dispatch__AllowedHosts does not name {url.IdnHost}";
    }

    /// <summary>Why a connection for a request may not be made to an address that its host was resolved to; null where it may.</summary>
    /// <param name="url">What is asked for.</param>
    /// <param name="address">The address.</param>
    public string? Refusal(Uri url, IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(url);
        return AddressRules.Refusal(address, AllowLoopback)
            ?? (url.Scheme == Uri.UriSchemeHttps || AddressRules.IsLoopback(address) ? null : "not of this machine, and the request is not encrypted");
    }

    private static bool IsLoopback(Uri url) =>
        url.IdnHost.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(url.IdnHost, out IPAddress? address) && AddressRules.IsLoopback(address));
}
