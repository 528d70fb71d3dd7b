using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Configuration;
using PhaseFlow.Core.Proxies;
using PhaseFlow.Functions.Http;

namespace PhaseFlow.Embedded.Hosting;

/// <summary>Where the host listens and who may call it.</summary>
public sealed record HttpHostOptions
{
    public const int DefaultPort = 7071;

    /// <summary>The address to listen on. Default: the loopback.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 takes a free one.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The key that operator routes ask for (<c>PhaseFlow__Key</c>); null asks for none, which only the loopback may.</summary>
    public string? Key { get; init; }

    /// <summary>The address under which others reach this host (<c>PhaseFlow__PublicUrl</c>); null is the one it listens on.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>The proxies whose word about the address of a request is taken (<c>PhaseFlow__KnownProxies</c>); default nobody's.</summary>
    public KnownProxies Proxies { get; init; } = KnownProxies.None;

    /// <summary>The origins whose pages may call (<c>PhaseFlow__Cors__Origins</c>); default none but this host's own.</summary>
    public ImmutableArray<string> CorsOrigins { get; init; } = [];

    /// <summary>Whether only this machine can call.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>Reads the settings.</summary>
    /// <exception cref="HostStartException">A setting cannot be used, or the address is open to others and there is no key.</exception>
    public static HttpHostOptions From(IConfiguration configuration, string address = "127.0.0.1", int port = DefaultPort)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        string? key = configuration["PhaseFlow:Key"];
        var options = new HttpHostOptions
        {
            Address = ParseAddress(address),
            Port = port is >= 0 and <= IPEndPoint.MaxPort ? port : throw new HostStartException($"There is no port {port}: give one from 0 to {IPEndPoint.MaxPort}."),
            Key = string.IsNullOrEmpty(key) ? null : key,
            PublicUrl = ParseUrl(configuration["PhaseFlow:PublicUrl"]),
            Proxies = KnownProxies.TryParse(configuration[ForwardedRequest.Setting], out KnownProxies? proxies, out string? fault)
                ? proxies
                : throw new HostStartException($"PhaseFlow__KnownProxies: {fault}"),
            CorsOrigins = CrossOrigin.Parse(configuration["PhaseFlow:Cors:Origins"]),
        };
        options.RequireKeyWhereOpen();
        return options;
    }

    /// <exception cref="HostStartException">The address is open to others and there is no key.</exception>
    public void RequireKeyWhereOpen()
    {
        if (!IsLoopback && Key is null)
        {
            throw new HostStartException($"PhaseFlow does not listen on {Address} without a key: set PhaseFlow__Key, or listen on 127.0.0.1.");
        }
    }

    private static IPAddress ParseAddress(string address) => address switch
    {
        "localhost" => IPAddress.Loopback,
        "*" or "+" => IPAddress.Any,
        _ => IPAddress.TryParse(address, out IPAddress? parsed)
            ? parsed
            : throw new HostStartException($"PhaseFlow cannot listen on \"{address}\": give an IP address, such as 127.0.0.1 or 0.0.0.0."),
    };

    private static Uri? ParseUrl(string? url) =>
        string.IsNullOrEmpty(url) ? null
        : Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps) ? parsed
        : throw new HostStartException($"PhaseFlow__PublicUrl is \"{url}\": it must be an address such as https://phaseflow.example.");
}
